import type { ObjectForm, ObjectOf } from './form.ts';

export const secmark: ObjectForm<ObjectOf<'secmark'>> = {
  read: (fields, named) => ({ kind: 'secmark', ...named, context: fields.string('context') }),
  parse: (parser, named) => ({ kind: 'secmark', ...named, context: parser.name('context') }),
  print: ({ context }) => [`"${context}"`],
};
