import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../scripts/lib/root.ts";

/** Of the free plan. */
const GZIP_BYTES_MAX = 3 * 1024 * 1024;

describe("wrangler deploy --dry-run", () => {
  let outdir: string;
  let printed: string;
  beforeAll(() => {
    outdir = mkdtempSync(join(tmpdir(), "wigwag-deploy-"));
    const wrangler = join(root, "node_modules", "wrangler", "bin", "wrangler.js");
    const env = { ...process.env, CI: "1", WRANGLER_SEND_METRICS: "false" };
    printed = execFileSync(process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", outdir], { cwd: root, env, encoding: "utf8" });
  });
  afterAll(() => rmSync(outdir, { recursive: true, force: true }));

  it("[PK8] has the objects, the database and the assets, and no variables of development", () => {
    for (const binding of ["env.USER (UserObject)", "env.CHANNEL (ChannelObject)", "env.SETTINGS (SettingsObject)", "env.DB (wigwag)", "env.ASSETS"]) {
      expect(printed).toContain(binding);
    }
    expect(printed).not.toMatch(/WIGWAG_(DEV|SECRET|OPERATOR|TIME)/);
  });

  it("[PK8] uploads what the smallest plan takes, and nothing of .dev.vars", () => {
    const files = readdirSync(outdir, { recursive: true, encoding: "utf8" }).map((name) => join(outdir, name));
    const scripts = files.filter((file) => file.endsWith(".js") && statSync(file).isFile());
    expect(scripts).not.toEqual([]);
    const code = Buffer.concat(scripts.map((file) => readFileSync(file)));
    expect(gzipSync(code).byteLength).toBeLessThan(GZIP_BYTES_MAX);
    const secrets = [...readFileSync(join(root, ".dev.vars"), "utf8").matchAll(/^\w+ = "(.{16,})"$/gm)].flatMap(([, value]) => value ?? []);
    expect(secrets).toHaveLength(5);
    for (const secret of secrets) expect(code.includes(secret)).toBe(false);
  });
});
