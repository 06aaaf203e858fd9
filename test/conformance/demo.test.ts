import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { packageIsBuilt } from "../../scripts/demo/built.ts";
import { root } from "../../scripts/lib/root.ts";

const DEMO_MS_MAX = 60_000;
const demo = (...args: string[]) => spawnSync(process.execPath, ["scripts/demo.ts", ...args], { cwd: root, encoding: "utf8", timeout: DEMO_MS_MAX });

describe("npm run demo", () => {
  beforeAll(() => {
    if (!packageIsBuilt()) spawnSync(process.execPath, ["scripts/build.ts"], { cwd: root });
  });

  it("[TD1] kills a client and the service, and ends with everything there once", { timeout: DEMO_MS_MAX }, () => {
    const { status, stdout, stderr } = demo("--quick");
    expect(status, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/kill -9 bob, .* back in/);
    expect(stdout).toMatch(/kill -9 of the service, .* back in/);
    const total = /^total +(.*)$/m.exec(stdout)?.[1]?.split(/ +/) ?? [];
    const [sent, acknowledged, toDeliver, delivered, missed, duplicated, outOfOrder, changed, , pictures] = total;
    expect(Number(sent)).toBeGreaterThan(400);
    expect([acknowledged, delivered]).toEqual([sent, toDeliver]);
    expect([missed, duplicated, outOfOrder, changed]).toEqual(["0", "0", "0", "0"]);
    expect(pictures).toBe("12/12");
    expect(stdout).toMatch(/^delivered, while nothing was down +[1-9]\d*( +\d+\.\d){3}$/m);
  });

  it("[TD2] says how it is used, and refuses what it does not know", { timeout: DEMO_MS_MAX }, () => {
    expect(demo("--help")).toMatchObject({ status: 0, stdout: expect.stringContaining("--quick") });
    expect(demo("--fast")).toMatchObject({ status: 2, stderr: expect.stringContaining("Usage") });
  });
});
