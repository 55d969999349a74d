import { match } from '../extension.ts';
import { quoteWord } from '../words.ts';

export interface CommentOptions {
  readonly comment: string;
}

/** Always yes; the kernel keeps at most 255 bytes. */
export const comment = match<CommentOptions>({
  name: 'comment',
  families: ['ip', 'ip6'],
  options: { '--comment': { args: 1 } },
  parse: given => ({ comment: given.required('--comment') }),
  print: ({ comment }) => ` --comment ${quoteWord(comment)}`,
  describe: ({ comment }) => `"${comment}"`,
  evaluate: () => true,
});
