import { Capture } from './capture.ts';
import { Complete } from './complete.ts';
import { Completion } from './completion.ts';
import { Diff } from './diff.ts';
import { ExplainAddress } from './explain/address.ts';
import { ExplainChain } from './explain/chain.ts';
import { ExplainMark } from './explain/mark.ts';
import { ExplainRule } from './explain/rule.ts';
import { ExplainService } from './explain/service.ts';
import { List } from './list.ts';
import { SnapshotRedact } from './snapshot-redact.ts';
import { SnapshotShow } from './snapshot-show.ts';
import { SnapshotVerify } from './snapshot-verify.ts';
import { Trace } from './trace.ts';

/** The commands by their names. */
export const COMMANDS = {
  capture: Capture,
  'snapshot:redact': SnapshotRedact,
  'snapshot:show': SnapshotShow,
  'snapshot:verify': SnapshotVerify,
  trace: Trace,
  'explain:service': ExplainService,
  'explain:rule': ExplainRule,
  'explain:chain': ExplainChain,
  'explain:address': ExplainAddress,
  'explain:mark': ExplainMark,
  diff: Diff,
  list: List,
  complete: Complete,
  completion: Completion,
};
