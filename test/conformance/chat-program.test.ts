import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/lib/root.ts";
import { service } from "../support/accounts.ts";
import { type Installed, installPacked } from "../support/packed-package.ts";

const RUN_MS_MAX = 20_000;

describe("the program of docs/CHAT.md", () => {
  const [, program = "", prints = ""] =
    /<!-- program -->\n```js\n(.*?)```.*?```text\n(.*?)```/s.exec(readFileSync(join(root, "docs", "CHAT.md"), "utf8")) ?? [];
  let installed: Installed;
  beforeAll(() => {
    installed = installPacked();
  });
  afterAll(() => installed?.remove());

  it("[CT13] prints what the page says, from the packed package", { timeout: RUN_MS_MAX }, async () => {
    writeFileSync(join(installed.directory, "chat.mjs"), program);
    const env = {
      PATH: process.env.PATH,
      NO_COLOR: "1",
      WIGWAG_URL: service().url,
      WIGWAG_DEV_APP_ID: service().app,
      WIGWAG_DEV_APP_CERTIFICATE: service().certificate,
    };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["chat.mjs"], { cwd: installed.directory, timeout: RUN_MS_MAX, env });
    expect([stdout, stderr]).toEqual([prints, ""]);
  });
});
