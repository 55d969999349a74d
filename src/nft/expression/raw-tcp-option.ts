import type { ExpressionForm } from '../form.ts';
import type { RawTcpOption } from '../schema.ts';

export const rawTcpOption: ExpressionForm<RawTcpOption> = {
  print: ({ option, offset, length }) => `tcp option @${option},${offset},${length}`,
};
