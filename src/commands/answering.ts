import { Command, Flags } from '@oclif/core';
import { supportsColor } from 'chalk';
import { safeJson } from '../render/safe.ts';
import type { RenderOptions } from '../render/theme.ts';

/** What commands that print an answer have in common: --json, --no-color, one line for an error, an exit code. */
export abstract class AnsweringCommand extends Command {
  static override enableJsonFlag = true;
  static override baseFlags = {
    'no-color': Flags.boolean({ description: 'Do not use colours (as NO_COLOR does).', helpGroup: 'GLOBAL' }),
  };

  protected renderOptions(flags: { readonly 'no-color': boolean }): RenderOptions {
    const { NO_COLOR = '' } = process.env;
    const plain = flags['no-color'] || NO_COLOR !== '' || !process.stdout.isTTY;
    return {
      columns: process.stdout.columns ?? 80,
      color: plain || !supportsColor ? 0 : supportsColor.level,
    };
  }

  override logJson(json: unknown): void {
    process.stdout.write(`${safeJson(json)}\n`);
  }

  /** Every error ends in main(), as one line or as JSON. */
  protected override async catch(error: Error): Promise<void> {
    throw error;
  }
}
