import { defineConfig } from "vitest/config";

/** Pure code in plain Node: no network, no clock but the tests' own. */
export default defineConfig({ test: { include: ["test/unit/**/*.test.ts", "test/sim/**/*.test.ts"], environment: "node" } });
