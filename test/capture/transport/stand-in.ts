import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FIXTURE, ROOT } from '../../commands/run.ts';

/** What the tools of a node print, as they did on a node of the fixture. */
const RECORDED = new Map([
  ['iptables-nft-save -c', 'iptables-nft-save-c.txt'],
  ['ip6tables-nft-save -c', 'ip6tables-nft-save-c.txt'],
  ['ip -d addr', 'ip-addr.txt'],
  ['ip route show table all', 'ip-route-table-all.txt'],
  ['ip rule', 'ip-rule.txt'],
]);

/** Programs that stand in for others: each notes its arguments, one a line, and answers as its shell text says. */
export class StandIns {
  readonly folder = mkdtempSync(join(tmpdir(), 'chainwalk-stand-in-'));
  readonly path = join(this.folder, 'bin');
  private readonly tools = join(this.folder, 'tools');

  constructor() {
    mkdirSync(this.path);
    mkdirSync(this.tools);
    const cases = [...RECORDED].map(([command, file]) => `'${command}') cat '${ROOT}/${FIXTURE}/nodes/n1/${file}' ;;`);
    for (const tool of [
      'iptables-nft-save',
      'ip6tables-nft-save',
      'ip',
      'nft',
      'ipset',
      'conntrack',
      'bridge',
      'tc',
      'wg',
      'bpftool',
      'iptables-legacy-save',
      'ip6tables-legacy-save',
    ])
      this.write(join(this.tools, tool), `case "\${0##*/} $*" in ${cases.join(' ')} esac`);
  }

  private write(file: string, text: string): void {
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
  }

  /** \`$NODE\` is a shell with the tools of a recorded node. */
  add(name: string, text: string): void {
    this.write(
      join(this.path, name),
      `echo "$*" >>'${this.folder}/${name}.calls'\nNODE='env PATH=${this.tools}:/usr/bin:/bin sh'\n${text}`,
    );
  }

  /** The arguments of each call, in the order of the calls. */
  calls(name: string): string[] {
    return readFileSync(join(this.folder, `${name}.calls`), 'utf8')
      .trimEnd()
      .split('\n')
      .map(line => line.trimEnd());
  }

  get env(): NodeJS.ProcessEnv {
    const { PATH = '' } = process.env;
    return { PATH: `${this.path}:${PATH}` };
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}
