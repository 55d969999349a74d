import type { AddressExplained, ServiceExplained, ServicesAnswer } from '../explain/answer.ts';
import { type Cell, columnLines } from './columns.ts';
import { pathLines } from './explain-paths.ts';
import { kindWord } from './kinds.ts';
import { safe } from './safe.ts';
import { sentences } from './service-sentences.ts';
import { type RenderOptions, type Theme, themeOf } from './theme.ts';
import { endpoint, share, source } from './words.ts';
import { hang, wrap } from './wrap.ts';

const MAX_NODES = 8;
const MAX_ENDPOINTS = 40;

/** Services as text for a person; ends with a newline. */
export function renderServices(answer: ServicesAnswer, { columns, color }: RenderOptions): string {
  const theme = themeOf(color);
  const blocks = answer.services.map(service => serviceLines(service, answer, columns, theme));
  const outside = outsideLines(answer, columns, theme);
  if (outside.length > 0) blocks.push(outside);
  const remarks = answer.remarks
    .slice(0, 5)
    .flatMap(({ text, ...at }) => hang('not read   ', `${source(at)}: ${safe(text)}`, columns, theme.unsure));
  if (remarks.length > 0) blocks.push(remarks);
  return `${blocks.map(lines => lines.join('\n')).join('\n\n')}\n`;
}

function outsideLines({ nodes }: ServicesAnswer, columns: number, theme: Theme): string[] {
  const byText = new Map<string, string[]>();
  for (const { node, outside } of nodes)
    for (const { what, howToLearn } of outside) {
      const text = `${what}; to learn it: ${howToLearn}`;
      byText.set(text, [...(byText.get(text) ?? []), node]);
    }
  return [...byText].flatMap(([text, names]) =>
    hang('', safe(`not seen on ${names.join(', ')}: ${text}`), columns, theme.unsure),
  );
}

export const serviceName = ({ namespace, name, portName, chains }: ServiceExplained): string =>
  safe(
    name === null
      ? `a service that no comment names (${chains[0] ?? 'no chain of its own'})`
      : `${namespace}/${name}${portName === undefined ? '' : `:${portName}`}`,
  );

function serviceLines(service: ServiceExplained, answer: ServicesAnswer, columns: number, theme: Theme): string[] {
  const lines = [...title(service, answer, columns, theme)];
  if (service.nodes.length === 0) {
    lines.push(...wrap('No rule on any node is about it; only the API has it.', columns).map(l => theme.bad(l)));
    return lines;
  }
  lines.push(
    '',
    ...columnLines([addressHead(theme), ...gathered(service.addresses).map(addressRow(service, theme))], columns),
  );
  const reasons = new Set(service.addresses.flatMap(each => (each.reasons ?? []).map(({ text }) => text)));
  if (reasons.size > 0) lines.push('', ...[...reasons].flatMap(reason => hang('- ', safe(reason), columns)));
  lines.push('', ...endpointLines(service, columns, theme), '');
  for (const sentence of sentences(service)) lines.push(...wrap(safe(sentence), columns));
  if (service.paths) lines.push('', ...pathLines(service.paths, columns, theme));
  const notes = [...disagreementLines(service, columns, theme), ...unknownLines(service, columns, theme)];
  return notes.length > 0 ? [...lines, '', ...notes] : lines;
}

function title(service: ServiceExplained, { nodes }: ServicesAnswer, columns: number, theme: Theme): string[] {
  const { protocol, port } = service;
  const own = nodes.filter(({ node }) => service.nodes.includes(node));
  const kinds = [...new Set(own.map(({ proxy, releases }) => `kube-proxy ${releases ?? ''} rules, ${proxy}`))];
  const where = service.nodes.length > MAX_NODES ? `${service.nodes.length} nodes` : service.nodes.join(' ');
  const head = `${serviceName(service)}  ${protocol}${port === null ? '' : ` ${port}`}`;
  const about = safe(`${kinds.join('; ').replace('  ', ' ')}, on ${where}`);
  if (own.length === 0) return [theme.strong(head)];
  const one = `${head}   ${about}`;
  if (one.length <= columns)
    return [`${theme.strong(head)}${' '.repeat(columns - head.length - about.length)}${theme.quiet(about)}`];
  return [
    ...wrap(head, columns).map(line => theme.strong(line)),
    ...wrap(about, columns).map(line => theme.quiet(line)),
  ];
}

/** Node ports that only some addresses of the nodes take: a line a port. */
function gathered(addresses: readonly AddressExplained[]): readonly AddressExplained[] {
  const lines = new Map<string, AddressExplained>();
  for (const each of addresses) {
    const key = each.kind === 'node port' ? `node port ${each.port}` : `${each.kind} ${each.address} ${each.port}`;
    const known = lines.get(key);
    const { address: _, ...port } = each;
    if (!known)
      lines.set(
        key,
        each.kind === 'node port' && each.address !== undefined ? { ...port, announcedBy: [onlyAt(each)] } : each,
      );
    else
      lines.set(key, {
        ...known,
        fates: [...known.fates, ...each.fates],
        announcedBy: [...known.announcedBy, onlyAt(each)],
      });
  }
  return [...lines.values()];
}

