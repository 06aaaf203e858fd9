import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/lib/root.ts";
import { service } from "../support/accounts.ts";
import { type Installed, installPacked } from "../support/packed-package.ts";

const RUN_MS_MAX = 20_000;

describe("the program of docs/CALLS.md", () => {
  const [, program = "", prints = ""] =
    /<!-- program -->\n```js\n(.*?)```.*?```text\n(.*?)```/s.exec(readFileSync(join(root, "docs", "CALLS.md"), "utf8")) ?? [];
  let installed: Installed;
  beforeAll(() => {
    installed = installPacked();
  });
  afterAll(() => installed?.remove());

  it("[CK19] has some 40 lines of code", () => {
    const lines = program.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("//"));
    expect(lines.length).toBeGreaterThan(20);
    expect(lines.length).toBeLessThanOrEqual(42);
  });

  it("[CK19] prints what the page says, from the packed package", { timeout: RUN_MS_MAX }, async () => {
    writeFileSync(join(installed.directory, "calls.mjs"), program);
    const env = {
      PATH: process.env.PATH,
      NO_COLOR: "1",
      WIGWAG_URL: service().url,
      WIGWAG_DEV_APP_ID: service().app,
      WIGWAG_DEV_APP_CERTIFICATE: service().certificate,
    };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["calls.mjs"], { cwd: installed.directory, timeout: RUN_MS_MAX, env });
    const sorted = (text: string): string[] => text.trim().split("\n").sort();
    expect([sorted(stdout), stderr]).toEqual([sorted(prints), ""]);
  });
});
