import type { Table } from '../../../model/ruleset.ts';
import type { Conditions } from './conditions.ts';

/** What is written in one place of one side, and may be reached. */
export interface Place {
  readonly table: Table;
  readonly chain: string;
  readonly conditions: readonly Conditions[];
}
