import { Chalk, type ChalkInstance, type ColorSupportLevel } from 'chalk';
import type { Disposition } from '../walk/trace.ts';

/** How an answer is to be written; nothing is asked of the terminal here. */
export interface RenderOptions {
  /** Of the terminal; 80 where there is none. */
  readonly columns: number;
  /** 0: no colour. */
  readonly color: ColorSupportLevel;
}

/** Colours by what they mean; the text says the same without them. */
export interface Theme {
  readonly good: ChalkInstance;
  readonly bad: ChalkInstance;
  readonly unsure: ChalkInstance;
  readonly name: ChalkInstance;
  readonly change: ChalkInstance;
  readonly quiet: ChalkInstance;
  readonly strong: ChalkInstance;
}

export function themeOf(level: ColorSupportLevel): Theme {
  const chalk = new Chalk({ level });
  return {
    good: chalk.green,
    bad: chalk.red,
    unsure: chalk.yellow,
    name: chalk.cyan,
    change: chalk.magenta,
    quiet: chalk.dim,
    strong: chalk.bold,
  };
}

export function fateColor(theme: Theme, disposition: Disposition): ChalkInstance {
  if (disposition === 'delivered') return theme.good;
  if (disposition === 'leaves-the-node' || disposition === 'leaves-the-cluster') return theme.good;
  return disposition === 'undecided' ? theme.unsure : theme.bad;
}
