import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { ERRORS } from "../../../src/protocol/errors.ts";
import { OPERATION_BY_NAME, OPERATIONS } from "../../../src/protocol/operations/catalogue.ts";
import { EXAMPLES } from "../../../src/server/http/examples.ts";
import { openApi } from "../../../src/server/http/openapi.ts";
import { VERSION } from "../../../src/server/version.ts";
import { isRecord } from "../../../src/util/record.ts";
import { fakeEnv } from "./fake-env.ts";

const at = (node: unknown, ...path: string[]): unknown => path.reduce((inner, key) => (isRecord(inner) ? inner[key] : undefined), node);

describe("/openapi.json", () => {
  it("[OP5] describes every operation that REST has, with its parameters", () => {
    const document = openApi();
    for (const { name, rest } of OPERATIONS) {
      if (rest === undefined) continue;
      const path = `/v1${rest.path.replace(/:([\w.]+)/g, "{$1}")}`;
      const found = at(document, "paths", path, rest.method.toLowerCase());
      expect([path, at(found, "operationId")]).toEqual([path, name]);
      const parameters = at(found, "parameters");
      const inPath = Array.isArray(parameters)
        ? parameters.filter((parameter) => at(parameter, "in") === "path").map((parameter) => String(at(parameter, "name")))
        : [];
      expect(inPath).toEqual(path.match(/\{[^}]+\}/g)?.map((part) => part.slice(1, -1)) ?? []);
    }
  });

  it("[OP5] refers to nothing that is not there", () => {
    const document = openApi();
    const references = JSON.stringify(document).match(/"\$ref":"[^"]+"/g) ?? [];
    expect(references.length).toBeGreaterThan(0);
    for (const reference of new Set(references)) expect(at(document, ...reference.slice(10, -1).split("/"))).toBeDefined();
  });

  it("[OP5] lists every error code under its status", () => {
    for (const [code, { http }] of Object.entries(ERRORS))
      expect(at(openApi(), "components", "responses", `Error${http}`, "description")).toContain(`\`${code}\``);
  });

  it("[OP6] gives examples that the operations accept", () => {
    for (const [name, example] of EXAMPLES) expect([name, OPERATION_BY_NAME.get(name)?.input.safeParse(example).error]).toEqual([name, undefined]);
  });
});

describe("/docs", () => {
  it("[HT15] shows every operation and error, and loads nothing from anywhere", async () => {
    const page = await (await fakeEnv().request("GET", "/docs")).text();
    for (const { name } of OPERATIONS) expect(page).toContain(`id="${name}"`);
    for (const code of Object.keys(ERRORS)) expect(page).toContain(`<code>${code}</code>`);
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|https?:|style="/);
    expect(page).not.toContain("[object ");
  });

  it("[HT16] allows its page no script, no frame, and no style but its own", async () => {
    const page = await fakeEnv().request("GET", "/docs");
    const { headers } = page;
    const style = /<style>([\s\S]*)<\/style>/.exec(await page.text())?.[1] ?? "";
    expect(headers.get("content-security-policy")).toContain(createHash("sha256").update(style).digest("base64"));
    expect(headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]{44}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("/health", () => {
  it("[HT9] says the version of the package", () => {
    expect(VERSION).toBe(JSON.parse(readFileSync("package.json", "utf8")).version);
  });
});
