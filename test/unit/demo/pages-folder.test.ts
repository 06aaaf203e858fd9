import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { holdExactly } from "../../../scripts/lib/folder.ts";

describe("the folder of the demo pages", () => {
  let place: string;
  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "wigwag-folder-"));
  });
  afterEach(() => rmSync(place, { recursive: true, force: true }));

  it("[PK10] has what is made, leaves alone what is the same, and loses the rest", () => {
    const [folder, scratch] = [join(place, "public", "demo"), join(place, "scratch")];
    const path = (name: string): string => join(folder, ...name.split("/"));
    for (const name of ["chat/parts", "old"]) mkdirSync(path(name), { recursive: true });
    for (const name of ["index.html", "chat/main.js", "old/main.js"]) writeFileSync(path(name), name);
    const LONG_AGO = 1_000_000;
    for (const name of ["index.html", "chat/main.js"]) utimesSync(path(name), LONG_AGO, LONG_AGO);
    const inode = statSync(path("chat/main.js")).ino;
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    holdExactly(
      folder,
      new Map([
        [path("index.html"), bytes("index.html")],
        [path("chat/main.js"), bytes("another program")],
        [path("chat/parts/one.js"), bytes("a part")],
      ]),
      scratch,
    );
    expect(statSync(path("index.html")).mtimeMs).toBe(LONG_AGO * 1000);
    expect(readFileSync(path("chat/main.js"), "utf8")).toBe("another program");
    // Another file in its place: who is reading the one before reads it to its end.
    expect(statSync(path("chat/main.js")).ino).not.toBe(inode);
    expect(readFileSync(path("chat/parts/one.js"), "utf8")).toBe("a part");
    const files = readdirSync(place, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name).sort()).toEqual(["index.html", "main.js", "one.js"]);
  });
});
