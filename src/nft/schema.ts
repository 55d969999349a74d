/** The syntax that nft's JSON and text are both read into: libnftables-json(5) as types, discriminated by `kind`. */
export type * from './schema/expression.ts';
export * from './schema/object.ts';
export type * from './schema/statement.ts';
