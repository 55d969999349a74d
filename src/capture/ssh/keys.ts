import { readFileSync } from 'node:fs';
import ssh2, { type AnyAuthMethod, type IdentityCallback, type ParsedKey } from 'ssh2';
import type { SshHost } from './config.ts';

const { utils } = ssh2;

/** What is tried to log in with, in order, and what of it could not be used. */
export interface Logins {
  readonly methods: readonly AnyAuthMethod[];
  /** In words, for the message when none is accepted. */
  readonly tried: readonly string[];
}

/**
 * As ssh does: keys of the agent that the configuration names, the other ones of the agent (unless IdentitiesOnly), then
 * the files. Nobody is there to type a passphrase: an encrypted key counts only through the agent.
 */
export function loginsOf({ user, agent, identityFiles, identitiesNamed, identitiesOnly }: SshHost): Logins {
  const methods: AnyAuthMethod[] = [];
  const tried: string[] = [];
  const named = identitiesNamed ? identityFiles.flatMap(publicKeyOf) : [];
  if (agent !== undefined && (!identitiesOnly || named.length > 0)) {
    methods.push({ type: 'agent', username: user, agent: new ChosenAgent(agent, named, identitiesOnly) });
    tried.push('the agent');
  }
  for (const file of identityFiles) {
    const text = textOf(file);
    if (text === undefined) {
      if (identitiesNamed) tried.push(`${file} (cannot be read)`);
      continue;
    }
    const key = utils.parseKey(text);
    if (key instanceof Error)
      tried.push(
        `${file} (${/encrypted/i.test(key.message) ? 'encrypted: ssh-add it' : 'not a key that can be used'})`,
      );
    else {
      methods.push({ type: 'publickey', username: user, key: text });
      tried.push(file);
    }
  }
  return { methods, tried };
}

function textOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** The public half of an identity file, of the file beside it or of itself. */
function publicKeyOf(file: string): string[] {
  for (const name of [`${file}.pub`, file]) {
    const text = textOf(name);
    const key = text && utils.parseKey(text);
    if (key && !(key instanceof Error)) return [key.getPublicSSH().toString('base64')];
  }
  return [];
}

/** An agent whose keys are asked in the order of the configuration; without an agent the files are still there. */
class ChosenAgent extends ssh2.OpenSSHAgent {
  private readonly first: readonly string[];
  private readonly only: boolean;

  constructor(socket: string, first: readonly string[], only: boolean) {
    super(socket);
    this.first = first;
    this.only = only;
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    super.getIdentities((error, keys = []) => {
      const rank = (key: ParsedKey) => this.first.indexOf(key.getPublicSSH().toString('base64')) >>> 0;
      const known = keys.flatMap(key => (typeof key === 'object' && 'getPublicSSH' in key ? [key] : []));
      const chosen = this.only ? known.filter(key => rank(key) < this.first.length) : known;
      callback(undefined, error ? [] : [...chosen].sort((a, b) => rank(a) - rank(b)));
    });
  }
}
