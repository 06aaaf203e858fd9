import { fileURLToPath } from "node:url";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";
import { PATIENCE } from "./test/support/patience.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** What needs the Workers runtime. Each file starts a worker of its own, with storage of its own. */
export default defineConfig(async () => ({
  plugins: [
    cloudflareTest({
      wrangler: { configPath: here("./wrangler.toml") },
      miniflare: {
        bindings: {
          MIGRATIONS: await readD1Migrations(here("./migrations")),
          WIGWAG_CHANNEL_HUB_MEMBERS: "30",
          WIGWAG_CHANNEL_LEAF_MEMBERS: "20",
          WIGWAG_CHANNEL_COUNTED_MEMBERS: "36",
          WIGWAG_GROUP_HOT_MEMBERS: "4",
          WIGWAG_GROUP_LEAF_MEMBERS: "4",
          WIGWAG_SECRET: "test-secret-test-secret-test-secret",
          WIGWAG_DEV_APP_ID: "00000000000000000000000000000de7",
          WIGWAG_DEV_APP_CERTIFICATE: "0000000000000000000000000000ce27",
          WIGWAG_DEV_API_KEY: "wk_test-only-key",
          WIGWAG_OPERATOR_KEY: "wo_test-only-key",
        },
      },
    }),
  ],
  resolve: {
    // Its index is CommonJS that requires ES modules, which this runner cannot load; bundlers can.
    alias: { "itty-durable": here("./node_modules/itty-durable/itty-durable.js") },
  },
  test: {
    include: ["test/workers/**/*.test.ts"],
    setupFiles: [here("./test/workers/setup.ts")],
    maxWorkers: 2,
    testTimeout: 60_000,
    expect: { poll: PATIENCE },
    hookTimeout: 60_000,
  },
}));
