import type { Content } from "../../protocol/messages/conversation.ts";

/** Scripts that put no spaces between words, and Hangul, whose words are put together without them: two letters are the unit there. */
const PAIRED = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Hangul}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}ー]/u;
const RUN = /[\p{L}\p{N}\p{M}]+/gu;
const STRIPES = new RegExp(`(?:${PAIRED.source})+|(?:(?!${PAIRED.source})[\\s\\S])+`, "gu");
/** Accents of alphabets; the marks of other scripts are letters of theirs. */
const ACCENTS = /[\u0300-\u036f]/g;

/** Tokens one after the other, and whether the last one may go on. */
export interface SearchTerm {
  readonly tokens: readonly string[];
  readonly prefix: boolean;
}

/** What of a message can be searched for. */
export function searchable(content: Content | undefined): string {
  switch (content?.type) {
    case "text":
      return content.text;
    case "image":
    case "audio":
    case "video":
    case "file":
      return content.name ?? "";
    case "location":
      return [content.address, content.building ?? ""].join("\n");
    case "combined":
      return [content.title, content.summary].join("\n");
    default:
      return "";
  }
}

/** As the index has it: words in small letters without accents; of what is written without spaces, each two letters, and the last one. */
export const tokensOf = (text: string): string[] =>
  stripes(text).flatMap(({ letters, paired }) => (paired ? [...pairs(letters), letters.at(-1) ?? ""] : [letters.join("")]));

/**
 * What somebody looks for: all of these have to be there, the letters of one written without spaces side by side, and of the
 * last word the beginning is enough.
 */
export function termsOf(text: string): SearchTerm[] {
  const found = stripes(text);
  return found.map(({ letters, paired }, index) => {
    if (!paired) return { tokens: [letters.join("")], prefix: index === found.length - 1 };
    return letters.length === 1 ? { tokens: letters, prefix: true } : { tokens: pairs(letters), prefix: false };
  });
}

/** Whether a text has what is looked for, as the index would say of it. */
export function hasTerms(text: string, terms: readonly SearchTerm[]): boolean {
  const tokens = tokensOf(text);
  return terms.every(({ tokens: wanted, prefix }) =>
    tokens.some((_, at) =>
      wanted.every((token, n) => {
        const there = tokens[at + n];
        return there !== undefined && (prefix && n === wanted.length - 1 ? there.startsWith(token) : there === token);
      }),
    ),
  );
}

function stripes(text: string): { readonly letters: string[]; readonly paired: boolean }[] {
  const plain = text.normalize("NFKD").replace(ACCENTS, "").normalize("NFC").toLowerCase();
  const runs = plain.match(RUN) ?? [];
  return runs.flatMap((run) => (run.match(STRIPES) ?? []).map((stripe) => ({ letters: [...stripe], paired: PAIRED.test(stripe) })));
}

const pairs = (letters: readonly string[]): string[] => letters.slice(1).map((letter, at) => `${letters[at] ?? ""}${letter}`);
