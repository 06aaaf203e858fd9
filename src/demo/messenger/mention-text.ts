import type { Mentions } from "../../client/chat/index.ts";

/** Whom somebody has chosen while writing, by the name that stands in the text; `undefined`: all. */
export interface Pick {
  readonly name: string;
  readonly user: string | undefined;
}

/** What is being typed behind the last `@` before the cursor; undefined: there is none. */
export function soughtAt(text: string, cursor: number): { readonly from: number; readonly words: string } | undefined {
  const from = text.lastIndexOf("@", cursor - 1);
  if (from < 0 || cursor - from > 40) return undefined;
  const before = text[from - 1];
  // An address is no mention.
  if (before !== undefined && /[\w.]/.test(before)) return undefined;
  const words = text.slice(from + 1, cursor);
  return /[\n@]/.test(words) || words.startsWith(" ") ? undefined : { from, words };
}

/** Those whose names still stand in the text. */
export function mentionsIn(text: string, picks: readonly Pick[], max: number): Mentions | undefined {
  const there = picks.filter(({ name }) => text.includes(`@${name}`));
  if (there.some(({ user }) => user === undefined)) return "all";
  const users = [...new Set(there.flatMap(({ user }) => user ?? []))].slice(0, max);
  return users.length === 0 ? undefined : users;
}

/** The text in parts, of which those with `on` are mentions: one of these names behind an `@`, else the word there. */
export function partsOf(text: string, names: readonly string[]): { readonly at: number; readonly text: string; readonly on: boolean }[] {
  const parts: { at: number; text: string; on: boolean }[] = [];
  const longest = [...names].sort((a, b) => b.length - a.length);
  let plain = 0;
  for (let at = text.indexOf("@"); at >= 0; at = text.indexOf("@", at + 1)) {
    if (at < plain) continue;
    const name = longest.find((one) => text.startsWith(one, at + 1)) ?? /^\S+/.exec(text.slice(at + 1))?.[0];
    if (name === undefined) continue;
    if (at > plain) parts.push({ at: plain, text: text.slice(plain, at), on: false });
    parts.push({ at, text: `@${name}`, on: true });
    plain = at + 1 + name.length;
  }
  if (plain < text.length) parts.push({ at: plain, text: text.slice(plain), on: false });
  return parts;
}
