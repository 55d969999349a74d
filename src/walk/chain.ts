import type { Effect, Nat, Reject } from '../model/effect.ts';
import { missingRules } from '../model/ruleset.ts';
import { Frame } from './frame.ts';
import type { HookChain } from './hooks.ts';
import type { End, Pass } from './pass.ts';
import { runRule } from './rule.ts';
import type { Disposition, RulePosition } from './trace.ts';

/** How a base chain let go of a packet. */
export type ChainResult =
  /** `bypassed`: by a queue that nobody listens on. */
  | { readonly kind: 'accept'; readonly bypassed?: true }
  | { readonly kind: 'drop'; readonly at: RulePosition | undefined }
  | { readonly kind: 'nat'; readonly nat: Nat; readonly at: RulePosition }
  | { readonly kind: 'reject'; readonly reject: Reject; readonly at: RulePosition }
  | { readonly kind: 'end'; readonly end: End };

/** More jumps on one hook than any sane ruleset makes: a loop of gotos, which only a damaged dump holds. */
const MAX_JUMPS = 65_536;
const MAX_DEPTH = 1024;

/** Walks a base chain and whatever it calls, to a verdict or its policy. */
export function walkChain(pass: Pass, hookChain: HookChain): ChainResult {
  const replay = pass.compiled.replays?.of(hookChain);
  if (!replay) return walkRules(pass, hookChain);
  const known = replay.find(pass);
  if (!known) return replay.record(pass, () => walkRules(pass, hookChain));
  for (const step of known.steps) pass.steps.push(step);
  pass.jumps += known.jumps;
  pass.packet.mark = known.markAfter;
  return known.result;
}

function walkRules(pass: Pass, hookChain: HookChain): ChainResult {
  const { table } = hookChain;
  let frame: Frame | undefined = new Frame(pass, table, hookChain.chain, undefined, false);
  while (frame) {
    if (!frame.advance(pass)) {
      if (frame.caller) noteReturn(pass, frame);
      frame = frame.end();
      continue;
    }
    const effect = runRule(pass, frame);
    if (!effect) continue;
    const next: Frame | ChainResult | undefined = follow(pass, frame, effect);
    if (next && !(next instanceof Frame)) return next;
    frame = next;
  }
  return finish(pass, hookChain);
}

/** Where the walk goes on after a rule: in a frame, at the end of the base chain (undefined), or not at all. */
function follow(pass: Pass, frame: Frame, effect: Effect): Frame | ChainResult | undefined {
  switch (effect.kind) {
    case 'jump':
    case 'goto':
      return call(pass, frame, effect);
    case 'verdict':
      return byVerdict(frame, effect.verdict);
    case 'nat':
      return { kind: 'nat', nat: effect, at: frame.position() };
    case 'reject':
      return { kind: 'reject', reject: effect, at: frame.position() };
    case 'consumed':
      return ended('consumed', `consumed by ${effect.by}`, frame);
    case 'queue':
      return queue(pass, effect, frame);
    case 'undecided':
      return pass.guess(effect.why, frame.position()) ? frame : ended('undecided', effect.why.reason, frame);
    default:
      return frame;
  }
}

function byVerdict(
  frame: Frame,
  verdict: Extract<Effect, { kind: 'verdict' }>['verdict'],
): Frame | ChainResult | undefined {
  switch (verdict) {
    case 'accept':
      return { kind: 'accept' };
    case 'drop':
      return { kind: 'drop', at: frame.position() };
    case 'return':
      return frame.end();
    case 'continue':
      return frame;
  }
}

const ended = (disposition: Disposition, reason: string, frame: Frame): ChainResult => ({
  kind: 'end',
  end: { disposition, reason, decidedBy: frame.position() },
});

function call(
  pass: Pass,
  caller: Frame,
  { kind, chain, to }: Extract<Effect, { kind: 'jump' | 'goto' }>,
): Frame | ChainResult {
  const { table } = caller;
  const called = (table.byName ? undefined : to) ?? table.chains.get(chain);
  if (!called) return ended('undecided', `chain ${chain} is not in the dump`, caller);
  if (++pass.jumps > MAX_JUMPS || caller.depth >= MAX_DEPTH)
    return ended('loop', `chains call each other in a circle at ${called.name}`, caller);
  return new Frame(pass, table, called, caller, kind === 'goto');
}

function noteReturn(pass: Pass, { table, chain }: Frame): void {
  pass.steps.push({
    kind: 'return',
    hook: pass.hook,
    family: table.family,
    table: table.name,
    owner: table.owner,
    chain: chain.name,
    rules: chain.rules.length,
    mark: pass.packet.mark,
  });
}

function finish(pass: Pass, { table, chain, policy }: HookChain): ChainResult {
  const why = missingRules(table);
  if (why && !pass.guess(why)) return { kind: 'end', end: { disposition: 'undecided', reason: why.reason } };
  pass.steps.push({
    kind: 'policy',
    hook: pass.hook,
    family: table.family,
    table: table.name,
    owner: table.owner,
    chain: chain.name,
    policy,
    mark: pass.packet.mark,
  });
  return policy === 'accept' ? { kind: 'accept' } : { kind: 'drop', at: undefined };
}

/** Without a program that listens the kernel drops the packet or, with bypass, goes on as if it were accepted. */
function queue({ compiled }: Pass, { number, bypass }: Extract<Effect, { kind: 'queue' }>, frame: Frame): ChainResult {
  const { queues } = compiled.namespace;
  if (queues && !queues.includes(number))
    return bypass ? { kind: 'accept', bypassed: true } : { kind: 'drop', at: frame.position() };
  return ended('consumed', `given to a program by queue ${number}`, frame);
}
