import { Capture } from './capture.ts';
import { ExplainService } from './explain/service.ts';
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
};
