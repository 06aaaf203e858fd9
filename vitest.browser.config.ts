import { defineConfig } from "vitest/config";

/** The demo pages in a real browser against the whole service, as a developer's machine runs it. */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    environment: "node",
    globalSetup: ["test/support/browser-setup.ts"],
    // A browser draws, codes and decodes without a graphics card: two at once would only wait for each other.
    fileParallelism: false,
    testTimeout: 30_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
  },
});
