import { defineConfig } from "vitest/config";
import { PATIENCE } from "./test/support/patience.ts";
import { SERVICES } from "./test/support/service.ts";

/**
 * The service from outside, over real sockets: a dev server for each worker, or the deployment that `WIGWAG_CONFORMANCE_URL`
 * names (with `_APP`, `_CERTIFICATE`, `_API_KEY`, and `_OPERATOR_KEY`, `_TIME_SCALE` if there are).
 */
export default defineConfig({
  test: {
    include: ["test/conformance/**/*.test.ts"],
    environment: "node",
    globalSetup: ["test/support/conformance-setup.ts"],
    // Each worker has a service of its own, chosen by its number.
    pool: "forks",
    maxWorkers: SERVICES,
    testTimeout: 60_000,
    expect: { poll: PATIENCE },
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
  },
});
