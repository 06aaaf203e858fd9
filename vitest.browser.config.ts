import { defineConfig } from "vitest/config";
import { PATIENCE } from "./test/support/patience.ts";

/** The demo pages in a real browser against the whole service, as a developer's machine runs it. */
export default defineConfig({
  test: {
    include: ["test/browser/**/*.test.ts"],
    environment: "node",
    globalSetup: ["test/support/browser-setup.ts"],
    // One browser at a time: two of them, and a video call in each, are more than two processors draw.
    pool: "forks",
    maxWorkers: 1,
    testTimeout: 60_000,
    expect: { poll: PATIENCE },
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
  },
});
