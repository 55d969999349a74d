import type { TraceAnswer } from '../cluster/answer.ts';
import { renderDetailed } from './detailed.ts';
import { renderMinimal } from './minimal.ts';
import { renderSummary } from './summary.ts';
import type { RenderOptions } from './theme.ts';

export const TRACE_FORMATS = ['detailed', 'summary', 'minimal'] as const;
export type TraceFormat = (typeof TRACE_FORMATS)[number];

const RENDERERS: Readonly<Record<TraceFormat, (answer: TraceAnswer, options: RenderOptions) => string>> = {
  detailed: renderDetailed,
  summary: renderSummary,
  minimal: renderMinimal,
};

/** A trace as text for a person; ends with a newline. */
export const renderTrace = (answer: TraceAnswer, format: TraceFormat, options: RenderOptions): string =>
  RENDERERS[format](answer, options);
