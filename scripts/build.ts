/** Builds the package: bundles and declarations. What a program that installs them makes of both is tried in test/conformance. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { buildRtm, RTM_SOURCE, writeRtmTypes } from "./lib/build-rtm.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The package's modules: `dist/<name>.js` from `source`. One that is not there yet is left out. */
const MODULES = [
  { name: "index", source: "src/client/index.ts" },
  { name: "token", source: "src/client/token.ts" },
  { name: "call", source: "src/client/call/index.ts" },
  { name: "metadata", source: "src/client/metadata/index.ts" },
  { name: "impatient", source: "src/client/impatient/index.ts" },
  { name: "chat", source: "src/client/chat/index.ts" },
  { name: "media", source: "src/client/media/index.ts" },
  { name: "react", source: "src/react/index.ts" },
].filter(({ source }) => existsSync(root + source));

function compile(...args: string[]): void {
  const { status } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", ...args], { cwd: root, stdio: "inherit" });
  if (status === 0) return;
  console.error(`build: tsc ${args.join(" ")} failed; the lines above say where`);
  process.exit(1);
}

rmSync(`${root}dist/types`, { recursive: true, force: true });

await build({
  absWorkingDir: root,
  entryPoints: MODULES.map(({ name, source }) => ({ in: source, out: name })),
  outdir: "dist",
  bundle: true,
  format: "esm",
  target: "es2022",
  platform: "neutral",
  // The program's own, or what it has in React's place.
  external: ["react"],
  sourcemap: true,
  legalComments: "none",
});

await buildRtm();

// The list of files stands in the configuration for editors; a build adds what has come since.
const config = { extends: "./tsconfig.build.json", files: [...MODULES.map(({ source }) => source), RTM_SOURCE] };
// Builds that run side by side must not take it from each other.
const generated = `${root}tsconfig.build.${process.pid}.json`;
writeFileSync(generated, JSON.stringify(config));
try {
  compile("-p", generated);
} finally {
  rmSync(generated);
}
for (const { name, source } of MODULES) {
  writeFileSync(`${root}dist/${name}.d.ts`, `export * from "./types/${source.replace(/^src\//, "").replace(/\.ts$/, ".js")}";\n`);
}

writeRtmTypes();

for (const name of [...MODULES.map((module) => module.name), "agora-rtm"]) {
  const bytes = readFileSync(`${root}dist/${name}.js`);
  console.log(`dist/${name}.js  ${bytes.byteLength} bytes, ${gzipSync(bytes, { level: 9 }).byteLength} gzipped`);
}
