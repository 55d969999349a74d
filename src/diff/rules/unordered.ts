/**
 * Chains into which kube-proxy writes its services in the order of a map: rules of different addresses and ports may
 * change places. Those of one service port may not, nor may any with a rule that is about no address and port.
 */
const UNORDERED = ['KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES', 'KUBE-NODEPORTS', 'KUBE-PROXY-FIREWALL'];

export const isUnordered = (chain: string): boolean => UNORDERED.includes(chain);

/** What the rule demands of a packet's destination; undefined: it takes others too. */
export function portOf(chain: string, text: string): string | undefined {
  const rule = text.replace(/ --comment (?:"(?:[^"\\]|\\.)*"|\S+)/, '');
  const protocol = / -p (\S+)/.exec(rule)?.[1];
  const port = / --dport (\d+)(?= |$)/.exec(rule)?.[1];
  const address = / -d (\S+)/.exec(rule)?.[1];
  if (protocol === undefined || port === undefined || / ! (?:-d|-p|--dport) /.test(rule)) return undefined;
  if (address === undefined && chain === 'KUBE-SERVICES') return undefined;
  return `${address ?? 'any'} ${protocol} ${port}`;
}

/**
 * The places of a chain's rules in an order that is the same for all orders that do the same: between two rules that
 * are about no address and port, others are sorted by what they are about.
 */
export function settledOrder(chain: string, texts: readonly string[]): number[] {
  const keyed = texts.map((text, place) => ({ place, port: portOf(chain, text) }));
  const order: number[] = [];
  for (let from = 0; from < keyed.length; ) {
    let end = from;
    while (end < keyed.length && keyed[end]?.port !== undefined) end++;
    const run = keyed.slice(from, end).map(({ place, port = '' }) => ({ place, port }));
    run.sort((a, b) => (a.port === b.port ? a.place - b.place : a.port < b.port ? -1 : 1));
    order.push(...run.map(({ place }) => place));
    if (end < keyed.length) order.push(end);
    from = end + 1;
  }
  return order;
}
