import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";

const GZIP_BYTES_MAX = 15 * 1024;

describe("the bundle", () => {
  it("[SD40] weighs at most 15 kB gzipped, and brings no schema library and nothing of the server", async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: ["src/client/index.ts"],
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: "esm",
      target: "es2022",
      platform: "neutral",
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs).toContain("src/client/connect.ts");
    expect(inputs.filter((path) => /node_modules|src\/(domain|server)\//.test(path))).toEqual([]);
    expect(gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).byteLength).toBeLessThanOrEqual(GZIP_BYTES_MAX);
  });

  it("[SD40] leaves out what a program does not use", async () => {
    const { metafile } = await build({
      stdin: { contents: 'export { WigwagError } from "./src/client/index.ts";', resolveDir: "." },
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform: "neutral",
    });
    const used = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
    expect(used).toContain("src/client/error.ts");
    expect(used.filter((path) => path.includes("link") || path.includes("channel"))).toEqual([]);
  });

  it("[CK17] of calls weighs at most 5 kB gzipped, and shares nothing with the core but what it is given", async () => {
    const { outputFiles, metafile } = await build({
      entryPoints: ["src/client/call/index.ts"],
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: "esm",
      target: "es2022",
      platform: "neutral",
    });
    const inputs = Object.keys(metafile.inputs);
    expect(inputs.filter((path) => path.startsWith("src/client/") && !path.startsWith("src/client/call/"))).toEqual([]);
    expect(inputs.filter((path) => /node_modules|src\/(domain|server)\//.test(path))).toEqual([]);
    expect(gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).byteLength).toBeLessThanOrEqual(5 * 1024);
  });
});
