import { outline } from "./markdown.ts";

interface Page {
  readonly path: string;
  readonly text: string;
}

/** Paths of the repository that a page names, as code: `src/…`, `test/…`, `scripts/…`, `bench/…`, `migrations/…`, `docs/…`. */
const PATH = /`((?:src|test|scripts|bench|migrations|docs)\/[\w./-]+)`/g;

/** Paths that pages name and that are not there. */
export function missingPaths(pages: readonly Page[], exists: (path: string) => boolean): string[] {
  return pages.flatMap(({ path, text }) => [...text.matchAll(PATH)].flatMap(([, named = ""]) => (exists(named) ? [] : [`${path}: there is no ${named}`])));
}

/** Links to files that are not there, and functions said to be in a file that does not have them: `name` (`src/file.ts`). */
export function missingTargets(pages: readonly Page[], exists: (path: string) => boolean, read: (path: string) => string): string[] {
  return pages.flatMap(({ path, text }) => [
    ...[...text.matchAll(/\]\((?!https?:|#|\/)([^)#]+)(?:#[^)]*)?\)/g)].flatMap(([, link = ""]) => {
      const target = new URL(link, `file:///${path}`).pathname.slice(1);
      return exists(target) ? [] : [`${path}: the link to ${link} leads nowhere`];
    }),
    ...[...text.matchAll(/`#?([\w.]+)(?:\(\))?` \(`(src\/[\w./-]+\.ts)`\)/g)].flatMap(([, name = "", file = ""]) => {
      const last = name.split(".").at(-1) ?? name;
      return exists(file) && !new RegExp(`\\b${last}\\b`).test(read(file)) ? [`${path}: ${file} has no ${last}`] : [];
    }),
  ]);
}

/** Rules that a page says a test shows, as in: US8, US9 in `test/…`, and whose ids that file lacks. */
export const missingTests = (pages: readonly Page[], exists: (path: string) => boolean, read: (path: string) => string): string[] =>
  pages.flatMap(({ path, text }) =>
    [...text.matchAll(/((?:[A-Z]{2,4}\d+(?:, )?)+) in `(test\/[\w./-]+)`/g)].flatMap(([, ids = "", file = ""]) =>
      ids.split(", ").flatMap((id) => (exists(file) && !read(file).includes(`[${id}]`) ? [`${path}: ${file} has no test of ${id}`] : [])),
    ),
  );

/** Dependencies that the page about them does not mention. */
export const unmentioned = (page: Page, dependencies: readonly string[]): string[] =>
  dependencies.filter((name) => !page.text.includes(`\`${name}\``)).map((name) => `${page.path} does not say what ${name} is for`);

/** A translation keeps the headings' order and depth, and the code blocks as they are. */
export function outOfStep(original: Page, translation: Page): string[] {
  const [one, other] = [outline(original.text), outline(translation.text)];
  const depths = (headings: readonly string[]): string => headings.map((heading) => heading.indexOf(" ")).join(" ");
  const problems: string[] = [];
  if (depths(one.headings) !== depths(other.headings)) problems.push(`${translation.path}: headings differ from those of ${original.path}`);
  if (one.blocks.length !== other.blocks.length)
    problems.push(`${translation.path}: ${other.blocks.length} code blocks, ${original.path} has ${one.blocks.length}`);
  one.blocks.forEach((block, index) => {
    if (other.blocks[index] !== undefined && other.blocks[index] !== block)
      problems.push(`${translation.path}: code block ${index + 1} differs from that of ${original.path}`);
  });
  return problems;
}

/** A translation with the code blocks of its original, where it has as many. */
export function withBlocksOf(original: string, translation: string): string {
  const blocks = outline(original).blocks;
  if (blocks.length !== outline(translation).blocks.length) return translation;
  let next = 0;
  return translation.replace(/^```[^\n]*\n[\s\S]*?^```$/gm, (block) => blocks[next++] ?? block);
}
