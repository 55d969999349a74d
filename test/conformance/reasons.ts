import type { Backend } from '../../src/xt/extension.ts';
import { builtinHook } from '../../src/xt/tables.ts';
import type { Row } from './rows.ts';

interface Reason {
  readonly text: string;
  holds(row: Row, refusal: string): boolean;
}

const NOT_THERE = /No chain\/target\/match by that name|No such file or directory/;

/** Rows that the recorded tool or kernel refused for what it lacked, not for what the rule says. */
const REASONS: readonly Reason[] = [
  {
    text: "the recording's kernel has no such module",
    holds: ({ ext }, refusal) => refusal.includes(`Extension ${ext} revision`) && refusal.includes('not supported'),
  },
  {
    text: 'the set did not exist',
    holds: ({ ext }, refusal) => ['set', 'SET'].includes(ext) && /Set \S+ doesn't exist/.test(refusal),
  },
  {
    text: "the recording's kernel has no SELinux",
    holds: ({ ext }, refusal) => ext === 'SECMARK' && NOT_THERE.test(refusal),
  },
  {
    text: 'the helper or the timeout policy did not exist',
    holds: ({ ext, input }, refusal) => ext === 'CT' && /--(helper|timeout) /.test(input) && NOT_THERE.test(refusal),
  },
  {
    text: 'the accounting object did not exist',
    holds: ({ ext }, refusal) => ext === 'nfacct' && NOT_THERE.test(refusal),
  },
  {
    text: 'the recording put it into a table that has no such chain',
    holds: ({ table, chain }, refusal) =>
      NOT_THERE.test(refusal) && builtinHook('mangle', chain) !== undefined && builtinHook(table, chain) === undefined,
  },
  {
    text: 'iptables 1.8.9 takes the whole word for the argument; 1.8.10 is mended',
    holds: ({ input, status }, refusal) =>
      status === 'OK' && input.split(' ').some(word => /^-(-\w|[a-z]\w)/.test(word) && refusal.includes(`"${word}"`)),
  },
  {
    text: "the recording's shell wrote files in the place of `*`",
    holds: ({ input, status }, refusal) =>
      status === 'UNLOADABLE' && / \*( |$)/.test(input) && refusal.includes('Bad argument'),
  },
];

/** Why a rule that was refused there may be accepted here. */
export const reasonFor = (row: Row, backend: Backend): string | undefined => {
  const refusal = (backend === 'legacy' ? row.err_legacy : row.err_nft) ?? '';
  return REASONS.find(reason => reason.holds(row, refusal))?.text;
};
