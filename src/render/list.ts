import type { ChainRow, ListAnswer, NodeRow, ServiceRow } from '../explain/parts-answer.ts';
import { type Cell, columnLines } from './columns.ts';
import { safe } from './safe.ts';
import { type RenderOptions, type Theme, themeOf } from './theme.ts';

/** A list as text, a line or more each. */
export function renderList(answer: ListAnswer, { columns, color }: RenderOptions): string {
  const theme = themeOf(color);
  if (answer.rows.length === 0) return `no ${answer.what} in what was captured\n`;
  const [head = [], ...rows] = tableOf(answer, theme);
  return `${columnLines([head.map(cell => ({ ...cell, paint: theme.quiet })), ...rows], columns).join('\n')}\n`;
}

function tableOf(answer: ListAnswer, theme: Theme): readonly (readonly Cell[])[] {
  switch (answer.what) {
    case 'services':
      return [cells('service', 'port', 'ends', 'addresses'), ...answer.rows.map(row => serviceCells(row, theme))];
    case 'nodes':
      return [cells('node', 'services by', 'addresses'), ...answer.rows.map(row => nodeCells(row, theme))];
    case 'chains': {
      const several = new Set(answer.rows.map(({ node }) => node)).size > 1;
      const head = cells(...(several ? ['node'] : []), 'table', 'chain', 'rules', 'made by, what for');
      return [head, ...answer.rows.map(row => chainCells(row, several, theme))];
    }
    case 'addresses':
      return [
        cells('address', 'what it is'),
        ...answer.rows.map(({ address, uses }) => [
          { text: safe(address), paint: theme.name },
          { text: safe(uses.join(', ')) },
        ]),
      ];
  }
}

const cells = (...texts: readonly string[]): Cell[] => texts.map(text => ({ text: safe(text) }));

const MAX_NAME = 34;

function serviceCells(row: ServiceRow, theme: Theme): Cell[] {
  const { namespace, name, portName, chains, port, protocol, addresses, nodePort, endpoints, disagreements } = row;
  const full = name === null ? (chains[0] ?? 'no name') : `${namespace ?? ''}/${name}`;
  const label = `${full}${portName === undefined ? '' : `:${portName}`}`;
  const short = label.length > MAX_NAME ? `${label.slice(0, MAX_NAME - 1)}…` : label;
  const node = nodePort === undefined ? [] : [`node port ${nodePort}`];
  const differ = disagreements > 0 ? ['nodes differ'] : [];
  return [
    { text: safe(short), paint: theme.name },
    ...cells(`${port ?? '?'}/${protocol}`, String(endpoints)),
    { text: safe([...addresses, ...node, ...differ].join(', ')), ...(differ.length > 0 && { paint: theme.bad }) },
  ];
}

function nodeCells({ node, proxy, releases, outside, addresses }: NodeRow, theme: Theme): Cell[] {
  const others = outside.length > 0 ? outside.map(({ who }) => who).join(', ') : 'nothing that is known';
  const own = `kube-proxy${releases === undefined ? '' : ` ${releases}`}, ${proxy}`;
  const by = proxy === 'none' || proxy === 'ipvs' ? others : own;
  return [{ text: safe(node), paint: theme.name }, ...cells(by, addresses.join(', '))];
}

function chainCells(row: ChainRow, several: boolean, theme: Theme): Cell[] {
  const { node, family, table, chain, rules, maker, purpose } = row;
  return [
    ...(several ? cells(node) : []),
    ...cells(`${family === 'ip' ? '' : `${family} `}${table}`),
    { text: safe(chain), paint: theme.name },
    ...cells(String(rules), `${maker ?? "user's own"}: ${purpose}`),
  ];
}
