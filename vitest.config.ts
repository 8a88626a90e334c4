import { defineConfig } from 'vitest/config';

// Real sockets, workers and child processes: a scenario may take seconds, never minutes.
export default defineConfig({
  test: {
    include: [
      'gateway/**/*.test.ts',
      'console/**/*.test.ts',
      'simulators/**/*.test.ts',
      'devices/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A browser on a crowded machine may miss a beat; a test that fails three times is broken.
    retry: process.env.CI === 'true' ? 2 : 0,
  },
});
