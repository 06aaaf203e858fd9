import { defineConfig } from "vitest/config";
import { PATIENCE } from "./test/support/patience.ts";
import { SERVICES } from "./test/support/service.ts";

/** Services that are killed, cut off, starved and lied to, most of them of a test's own; and the program that does it for anybody (`prove`). */
export default defineConfig({
  test: {
    include: ["test/lab/**/*.test.ts"],
    environment: "node",
    globalSetup: ["test/support/conformance-setup.ts"],
    pool: "forks",
    maxWorkers: SERVICES,
    testTimeout: 60_000,
    expect: { poll: PATIENCE },
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
  },
});
