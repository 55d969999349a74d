import { Flags } from '@oclif/core';

const helpGroup = 'EVIDENCE';

/** Where the evidence is; of every command that reads some. */
export const evidenceFlags = {
  snapshot: Flags.string({
    description: 'folder with nodes/NAME/COMMAND.txt, or a .tar.gz of it',
    helpValue: 'DIR',
    helpGroup,
  }),
  file: Flags.string({
    char: 'f',
    multiple: true,
    multipleNonGreedy: true,
    description: 'output of a command of one node, told by its content; - is standard input; may be repeated',
    helpValue: 'FILE',
    helpGroup,
  }),
};
