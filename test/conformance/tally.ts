import type { Outcome } from './check.ts';

type Kind = Outcome['kind'];
const KINDS: readonly Kind[] = ['same', 'refused by both', 'accepted with a reason', 'difference'];

/** Counts outcomes, each of one row with one backend, by extension and by kind. */
export class Tally {
  private readonly extensions = new Map<string, Map<Kind, number>>();
  private readonly reasons = new Map<string, number>();

  add(extension: string, outcome: Outcome): void {
    const counts = this.extensions.get(extension) ?? new Map<Kind, number>();
    this.extensions.set(extension, counts);
    counts.set(outcome.kind, (counts.get(outcome.kind) ?? 0) + 1);
    if (outcome.kind === 'accepted with a reason')
      this.reasons.set(outcome.reason, (this.reasons.get(outcome.reason) ?? 0) + 1);
  }

  total(kind: Kind): number {
    return [...this.extensions.values()].reduce((sum, counts) => sum + (counts.get(kind) ?? 0), 0);
  }

  /** Extensions of which a tool saved a row. */
  saved(): ReadonlySet<string> {
    return new Set([...this.extensions].filter(([, counts]) => counts.has('same')).map(([name]) => name));
  }

  lines(): string[] {
    const table = [...this.extensions]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([name, counts]) => `${name.padEnd(12)} ${KINDS.map(k => String(counts.get(k) ?? 0).padStart(10)).join('')}`,
      );
    return [
      'each row counts twice, once a backend',
      `${'extension'.padEnd(12)} ${['saved', 'refused', 'reason', 'differs'].map(k => k.padStart(10)).join('')}`,
      ...table,
      '',
      `saved as the tools save it: ${this.total('same')}`,
      'refused by the tools:',
      `  refused here, too: ${this.total('refused by both')}`,
      `  accepted with a reason: ${this.total('accepted with a reason')}`,
      ...[...this.reasons].map(([reason, count]) => `    ${String(count).padStart(4)}  ${reason}`),
    ];
  }
}
