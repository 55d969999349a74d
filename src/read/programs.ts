import type { PacketProgram } from '../model/elsewhere.ts';
import { linesOf } from './reading.ts';

/**
 * `bpftool net`: programs at XDP and tc, each under its heading as `eth0(2) clsact/ingress NAME id 12`; other kinds (flow
 * dissectors, those of netfilter) decide no packet's way by a device.
 */
export function parseBpftoolNet(text: string, file: string): readonly PacketProgram[] {
  const programs: PacketProgram[] = [];
  let section = '';
  for (const { text: line, number } of linesOf(text)) {
    const heading = /^(\w+):\s*$/.exec(line)?.[1];
    if (heading !== undefined) section = heading;
    const [, device, attach = '', rest = ''] = /^(\S+?)\(\d+\) (\S+) ?(.*)$/.exec(line) ?? [];
    const hook = hookOf(section, attach);
    if (device === undefined || hook === undefined) continue;
    const [, name] = /^(?!(?:id|prog_id)\b)(\S+)/.exec(rest) ?? [];
    programs.push({
      what: `BPF program${name === undefined ? '' : ` ${name}`}`,
      hook,
      device,
      at: { file, line: number },
    });
  }
  return programs;
}

/** Those of netkit run where the device or its peer sends (netkit_xmit). */
function hookOf(section: string, attach: string): PacketProgram['hook'] | undefined {
  if (section === 'xdp') return 'xdp';
  if (section !== 'tc') return undefined;
  if (/(?:^|[/_])ingress$|^netkit\/peer$/.test(attach)) return 'ingress';
  return /(?:^|[/_])egress$|^netkit\/primary$/.test(attach) ? 'egress' : undefined;
}

/** `tc filter show dev DEVICE ingress`; the name of the file says both. One filter a file is enough to know of. */
export function parseTcFilters(text: string, file: string): readonly PacketProgram[] {
  const [, hook, device] = /(?:^|\/)tc-filter-(ingress|egress)-(.+)\.txt$/.exec(file) ?? [];
  if (device === undefined || (hook !== 'ingress' && hook !== 'egress')) return [];
  for (const { text: line, number } of linesOf(text)) {
    const kind = /^filter (?:.* )?pref \d+ (\w+)/.exec(line)?.[1];
    if (kind !== undefined) return [{ what: `filter ${kind} of tc`, hook, device, at: { file, line: number } }];
  }
  return [];
}
