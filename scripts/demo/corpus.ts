import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/root.ts";

const CORPUS = join(import.meta.dirname, "corpus");
const DOCS = join(root, "docs");

/** Real text: English and Chinese out of copyright, the licence, and this repository's own documentation. */
export function corpusLines(): string[] {
  const documentation = readdirSync(DOCS, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .sort()
    .map((name) => join(DOCS, name));
  const files = [join(CORPUS, "english.txt"), join(CORPUS, "chinese.txt"), join(root, "LICENSE"), ...documentation];
  return files.flatMap((file) => readFileSync(file, "utf8").split("\n"));
}

/** `count` of the lines, taken evenly from all parts. */
export function sampleOf<Line>(lines: readonly Line[], count: number): Line[] {
  if (count >= lines.length) return [...lines];
  const step = lines.length / count;
  return Array.from({ length: count }, (_, index) => lines[Math.floor(index * step)]).filter((line) => line !== undefined);
}
