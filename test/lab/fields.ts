/** One object of a JSON document, read field by field; what is missing or of the wrong type is an error that says where. */
export class Fields {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly where: string;

  private constructor(values: ReadonlyMap<string, unknown>, where: string) {
    this.#values = values;
    this.where = where;
  }

  static of(value: unknown, where: string): Fields {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${where}: not an object`);
    return new Fields(new Map(Object.entries(value)), where);
  }

  /** Null is absent. */
  has(name: string): boolean {
    return (this.#values.get(name) ?? null) !== null;
  }

  value(name: string): unknown {
    return this.#values.get(name) ?? undefined;
  }

  entries(): readonly (readonly [string, unknown])[] {
    return [...this.#values];
  }

  text(name: string): string {
    return this.maybeText(name) ?? this.#wrong(name, 'no text');
  }

  maybeText(name: string): string | undefined {
    const value = this.value(name);
    return value === undefined || typeof value === 'string' ? value : this.#wrong(name, 'not text');
  }

  number(name: string): number {
    return this.maybeNumber(name) ?? this.#wrong(name, 'no number');
  }

  maybeNumber(name: string): number | undefined {
    const value = this.value(name);
    return value === undefined || typeof value === 'number' ? value : this.#wrong(name, 'not a number');
  }

  /** Empty where it is absent. */
  list(name: string): readonly unknown[] {
    const value = this.value(name) ?? [];
    return Array.isArray(value) ? value : this.#wrong(name, 'not a list');
  }

  texts(name: string): readonly string[] {
    return this.list(name).map(item => (typeof item === 'string' ? item : this.#wrong(name, 'not a list of texts')));
  }

  fields(name: string): Fields {
    return Fields.of(this.value(name), `${this.where}.${name}`);
  }

  /** The objects of a list; none where it is absent. */
  objects(name: string): readonly Fields[] {
    return this.list(name).map((item, index) => Fields.of(item, `${this.where}.${name}[${index}]`));
  }

  #wrong(name: string, problem: string): never {
    throw new Error(`${this.where}.${name}: ${problem}`);
  }
}
