import { defineConfig } from "vitest/config";

/** The demo pages in a real browser against the whole service, as a developer's machine runs it. */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    environment: "node",
    globalSetup: ["test/support/browser-setup.ts"],
    // Each file has a browser of its own, which waits more than it draws.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
  },
});
