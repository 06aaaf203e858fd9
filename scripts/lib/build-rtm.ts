import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { VERSION } from "../../src/rtm/instance.ts";
import { root } from "./root.ts";

export const RTM_SOURCE = "src/rtm/index.ts";

const dist = (path: string): string => join(root, "dist", path);

/** One file for script tags, CommonJS and AMD: the global, or the module, is the object itself, without `.default`. */
const UMD: BuildOptions = {
  format: "iife",
  globalName: "AgoraRTM",
  footer: {
    js: 'AgoraRTM=AgoraRTM.default;if(typeof module==="object"&&module.exports)module.exports=AgoraRTM;else if(typeof define==="function"&&define.amd)define([],function(){return AgoraRTM});',
  },
};

const MANIFEST = {
  name: "agora-rtm-sdk",
  version: VERSION,
  description: "wigwag/rtm under the name of the package it stands in for",
  license: "Apache-2.0",
  main: "./index.cjs",
  module: "./index.mjs",
  types: "./index.d.ts",
  browser: "./agora-rtm.js",
  unpkg: "./agora-rtm.js",
  jsdelivr: "./agora-rtm.js",
  exports: {
    ".": {
      import: { types: "./index.d.mts", default: "./index.mjs" },
      require: { types: "./index.d.cts", default: "./index.cjs" },
    },
    "./agora-rtm.js": "./agora-rtm.js",
    "./package.json": "./package.json",
  },
  sideEffects: false,
};

/** `wigwag/rtm` in all its forms, and as a package of its own that can be installed under the old name. */
export async function buildRtm(): Promise<void> {
  rmSync(dist("rtm"), { recursive: true, force: true });
  mkdirSync(dist("rtm/types"), { recursive: true });
  const shared: BuildOptions = { absWorkingDir: root, entryPoints: [RTM_SOURCE], bundle: true, target: "es2022", platform: "neutral", legalComments: "none" };
  await Promise.all([
    build({ ...shared, format: "esm", outfile: "dist/rtm/index.mjs", sourcemap: true }),
    build({ ...shared, ...UMD, outfile: "dist/rtm/index.cjs" }),
    build({ ...shared, ...UMD, outfile: "dist/rtm/agora-rtm.js", minify: true }),
    build({ ...shared, ...UMD, outfile: "dist/agora-rtm.js", minify: true }),
  ]);
  writeFileSync(dist("rtm/package.json"), `${JSON.stringify(MANIFEST, null, 2)}\n`);
}

const NAMES = "names.d.ts";

/** After the compiler has written `dist/types`: a copy that knows nothing of the rest, so that the folder can go alone. */
export function writeRtmTypes(): void {
  const waiting = [NAMES];
  for (const file of waiting) {
    // The compiler leaves the endings as they are, which older ones cannot read.
    const text = readFileSync(dist(`types/rtm/${file}`), "utf8").replace(/( from |import\()"(\.[^"]+)\.ts"/g, '$1"$2.js"');
    for (const [, path = ""] of text.matchAll(/(?: from |import\()"([^"]+)"/g)) {
      if (!path.startsWith("./")) throw new Error(`the types of wigwag/rtm leave their folder: ${file} imports ${path}`);
      const next = `${path.slice(2).replace(/\.js$/, "")}.d.ts`;
      if (!waiting.includes(next)) waiting.push(next);
    }
    writeFileSync(dist(`rtm/types/${file}`), text);
  }
  const names = "./types/names.js";
  writeFileSync(dist("rtm/index.d.mts"), `import * as AgoraRTM from "${names}";\nexport * from "${names}";\nexport default AgoraRTM;\n`);
  const required = `import AgoraRTM = require("${names}");\nexport = AgoraRTM;\nexport as namespace AgoraRTM;\n`;
  for (const file of ["index.d.ts", "index.d.cts"]) writeFileSync(dist(`rtm/${file}`), required);
}
