import { parseSynproxy, printSynproxy, readSynproxy } from '../statement/synproxy.ts';
import type { ObjectForm, ObjectOf } from './form.ts';

export const synproxy: ObjectForm<ObjectOf<'synproxy'>> = {
  read: (fields, named) => ({ kind: 'synproxy', ...named, ...readSynproxy(fields) }),
  parse: (parser, named) => ({ kind: 'synproxy', ...named, ...parseSynproxy(parser) }),
  print: object => printSynproxy(object),
};