const onlyAt = ({ address = '' }: AddressExplained): AddressExplained['announcedBy'][number] => ({
  by: 'every node',
  text: `at ${address}`,
});

const addressHead = (theme: Theme): Cell[] =>
  ['address', '', 'policy', 'announced by'].map(text => ({ text, paint: theme.quiet }));

const addressRow =
  (service: ServiceExplained, theme: Theme) =>
  (address: AddressExplained): Cell[] => {
    const { kind, fates } = address;
    const at =
      address.address === undefined ? String(address.port) : endpoint({ ...address, address: address.address });
    const policy = kind === 'cluster IP' ? service.internalTrafficPolicy : service.externalTrafficPolicy;
    const refused = fates.filter(({ fate }) => fate !== 'translated');
    const fate = [...new Set(refused.map(({ fate }) => fate))].join(' or ');
    const where = refused.length === fates.length ? '' : ` at ${refused.map(({ node }) => node).join(', ')}`;
    return [
      { text: kindWord(kind) },
      { text: at },
      { text: policy === null ? 'not told' : (policy ?? '') },
      {
        text: safe(refused.length === 0 ? announced(address) : `${announced(address)}; ${fate}${where}`),
        ...(refused.length > 0 && { paint: theme.bad }),
      },
    ];
  };

function announced({ kind, announcedBy }: AddressExplained): string {
  if (kind === 'cluster IP' || (kind === 'node port' && announcedBy.length === 0)) return 'every node';
  if (kind === 'node port')
    return announcedBy
      .map(({ text }) => text)
      .join(', ')
      .replaceAll(', at ', ', ');
  if (announcedBy.length === 0) return 'not known';
  const by = new Map<string, string[]>();
  for (const { text, seenBy } of announcedBy) {
    const known = by.get(text) ?? [];
    if (seenBy !== undefined) known.push(seenBy);
    by.set(text, known);
  }
  return [...by].map(([text, hosts]) => (hosts.length > 0 ? `${text} (${hosts.join(', ')})` : text)).join('; ');
}

function endpointLines({ endpoints, nodes }: ServiceExplained, columns: number, theme: Theme): string[] {
  if (endpoints.length === 0)
    return wrap('It has no endpoints here: connections are refused.', columns).map(l => theme.bad(l));
  const differ = endpoints.some(each => each.probability === null || each.nodes.length !== endpoints[0]?.nodes.length);
  const byNode = differ && nodes.length > 1 && nodes.length <= MAX_NODES;
  const where = endpoints.some(({ node }) => node !== null);
  const head = ['endpoint', ...(where ? ['node'] : []), ...(byNode ? nodes : ['share'])];
  const rows = endpoints
    .slice(0, MAX_ENDPOINTS)
    .map((each): Cell[] => [
      { text: endpoint(each) },
      ...(where ? [{ text: safe(each.node ?? 'not known') }] : []),
      ...(byNode
        ? nodes.map(node => shareAt(each, node, theme))
        : [{ text: each.probability === null ? 'differs' : share(each.probability) }]),
    ]);
  const lines = columnLines([head.map(text => ({ text: safe(text), paint: theme.quiet })), ...rows], columns);
  const more = endpoints.length - MAX_ENDPOINTS;
  return more > 0 ? [...lines, theme.quiet(`and ${more} endpoints more; --json lists all`)] : lines;
}

function shareAt({ nodes }: ServiceExplained['endpoints'][number], node: string, theme: Theme): Cell {
  const here = nodes.find(each => each.node === node);
  if (!here) return { text: 'none', paint: theme.quiet };
  const { probability, externalProbability = probability } = here;
  const text = share(probability);
  return { text: externalProbability === probability ? text : `${text}, outside ${share(externalProbability)}` };
}

function disagreementLines({ disagreements }: ServiceExplained, columns: number, theme: Theme): string[] {
  return disagreements.flatMap(({ kind, what, saidBy, notBy }) => {
    const subject = kind === 'service' || kind === 'rules' || kind === 'policy' ? what : `${kind} ${what}`;
    const text =
      notBy.length === 0
        ? `${saidBy.join(', ')}: ${subject}`
        : `${subject}: ${saidBy.join(', ')} ${saidBy.length > 1 ? 'have' : 'has'} it, ${notBy.join(', ')} not`;
    return hang('differs    ', safe(text), columns, theme.bad);
  });
}

function unknownLines({ unknowns, fromApi }: ServiceExplained, columns: number, theme: Theme): string[] {
  const byReason = new Map<string, string[]>();
  for (const { field, what, howToLearn } of unknowns) {
    if (field === 'endpoints.probability') continue;
    const text = `${what}${howToLearn === undefined ? '' : `; to learn it: ${howToLearn}`}`;
    byReason.set(text, [...(byReason.get(text) ?? []), field]);
  }
  const lines = [...byReason].flatMap(([text, fields]) =>
    hang('not told   ', safe(`${fields.join(', ')}: ${text}`), columns, theme.unsure),
  );
  if (fromApi.length > 0)
    lines.push(
      ...hang('API        ', safe(`${fromApi.join(', ')}: rules do not tell, the API does`), columns, theme.quiet),
    );
  return lines;
}
