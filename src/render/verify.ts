import type { VerifyAnswer } from '../check/verify.ts';
import { safe } from './safe.ts';
import { type RenderOptions, themeOf } from './theme.ts';
import { source } from './words.ts';
import { hang } from './wrap.ts';

/** Whether a snapshot is whole, for a person. */
export function renderVerify(
  { path, complete, missing, skew, remarks }: VerifyAnswer,
  { columns, color }: RenderOptions,
): string {
  const theme = themeOf(color);
  const lines = [complete ? theme.good(`${safe(path)}: nothing is missing`) : theme.bad(`${safe(path)}: not whole`)];
  for (const { folder, what, howToLearn } of missing)
    lines.push(...hang('missing    ', safe(`${folder}: ${what} (${howToLearn})`), columns, theme.unsure));
  if (skew !== undefined) lines.push(`skew       the dumps of the hosts begin within ${skew.toFixed(1)} seconds`);
  for (const { severity, text, ...at } of remarks)
    lines.push(
      ...hang(
        severity === 'lossy' ? 'lost       ' : 'not read   ',
        `${source(at)}: ${safe(text)}`,
        columns,
        severity === 'error' ? theme.bad : theme.unsure,
      ),
    );
  return `${lines.join('\n')}\n`;
}
