import { safe } from '../render/safe.ts';

/** What is being done, on one line of standard error that is wiped at the end; nothing where that is no terminal. */
export interface ProgressLine {
  tell(text: string): void;
  end(): void;
}

const QUIET: ProgressLine = { tell() {}, end() {} };
/** Milliseconds. */
const PATIENCE = 200;

export function progressLine({ stderr } = process): ProgressLine {
  if (!stderr.isTTY) return QUIET;
  const start = performance.now();
  let shown = false;
  return {
    tell(text) {
      if (!shown && performance.now() - start < PATIENCE) return;
      shown = true;
      stderr.write(`\r\x1b[K${safe(text).slice(0, (stderr.columns ?? 80) - 1)}`);
    },
    end() {
      if (shown) stderr.write('\r\x1b[K');
    },
  };
}
