/** A host, or what it takes to reach it, failed: one line for a person. The other hosts go on. */
export class CaptureFailure extends Error {
  override readonly name = 'CaptureFailure';
}

/** What any error says, in one line. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split('\n').find(line => line.trim() !== '') ?? 'an error without words').trim().slice(0, 500);
}
