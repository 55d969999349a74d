import { OptionError, type OptionShape } from './extension.ts';

/** One option of a rule as it was written: `! --dport 80`. */
export interface GivenOption {
  readonly name: string;
  readonly inverted: boolean;
  readonly args: readonly string[];
}

/** The options of one extension instance in the order of the rule. */
export class Given {
  readonly extension: string;
  readonly options: readonly GivenOption[];

  constructor(extension: string, options: readonly GivenOption[], shapes: Readonly<Record<string, OptionShape>>) {
    this.extension = extension;
    this.options = options;
    const seen = new Set<string>();
    for (const { name } of options) {
      if (seen.has(name) && !shapes[name]?.multi)
        throw new OptionError(`${extension}: option "${name}" can be used only once`);
      seen.add(name);
    }
  }

  /** The option under this name, if the rule has it. */
  get(name: string): GivenOption | undefined {
    return this.options.find(option => option.name === name);
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  /** The first argument of the option, if the rule has it. */
  value(name: string): string | undefined {
    return this.get(name)?.args[0];
  }

  inverted(name: string): boolean {
    return this.get(name)?.inverted ?? false;
  }

  /** Throws where the option is missing. */
  required(name: string): string {
    const value = this.value(name);
    if (value === undefined) throw new OptionError(`${this.extension}: option "${name}" must be specified`);
    return value;
  }

  /** Throws where more than one of the options is given. */
  exclusive(...names: readonly string[]): void {
    const found = names.filter(name => this.has(name));
    if (found.length > 1) throw new OptionError(`${this.extension}: ${found.join(' and ')} may not be used together`);
  }

  /** Throws unless at least one of the options is given. */
  oneOf(...names: readonly string[]): void {
    if (!names.some(name => this.has(name)))
      throw new OptionError(`${this.extension}: you must specify one of ${names.join(', ')}`);
  }
}
