import type { Effect, Nat, Reject } from '../model/effect.ts';
import { type Chain, missingRules } from '../model/ruleset.ts';
import type { ChainIndex } from './chain-index.ts';
import type { HookChain } from './hooks.ts';
import type { End, Pass } from './pass.ts';
import { runRule } from './rule.ts';
import type { RulePosition } from './trace.ts';

/** How a base chain let go of a packet. */
export type ChainResult =
  | { readonly kind: 'accept' }
  | { readonly kind: 'drop'; readonly at: RulePosition | undefined }
  | { readonly kind: 'nat'; readonly nat: Nat; readonly at: RulePosition }
  | { readonly kind: 'reject'; readonly reject: Reject; readonly at: RulePosition }
  | { readonly kind: 'end'; readonly end: End };

/** More jumps on one hook than any sane ruleset makes: a loop of gotos, which only a damaged dump holds. */
const MAX_JUMPS = 65_536;
const MAX_DEPTH = 1024;

/** A user chain that is being walked; `goto` is gone back over when its chain ends. */
interface Frame {
  readonly chain: Chain;
  readonly index: ChainIndex | undefined;
  next: number;
  readonly goto: boolean;
}

const enter = (pass: Pass, chain: Chain, goto: boolean): Frame => ({
  chain,
  index: pass.compiled.indexes?.of(chain.rules),
  next: 0,
  goto,
});

/** Walks a base chain and whatever it calls, to a verdict or its policy. */
export function walkChain(pass: Pass, hookChain: HookChain): ChainResult {
  const { table } = hookChain;
  const stack: Frame[] = [enter(pass, hookChain.chain, false)];
  for (;;) {
    const frame = stack[stack.length - 1];
    if (!frame) return finish(pass, hookChain);
    const { rules, name } = frame.chain;
    const place = frame.index ? frame.index.next(frame.next, pass.packet) : frame.next;
    if (place >= rules.length) {
      stack.pop();
      if (stack.length === 0) return finish(pass, hookChain);
      pass.steps.push({
        kind: 'return',
        hook: pass.hook,
        table: table.name,
        owner: table.owner,
        chain: name,
        rules: rules.length,
        mark: pass.packet.mark,
      });
      skipGotos(stack, frame);
      if (stack.length === 0) return finish(pass, hookChain);
      continue;
    }
    frame.next = place + 1;
    const ran = runRule(pass, table, name, rules, place);
    if (!ran) continue;
    const { effect, at } = ran;
    if (effect.kind === 'jump' || effect.kind === 'goto') {
      const chain = effect.to ?? table.chains.get(effect.chain);
      if (!chain)
        return {
          kind: 'end',
          end: { disposition: 'undecided', reason: `chain ${effect.chain} is not in the dump`, decidedBy: at },
        };
      if (++pass.jumps > MAX_JUMPS || stack.length > MAX_DEPTH)
        return {
          kind: 'end',
          end: { disposition: 'loop', reason: `chains call each other in a circle at ${chain.name}`, decidedBy: at },
        };
      stack.push(enter(pass, chain, effect.kind === 'goto'));
      continue;
    }
    if (effect.kind === 'verdict' && effect.verdict === 'return') {
      stack.pop();
      skipGotos(stack, frame);
      if (stack.length === 0) return finish(pass, hookChain);
      continue;
    }
    const result = resultOf(pass, effect, at);
    if (result) return result;
  }
}

/** The end of a chain that was entered by goto is the end of the chain that has the goto, too. */
function skipGotos(stack: Frame[], ended: Frame): void {
  for (let frame: Frame | undefined = ended; frame?.goto; ) frame = stack.pop();
}

function finish(pass: Pass, { table, chain, policy }: HookChain): ChainResult {
  const why = missingRules(table);
  if (why && !pass.guess(why)) return { kind: 'end', end: { disposition: 'undecided', reason: why.reason } };
  pass.steps.push({
    kind: 'policy',
    hook: pass.hook,
    table: table.name,
    owner: table.owner,
    chain: chain.name,
    policy,
    mark: pass.packet.mark,
  });
  return policy === 'accept' ? { kind: 'accept' } : { kind: 'drop', at: undefined };
}

function resultOf(pass: Pass, effect: Effect, at: RulePosition): ChainResult | undefined {
  switch (effect.kind) {
    case 'verdict':
      return effect.verdict === 'accept'
        ? { kind: 'accept' }
        : effect.verdict === 'drop'
          ? { kind: 'drop', at }
          : undefined;
    case 'nat':
      return { kind: 'nat', nat: effect, at };
    case 'reject':
      return { kind: 'reject', reject: effect, at };
    case 'consumed':
      return { kind: 'end', end: { disposition: 'consumed', reason: `consumed by ${effect.by}`, decidedBy: at } };
    case 'queue':
      return queue(pass, effect, at);
    case 'undecided':
      if (pass.guess(effect.why, at)) return undefined;
      return { kind: 'end', end: { disposition: 'undecided', reason: effect.why.reason, decidedBy: at } };
    default:
      return undefined;
  }
}

/** Without a program that listens the kernel drops the packet or, with bypass, goes on as if it were accepted. */
function queue(
  { compiled }: Pass,
  { number, bypass }: Extract<Effect, { kind: 'queue' }>,
  at: RulePosition,
): ChainResult {
  const { queues } = compiled.namespace;
  if (queues && !queues.includes(number)) return bypass ? { kind: 'accept' } : { kind: 'drop', at };
  return {
    kind: 'end',
    end: { disposition: 'consumed', reason: `given to a program by queue ${number}`, decidedBy: at },
  };
}
