import { binary } from './expression/binary.ts';
import { concat } from './expression/concat.ts';
import { ct } from './expression/ct.ts';
import { dccpOption } from './expression/dccp-option.ts';
import { exthdr } from './expression/exthdr.ts';
import { fib } from './expression/fib.ts';
import { ipOption } from './expression/ip-option.ts';
import { ipsec } from './expression/ipsec.ts';
import { jhash } from './expression/jhash.ts';
import { list } from './expression/list.ts';
import { map } from './expression/map.ts';
import { meta } from './expression/meta.ts';
import { numgen } from './expression/numgen.ts';
import { osf } from './expression/osf.ts';
import { payload } from './expression/payload.ts';
import { prefix } from './expression/prefix.ts';
import { range } from './expression/range.ts';
import { rawPayload } from './expression/raw-payload.ts';
import { rawTcpOption } from './expression/raw-tcp-option.ts';
import { rt } from './expression/rt.ts';
import { sctpChunk } from './expression/sctp-chunk.ts';
import { set as anonymousSet } from './expression/set.ts';
import { setReference } from './expression/set-reference.ts';
import { socket } from './expression/socket.ts';
import { symhash } from './expression/symhash.ts';
import { tcpOption } from './expression/tcp-option.ts';
import { unread as unreadExpression } from './expression/unread.ts';
import { value } from './expression/value.ts';
import { wildcard } from './expression/wildcard.ts';
import type { ExpressionForm, StatementForm } from './form.ts';
import type { JsonReader } from './json/json-reader.ts';
import type { Printer } from './printer.ts';
import type { Expression, ExpressionKind, ExpressionOf, Statement, StatementKind, StatementOf } from './schema.ts';
import { counter } from './statement/counter.ts';
import { ctCount } from './statement/ct-count.ts';
import { ctExpectation, ctHelper, ctTimeout } from './statement/ct-object.ts';
import { dup } from './statement/dup.ts';
import { flow } from './statement/flow.ts';
import { fwd } from './statement/fwd.ts';
import { goTo, jump } from './statement/jump.ts';
import { last } from './statement/last.ts';
import { limit } from './statement/limit.ts';
import { log } from './statement/log.ts';
import { mangle } from './statement/mangle.ts';
import { masquerade } from './statement/masquerade.ts';
import { match } from './statement/match.ts';
import { meter } from './statement/meter.ts';
import { dnat, snat } from './statement/nat.ts';
import { notrack } from './statement/notrack.ts';
import { queue } from './statement/queue.ts';
import { quota } from './statement/quota.ts';
import { redirect } from './statement/redirect.ts';
import { reject } from './statement/reject.ts';
import { reset } from './statement/reset.ts';
import { secmark } from './statement/secmark.ts';
import { set } from './statement/set.ts';
import { synproxy } from './statement/synproxy.ts';
import { tproxy } from './statement/tproxy.ts';
import { tunnel } from './statement/tunnel.ts';
import { unread } from './statement/unread.ts';
import { accept, continueOn, drop, returnBack } from './statement/verdict.ts';
import { vmap } from './statement/vmap.ts';
import { xt } from './statement/xt.ts';
import type { RuleParser } from './text/rule-parser.ts';
import type { Types } from './type/type-of.ts';

/** Every kind of expression; one that is missing does not compile. */
const EXPRESSIONS: { readonly [K in ExpressionKind]: ExpressionForm<ExpressionOf<K>> } = {
  binary,
  concat,
  ct,
  'dccp option': dccpOption,
  exthdr,
  fib,
  'ip option': ipOption,
  ipsec,
  jhash,
  list,
  map,
  meta,
  numgen,
  osf,
  payload,
  prefix,
  range,
  'raw-payload': rawPayload,
  'raw-tcp-option': rawTcpOption,
  rt,
  'sctp chunk': sctpChunk,
  set: anonymousSet,
  'set-reference': setReference,
  socket,
  symhash,
  'tcp option': tcpOption,
  unread: unreadExpression,
  value,
  wildcard,
};

/** Every kind of statement. */
const STATEMENTS: { readonly [K in StatementKind]: StatementForm<StatementOf<K>> } = {
  accept,
  continue: continueOn,
  counter,
  'ct count': ctCount,
  'ct expectation': ctExpectation,
  'ct helper': ctHelper,
  'ct timeout': ctTimeout,
  dnat,
  drop,
  dup,
  flow,
  fwd,
  goto: goTo,
  jump,
  last,
  limit,
  log,
  mangle,
  masquerade,
  match,
  meter,
  notrack,
  queue,
  quota,
  redirect,
  reject,
  reset,
  return: returnBack,
  secmark,
  set,
  snat,
  synproxy,
  tproxy,
  tunnel,
  unread,
  vmap,
  xt,
};

type Read<T> = (body: unknown, reader: JsonReader, key: string) => T;
type Parse<T> = (parser: RuleParser, words: string) => T;

const expressionForms: readonly ExpressionForm<Expression>[] = Object.values(EXPRESSIONS);
const statementForms: readonly StatementForm<Statement>[] = Object.values(STATEMENTS);

/** Readers of JSON by the object's key. */
export const EXPRESSION_KEYS: ReadonlyMap<string, Read<Expression>> = new Map(
  expressionForms.flatMap(({ keys = [], read }) => (read ? keys.map(key => [key, read] as const) : [])),
);
export const STATEMENT_KEYS: ReadonlyMap<string, Read<Statement>> = new Map(
  statementForms.flatMap(({ keys, read }) => keys.map(key => [key, read] as const)),
);

/** Parsers of text by the words that they start with. */
export const EXPRESSION_WORDS: ReadonlyMap<string, Parse<Expression>> = new Map(
  expressionForms.flatMap(({ words = [], parse }) => (parse ? words.map(word => [word, parse] as const) : [])),
);
export const STATEMENT_WORDS: ReadonlyMap<string, Parse<Statement>> = new Map(
  statementForms.flatMap(({ words, parse }) => (parse ? words.map(word => [word, parse] as const) : [])),
);

/** As nft prints it; `types`: the datatypes of the constants in it, where something beside it tells. */
export function printExpression(expression: Expression, printer: Printer, types: Types): string {
  const form: ExpressionForm<Expression> = EXPRESSIONS[expression.kind];
  return form.print(expression, printer, types);
}

/** As nft prints it. */
export function printStatement(statement: Statement, printer: Printer): string {
  const form: StatementForm<Statement> = STATEMENTS[statement.kind];
  return form.print(statement, printer);
}

/** A few words for a person. */
export function describeStatement(statement: Statement, printer: Printer): string {
  const form: StatementForm<Statement> = STATEMENTS[statement.kind];
  return form.describe(statement, printer);
}
