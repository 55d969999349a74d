import { isObject, parseJson } from './json.ts';
import { excerpt, linesOf, type Reading, Remarks } from './reading.ts';

/**
 * The name as `sysctl -a` prints it. Which of `.` and `/` comes first tells the separator; the other one then stands
 * for a dot inside an interface's name (sysctl(8)): `net/ipv4/conf/eth0.1/rp_filter` is
 * `net.ipv4.conf.eth0/1.rp_filter`.
 */
export function sysctlName(text: string): string {
  const name = text.replace(/^\/?proc\/sys\//, '');
  const first = /[./]/.exec(name)?.[0];
  if (first !== '/') return name;
  return name.replace(/[./]/g, c => (c === '/' ? '.' : '/'));
}

/** `sysctl -a` (`key = value`, values with their tabs), and `grep . /proc/sys/...` (`path:value`). */
export function parseSysctls(text: string, file: string): Reading<ReadonlyMap<string, string>> {
  const remarks = new Remarks(file);
  const values = new Map<string, string>();
  for (const { text: line, number } of linesOf(text)) {
    const [, path, content] = /^(\/proc\/sys\/[^:\s]+):(.*)$/.exec(line) ?? [];
    const [, key, value] = /^([^\s=]+) ?= ?(.*)$/.exec(line) ?? [];
    if (path !== undefined) values.set(sysctlName(path), content ?? '');
    else if (key !== undefined) values.set(sysctlName(key), value ?? '');
    else if (/^sysctl: /.test(line)) continue;
    else remarks.error(number, `not a line of sysctl -a: ${excerpt(line)}`);
  }
  return { value: values, remarks: remarks.list };
}

/** One JSON object of names and values, in either form of name. */
export function parseSysctlsJson(text: string, file: string): Reading<ReadonlyMap<string, string>> {
  const remarks = new Remarks(file);
  const values = new Map<string, string>();
  const object = parseJson(text, remarks);
  if (!isObject(object)) {
    if (object !== undefined) remarks.error(1, 'not a JSON object of sysctls');
    return { value: values, remarks: remarks.list };
  }
  for (const [key, value] of Object.entries(object)) {
    if (typeof value === 'string' || typeof value === 'number') values.set(sysctlName(key), String(value));
    else remarks.warning(1, `the value of "${excerpt(key)}" is neither text nor number and was not used`);
  }
  return { value: values, remarks: remarks.list };
}

/** `ls -l` of /proc/sys/net/ipv4/conf with the value of one setting noted behind each name (`eth0  # 1`). */
export function parseAnnotatedConf(text: string, file: string, setting: string): Reading<ReadonlyMap<string, string>> {
  const remarks = new Remarks(file);
  const values = new Map<string, string>();
  for (const { text: line, number } of linesOf(text)) {
    const [, name, value] = /^[d-][r-][^#]*\s(\S+)\s+#\s*(\S+)\s*$/.exec(line) ?? [];
    if (name !== undefined) values.set(`net.ipv4.conf.${name.replaceAll('.', '/')}.${setting}`, value ?? '');
    else if (!/^total \d+$|\s\.{1,2}$/.test(line)) remarks.error(number, `no value behind a name: ${excerpt(line)}`);
  }
  return { value: values, remarks: remarks.list };
}
