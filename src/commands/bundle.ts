export { COMMANDS } from './index.ts';
export { main } from './main.ts';
