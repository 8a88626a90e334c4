import { defineConfig } from 'vitest/config';

const browser = ['test/browser/**/*.test.ts'];
/** Wires paced in real time: what else runs on the machine would be measured with them. */
const paced = ['test/faults/meter-bus.test.ts', 'test/faults/modbus.test.ts'];

// Real sockets, workers and child processes: a scenario may take seconds, never minutes.
export default defineConfig({
  test: {
    pool: 'forks',
    projects: [
      {
        extends: true,
        test: {
          name: 'house',
          include: ['{gateway,console,simulators,devices,test}/**/*.test.ts'],
          exclude: ['**/node_modules/**', ...browser, ...paced],
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          // A browser, its gateway and its simulators are a machine's work by themselves.
          name: 'browser',
          include: browser,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: { name: 'paced', include: paced, maxWorkers: 1, sequence: { groupOrder: 2 } },
      },
    ],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // A browser on a crowded machine may miss a beat; a test that fails three times is broken.
    retry: process.env.CI === 'true' ? 2 : 0,
  },
});
