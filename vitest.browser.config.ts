import { defineConfig } from "vitest/config";

/** The demo pages in a real browser against the whole service, as a developer's machine runs it. */
export default defineConfig({
  test: { include: ["test/browser/**/*.test.ts"], environment: "node", fileParallelism: false, testTimeout: 30_000, hookTimeout: 120_000 },
});
