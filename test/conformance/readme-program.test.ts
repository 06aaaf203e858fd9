import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/lib/root.ts";
import { service } from "../support/accounts.ts";
import { type Installed, installPacked, nodeWithoutWebSocket } from "../support/packed-package.ts";

const RUN_MS_MAX = 20_000;
const run = promisify(execFile);

/** The program, and what it says that it prints. */
function fromReadme(): { program: string; prints: string } {
  const [, program, prints] = /<!-- program -->\n```js\n(.*?)```.*?```text\n(.*?)```/s.exec(readFileSync(join(root, "README.md"), "utf8")) ?? [];
  if (program === undefined || prints === undefined) throw new Error("README.md has no program");
  return { program, prints };
}

/** Messages and answers come over two sockets, so their order is open. */
const sorted = (text: string): string[] => text.trim().split("\n").sort();

describe("the program of the README", () => {
  const { program, prints } = fromReadme();
  const oldNode = nodeWithoutWebSocket();
  let installed: Installed;

  beforeAll(() => {
    installed = installPacked();
  });
  afterAll(() => installed?.remove());

  const execute = async (node: string, name: string, text: string): Promise<string> => {
    writeFileSync(join(installed.directory, name), text);
    const options = { cwd: installed.directory, timeout: RUN_MS_MAX, env: { PATH: process.env.PATH, WIGWAG_URL: service().url, NO_COLOR: "1" } };
    return (await run(node, [`--env-file=${join(root, ".dev.vars")}`, name], options)).stdout;
  };

  it("[PK1] has some 20 lines", () => {
    const lines = program.split("\n").filter((line) => line.trim() !== "");
    expect(lines.length).toBeLessThanOrEqual(22);
  });

  it("[PK1] prints what the README says, from the packed package", { timeout: RUN_MS_MAX }, async () => {
    expect(sorted(await execute(process.execPath, "program.mjs", program))).toEqual(sorted(prints));
  });

  it.runIf(oldNode !== undefined)("[PK2] does so on a Node without WebSocket, given that of ws", { timeout: RUN_MS_MAX }, async () => {
    installed.lend("ws");
    const given = program.replace("connect({ url", "connect({ WebSocket, url");
    expect(given).not.toBe(program);
    const printed = await execute(oldNode ?? "", "program-20.mjs", `import WebSocket from "ws";\n${given}`);
    expect(sorted(printed)).toEqual(sorted(prints));
  });
});
