import { existsSync } from "node:fs";
import { join } from "node:path";
import { root } from "./root.ts";
import type { Step } from "./steps.ts";

/** Every layer has a configuration of its own, so that what a layer may not know does not exist there. */
const LAYERS = [
  "src/util",
  "src/protocol",
  "src/domain",
  "src/server",
  "src/client",
  "src/react",
  "src/rtm",
  "src/demo",
  "test/workers",
  "test/workers/sdk",
  "test/sim/group",
  "bench/contenders/bare",
  "prove/builds/spread",
  ".",
];

const vitest = (name: string, env: Readonly<Record<string, string>> = {}): Step => ({
  name: `tests: ${name}`,
  command: ["vitest", "run", "--config", `vitest.${name}.config.ts`],
  tests: true,
  env,
});

/** What the long profiles go by. */
const environment = (full: boolean): Readonly<Record<string, string>> => (full ? { WIGWAG_FULL: "1" } : {});

/** From cheap to dear: format and lint, types, generated files; then the pure tests, which use every processor themselves. */
export function checkWaves(full = false): Step[][] {
  const types = LAYERS.filter((layer) => existsSync(join(root, layer, "tsconfig.json")));
  const checks: Step[] = [
    { name: "format and lint", command: ["biome", "check", "--error-on-warnings", "."] },
    ...types.map((layer): Step => ({ name: `types: ${layer}`, command: ["tsc", "-p", layer] })),
    { name: "bindings", command: ["wrangler", "types", "--check", "--include-runtime=false", "--env-file", ".dev.vars.example"] },
    { name: "rules", command: ["node", "scripts/spec.ts", "--check"] },
    { name: "generated docs", command: ["node", "scripts/docs.ts", "--check"] },
    { name: "package", command: ["node", "scripts/build.ts"] },
  ];
  return [checks, [vitest("unit", environment(full))]];
}

/** Real sockets, the fault lab, browsers, the runtime: the dearest first, since the next begins when one of two that run has ended. */
export function slowWaves(full: boolean): Step[][] {
  const env = environment(full);
  return [[vitest("lab", env), vitest("conformance", env), vitest("browser", env), vitest("workers", env)]];
}
