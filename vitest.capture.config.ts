import { defineConfig } from 'vitest/config';

/** Tests that need root, other programs or both; they say what they leave out. */
export default defineConfig({
  test: {
    include: ['test/capture/**/*.live.ts'],
    globalSetup: 'test/program.ts',
    testTimeout: 60_000,
    fileParallelism: false,
  },
});
