import { defineConfig } from "vitest/config";

/** The service and its package from outside, over real sockets and in processes of their own. */
export default defineConfig({ test: { include: ["test/conformance/**/*.test.ts"], environment: "node", fileParallelism: false, hookTimeout: 120_000 } });
