import type { Interfaces } from '@oclif/core';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export interface CompletedCommand {
  /** `explain`, `service`. */
  readonly words: readonly string[];
  readonly summary: string;
  readonly flags: readonly { readonly name: string; readonly description: string }[];
}

/** The program's commands but for hidden ones. */
export const completedCommands = ({ commands }: Pick<Interfaces.Config, 'commands'>): readonly CompletedCommand[] =>
  commands
    .filter(({ hidden }) => !hidden)
    .map(({ id, summary = '', flags }) => ({
      words: id.split(':'),
      summary,
      flags: Object.values(flags)
        .filter(({ hidden }) => !hidden)
        .map(({ name, description, summary: text }) => ({ name, description: text ?? description ?? '' })),
    }));

/** What may stand for the word that is being typed, behind those given. */
export function candidates(
  commands: readonly CompletedCommand[],
  given: readonly string[],
  typed: string,
): readonly { readonly word: string; readonly about: string }[] {
  const flagged = given.findIndex(word => word.startsWith('-'));
  const before = (flagged < 0 ? given : given.slice(0, flagged)).join(' ');
  const last = given.at(-1) ?? '';
  const own = commands.find(({ words }) => before === words.join(' ') || before.startsWith(`${words.join(' ')} `));
  if (typed.startsWith('-'))
    return (own?.flags ?? [])
      .map(({ name, description }) => ({ word: `--${name}`, about: description }))
      .filter(({ word }) => word.startsWith(typed));
  if (last.startsWith('-')) return [];
  return (nextWords(commands).get(before) ?? [])
    .filter(word => word.startsWith(typed))
    .map(word => ({
      word,
      about: commands.find(({ words }) => words.join(' ') === `${before} ${word}`.trim())?.summary ?? '',
    }));
}

/** A script that a shell reads: it completes words of commands, then flags, then files. */
export function completionScript(shell: Shell, commands: readonly CompletedCommand[]): string {
  return shell === 'fish' ? fish(commands) : bash(commands, shell === 'zsh');
}

/** What may stand behind the words given so far: the next words of commands. */
function nextWords(commands: readonly CompletedCommand[]): Map<string, string[]> {
  const next = new Map<string, string[]>();
  for (const { words } of commands)
    for (let i = 0; i < words.length; i++) {
      const before = words.slice(0, i).join(' ');
      const known = next.get(before) ?? [];
      const word = words[i] ?? '';
      if (!known.includes(word)) known.push(word);
      next.set(before, known);
    }
  return next;
}

function bash(commands: readonly CompletedCommand[], zsh: boolean): string {
  const cases = [...nextWords(commands)].map(([before, words]) => `    '${before}') words='${words.join(' ')}' ;;`);
  const flags = commands.map(
    ({ words, flags }) => `    '${words.join(' ')}') flags='${flags.map(({ name }) => `--${name}`).join(' ')}' ;;`,
  );
  return `${zsh ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''}_chainwalk() {
  local current="\${COMP_WORDS[COMP_CWORD]}" given='' word words='' flags=''
  local first=1
  [ "\${COMP_WORDS[0]##*/}" = kubectl ] && first=2
  for word in "\${COMP_WORDS[@]:first:COMP_CWORD-first}"; do
    case "$word" in -*) break ;; esac
    given="\${given:+$given }$word"
  done
  case "$given" in
${cases.join('\n')}
  esac
  case "$given" in
${flags.join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$flags" -- "$current")) ;;
    *) COMPREPLY=($(compgen -W "$words" -- "$current")) ;;
  esac
  [ \${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- "$current"))
}
complete -F _chainwalk chainwalk kubectl-chainwalk
`;
}

function fish(commands: readonly CompletedCommand[]): string {
  const lines: string[] = [];
  for (const [before, words] of nextWords(commands)) {
    const given = before === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${before}`;
    for (const word of words) {
      const summary = commands.find(each => each.words.join(' ') === `${before} ${word}`.trim())?.summary ?? '';
      lines.push(`complete -c chainwalk -n '${given}' -a ${word} -d ${quoted(summary)}`);
    }
  }
  for (const { words, flags } of commands) {
    const given = words.map(word => `__fish_seen_subcommand_from ${word}`).join('; and ');
    for (const { name, description } of flags)
      lines.push(`complete -c chainwalk -n '${given}' -l ${name} -d ${quoted(description)}`);
  }
  return `${lines.join('\n')}\n`;
}

const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
