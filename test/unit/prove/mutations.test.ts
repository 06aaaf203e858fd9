import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { transform } from "esbuild";
import { describe, expect, it } from "vitest";
import { LEAF_MUTATIONS } from "../../../prove/builds/leaf-mutations.ts";
import { patchesFor } from "../../../prove/builds/mutation.ts";
import { MUTATIONS, mutationOf } from "../../../prove/builds/mutations.ts";
import { patched } from "../../../prove/builds/patch.ts";
import { invariants } from "../../../prove/check/invariants.ts";
import { root } from "../../../scripts/lib/root.ts";

const ALL = [...MUTATIONS, ...LEAF_MUTATIONS];
const source = (file: string): Promise<string> => readFile(join(root, file), "utf8");

describe("seeded bugs", () => {
  it("[PV40] each have a name of their own, and rules that would show them", () => {
    expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
    // Where everybody is in the end is judged by the simulation itself.
    const rules = new Set([...invariants().map(({ rule }) => rule), "EL1"]);
    for (const { name, caughtBy } of ALL) for (const rule of caughtBy) expect(rules, name).toContain(rule);
    expect(mutationOf("lease-off").name).toBe("lease-off");
    expect(mutationOf("up-without-id").name).toBe("up-without-id");
    expect(() => mutationOf("none")).toThrow("no mutation is named none");
  });

  it.each(ALL)("[PV40] $name fits the sources exactly once, and leaves programs", async (mutation) => {
    const sides = [patchesFor(mutation, "service"), patchesFor(mutation, "client")];
    expect(sides.flat()).toHaveLength(mutation.patches.length);
    for (const file of new Set(mutation.patches.map((patch) => patch.file))) {
      const text = await source(file);
      const changed = patched(file, text, mutation.patches);
      expect(changed).not.toBe(text);
      expect((await transform(changed, { loader: "ts" })).code).not.toBe((await transform(text, { loader: "ts" })).code);
    }
  });

  it.each(ALL.filter(({ lab }) => lab?.service !== undefined))(
    "[PV40] the service in which $name shows is made of sources that fit",
    async ({ lab, patches }) => {
      for (const change of lab?.service ?? []) {
        const all = [{ name: "conditions", ...change }, ...patches];
        expect(patched(change.file, await source(change.file), all)).toContain(change.replace);
      }
    },
  );

  it("[PV41] are nowhere in what is shipped: no source outside prove and test knows of them", async () => {
    for (const entry of await readdir(join(root, "src"), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.name.endsWith(".ts")) continue;
      expect(await readFile(join(entry.parentPath, entry.name), "utf8")).not.toMatch(/from "[^"]*\/prove\//);
    }
  });
});
