import type { ServicesAnswer } from '../../explain/answer.ts';
import { parseServiceQuery } from '../../explain/query.ts';
import { explainServices } from '../../explain/services.ts';
import { InputError } from '../../model/source.ts';
import { renderServices } from '../../render/explain-service.ts';
import type { RenderOptions } from '../../render/theme.ts';
import { type AskedEvidence, readAll } from './evidence.ts';

export interface Explained<A> {
  readonly answer: A;
  readonly text: string;
  readonly exitCode: number;
}

const UNDECIDED = 3;

export async function explainService(
  asked: AskedEvidence & { readonly service: string | undefined; readonly all: boolean },
  version: string,
  options: RenderOptions,
): Promise<Explained<ServicesAnswer>> {
  const { service, all, node } = asked;
  if (service !== undefined && all) throw new InputError('NAMESPACE/NAME and --all exclude each other');
  if (service === undefined && !all) throw new InputError('say which service: NAMESPACE/NAME, or --all');
  const query = service === undefined ? 'all' : parseServiceQuery(service);
  const answer = explainServices(await readAll(asked), query, { version, node });
  const hidden = answer.nodes.some(({ outside }) => outside.length > 0);
  return {
    answer,
    text: renderServices(answer, options),
    exitCode: answer.services.length === 0 && hidden ? UNDECIDED : 0,
  };
}
