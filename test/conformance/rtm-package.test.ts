import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/lib/root.ts";
import * as names from "../../src/rtm/names.ts";
import { type Installed, installPacked } from "../support/packed-package.ts";

const STEP_MS_MAX = 60_000;
/** The core client, calls, media and metadata among it. */
const GZIP_BYTES_MAX = 40 * 1024;
const NAMES = Object.keys(names).sort();

let installed: Installed;
let home: string;
let old: string;
beforeAll(() => {
  installed = installPacked();
  home = join(installed.directory, "node_modules", "wigwag");
  // As who cannot alias does it.
  old = join(installed.directory, "node_modules", "agora-rtm-sdk");
  cpSync(join(home, "dist", "rtm"), old, { recursive: true });
});
afterAll(() => installed?.remove());

function printed(file: string, program: string): unknown {
  writeFileSync(join(installed.directory, file), program);
  return JSON.parse(execFileSync(process.execPath, [file], { cwd: installed.directory, encoding: "utf8" }));
}

describe.each(["wigwag/rtm", "agora-rtm-sdk"])("%s", (name) => {
  it("[RP1] is imported by default, by names and as a whole", () => {
    const program = `
      import AgoraRTM, { createInstance, ConnectionState } from "${name}";
      import * as everything from "${name}";
      const client = createInstance("a".repeat(32));
      console.log(JSON.stringify({
        names: Object.keys(AgoraRTM).sort(),
        everything: Object.keys(everything).filter((each) => each !== "default").sort(),
        same: AgoraRTM.createInstance === createInstance && everything.createInstance === createInstance && everything.default === AgoraRTM,
        states: [client.connectionState, ConnectionState.DISCONNECTED],
      }));`;
    expect(printed("imported.mjs", program)).toEqual({ names: NAMES, everything: NAMES, same: true, states: ["DISCONNECTED", "DISCONNECTED"] });
  });

  it("[RP1] is required without .default", () => {
    const program = `
      const AgoraRTM = require("${name}");
      const { createInstance } = require("${name}");
      console.log(JSON.stringify({
        names: Object.keys(AgoraRTM).sort(),
        marks: ["default" in AgoraRTM, "__esModule" in AgoraRTM],
        state: createInstance("a".repeat(32)).connectionState,
      }));`;
    expect(printed("required.cjs", program)).toEqual({ names: NAMES, marks: [false, false], state: "DISCONNECTED" });
  });
});

describe("the folder and the script", () => {
  it.each(["bundler", "nodenext"])("[RP3] has declarations that compile for programs against every member (%s)", { timeout: STEP_MS_MAX }, (resolution) => {
    const types = join(root, "test", "types", "rtm");
    for (const file of ["program.ts", "required.cts"])
      writeFileSync(join(installed.directory, file), readFileSync(join(types, file), "utf8").replaceAll('"wigwag/rtm"', '"agora-rtm-sdk"'));
    cpSync(join(types, `tsconfig.${resolution}.json`), join(installed.directory, `tsconfig.${resolution}.json`));
    writeFileSync(join(installed.directory, "package.json"), '{ "type": "module" }');
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", `tsconfig.${resolution}.json`], { cwd: installed.directory, encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  it("[RP1] a bundler that takes CommonJS for a default import finds the object", () => {
    const program = `
      import AgoraRTM from "./node_modules/agora-rtm-sdk/index.cjs";
      console.log(JSON.stringify(typeof AgoraRTM.createInstance));`;
    expect(printed("interop.mjs", program)).toBe("function");
  });

  it("[RP2] the script makes the global AgoraRTM, small and without schema library", () => {
    const script = readFileSync(join(home, "dist", "agora-rtm.js"));
    const page: { AgoraRTM?: typeof names } = runInNewContext(`${script}; globalThis`, { TextEncoder, TextDecoder });
    expect(Object.keys(page.AgoraRTM ?? {}).sort()).toEqual(NAMES);
    expect(page.AgoraRTM?.createInstance("a".repeat(32)).connectionState).toBe("DISCONNECTED");
    expect(gzipSync(script, { level: 9 }).byteLength).toBeLessThanOrEqual(GZIP_BYTES_MAX);
    expect(script.toString()).not.toContain("_zod");
    expect(readFileSync(join(old, "agora-rtm.js"))).toEqual(script);
  });

  it("[RP4] the folder needs no other package, and no file outside it", () => {
    expect(JSON.parse(readFileSync(join(old, "package.json"), "utf8"))).not.toHaveProperty("dependencies");
    const files = readdirSync(old, { recursive: true, encoding: "utf8" }).filter((file) => /\.(c|m)?js$|\.d\.(c|m)?ts$/.test(file));
    expect(files).toContain(join("types", "client.d.ts"));
    for (const file of files) {
      const text = readFileSync(join(old, file), "utf8");
      const wanted = [...text.matchAll(/(?:^|[;\n])(?:import|export)[^;"'`]* from "([^"]+)"|\brequire\("([^"]+)"\)|\bimport\("([^"]+)"\)/g)].map((match) =>
        match.slice(1).join(""),
      );
      expect({ file, wanted: wanted.filter((path) => !/^\.\/[\w/.-]+$/.test(path)) }).toEqual({ file, wanted: [] });
    }
  });
});
