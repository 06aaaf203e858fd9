import { defineConfig } from "vitest/config";

/** Pure code in plain Node: no network, no clock but the tests' own. The time-out is for what hangs: no test is about how long it takes. */
export default defineConfig({
  test: {
    include: ["test/unit/**/*.test.ts", "test/sim/**/*.test.ts"],
    environment: "node",
    // Nothing runs beside them, and they wait for nobody: one for each processor, where the default leaves one idle.
    maxWorkers: "100%",
    testTimeout: 60_000,
  },
});
