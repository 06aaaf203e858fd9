import { defineConfig } from "vitest/config";

/**
 * The service from outside, over real sockets: a dev server of its own, or the deployment that `WIGWAG_CONFORMANCE_URL`
 * names (with `_APP`, `_CERTIFICATE`, `_API_KEY`, and `_OPERATOR_KEY`, `_TIME_SCALE` if there are).
 */
export default defineConfig({
  test: {
    include: ["test/conformance/**/*.test.ts"],
    environment: "node",
    globalSetup: ["test/support/conformance-setup.ts"],
    // One service for all: files one after the other, so that a slow one does not starve its neighbour's deadlines.
    fileParallelism: false,
    testTimeout: 20_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
  },
});
