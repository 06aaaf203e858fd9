import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import WebSocketOfWs from "ws";
import { ownService, type Service } from "../../scripts/demo/service.ts";
import { root } from "../../scripts/lib/root.ts";
import { type Installed, installPacked } from "../support/packed-package.ts";

const STEP_MS_MAX = 60_000;

let installed: Installed;
let home: string;
beforeAll(() => {
  installed = installPacked();
  home = join(installed.directory, "node_modules", "wigwag");
});
afterAll(() => installed?.remove());

describe("the packed package", () => {
  it("[PK3] holds what its manifest names, and nothing else", () => {
    const { exports } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
    const filesOf = (entry: unknown): string[] => (typeof entry === "string" ? [entry] : Object.values(entry as object).flatMap(filesOf));
    const named = filesOf(exports);
    expect(named).toContain("./dist/token.d.ts");
    for (const file of named) expect(existsSync(join(home, file)), file).toBe(true);
    expect(
      readdirSync(home)
        .filter((name) => name !== "CHANGELOG.md")
        .sort(),
    ).toEqual(["LICENSE", "README.md", "README.zh-CN.md", "dist", "package.json"]);
    const sources = readdirSync(home, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
    expect(sources).toEqual([]);
  });

  it("[PK3] asks for no package but the one that its declarations name", () => {
    expect(Object.keys(JSON.parse(readFileSync(join(home, "package.json"), "utf8")).dependencies)).toEqual(["zod"]);
  });

  it("[PK4] is modules without imports, which touch no platform's globals when they are loaded", () => {
    for (const name of ["index.js", "token.js", "call.js", "metadata.js", "impatient.js"])
      expect(readFileSync(join(home, "dist", name), "utf8")).not.toMatch(/^\s*(import|export .* from)\b|\brequire\(/m);
    const bare = [
      "process",
      "Buffer",
      "global",
      "WebSocket",
      "fetch",
      "crypto",
      "navigator",
      "setTimeout",
      "setInterval",
      "queueMicrotask",
      "CompressionStream",
      "Blob",
      "Response",
    ];
    const program = `
      const { log } = console;
      for (const name of ${JSON.stringify(bare)}) delete globalThis[name];
      const { connect } = await import("wigwag");
      const { buildToken } = await import("wigwag/token");
      const { calls } = await import("wigwag/call");
      const { metadata } = await import("wigwag/metadata");
      log(typeof connect, typeof buildToken, typeof calls, typeof metadata);`;
    writeFileSync(join(installed.directory, "bare.mjs"), program);
    expect(execFileSync(process.execPath, ["bare.mjs"], { cwd: installed.directory, encoding: "utf8" })).toBe("function function function function\n");
  });

  it.each(["bundler", "nodenext"])("[PK5] has declarations that compile for who installed it alone (%s)", { timeout: STEP_MS_MAX }, (resolution) => {
    if (!existsSync(join(installed.directory, "node_modules", "zod"))) installed.lend("zod");
    const types = join(root, "test", "types", "package");
    for (const name of ["consumer.ts", `tsconfig.${resolution}.json`]) cpSync(join(types, name), join(installed.directory, name));
    // Without a type in it, a .ts file of a folder without package.json would be CommonJS.
    writeFileSync(join(installed.directory, "package.json"), '{ "type": "module" }');
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", `tsconfig.${resolution}.json`], { cwd: installed.directory, encoding: "utf8" });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });
});

describe("the package with the WebSocket of ws", () => {
  let directory: string;
  let service: Service;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), "wigwag-ws-"));
    service = await ownService(directory);
  });
  afterAll(async () => {
    await service?.own?.kill();
    rmSync(directory, { recursive: true, force: true });
  });

  const load = async () => {
    const { connect }: typeof import("../../src/client/index.ts") = await import(join(home, "dist", "index.js"));
    const { buildToken }: typeof import("../../src/client/token.ts") = await import(join(home, "dist", "token.js"));
    return { connect, token: (userId: string) => () => buildToken({ appId: service.app, certificate: service.certificate, userId, expireSeconds: 60 }) };
  };

  it("[PK6] carries text and bytes to a user and through a channel", { timeout: STEP_MS_MAX }, async () => {
    const { connect, token } = await load();
    const login = (user: string) => connect({ url: service.url, app: service.app, user, token: token(user), WebSocket: WebSocketOfWs });
    const [ann, bob] = await Promise.all([login("ann"), login("bob")]);
    const heard: unknown[] = [];
    bob.on("message", ({ from, data }) => heard.push([from, data]));
    const bytes = new Uint8Array(32 * 1024).map((_, index) => index);
    expect(await ann.send("bob", "你好")).toEqual({ delivered: 1, waiting: 0 });
    expect(await ann.send("bob", bytes)).toEqual({ delivered: 1, waiting: 0 });
    const [room, bobs] = await Promise.all([ann.join("lobby"), bob.join("lobby")]);
    const all = new Promise<void>((resolve) => {
      bobs.on("message", ({ from, data }) => heard.push([from, data]) === 4 && resolve());
    });
    await room.publish("in the channel");
    await room.publish(bytes);
    await all;
    expect(heard).toEqual([
      ["ann", "你好"],
      ["ann", bytes],
      ["ann", "in the channel"],
      ["ann", bytes],
    ]);
    ann.close();
    bob.close();
  });

  it("[PK7] opens a session for the token's user, and for nobody else", { timeout: STEP_MS_MAX }, async () => {
    const { connect, token } = await load();
    const login = (user: string) => connect({ url: service.url, app: service.app, user, token: token("ann"), WebSocket: WebSocketOfWs });
    const ann = await login("ann");
    ann.close();
    await expect(login("bob")).rejects.toMatchObject({ code: "token_invalid" });
  });
});
