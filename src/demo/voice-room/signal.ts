import { type Given, isGift } from "./gifts.ts";

/** What the programs in a room tell each other in text messages, beside what people write. */
export type Signal =
  | { readonly type: "chat"; readonly text: string }
  | { readonly type: "gift"; readonly given: Omit<Given, "from"> }
  | { readonly type: "talk"; readonly talking: boolean }
  | { readonly type: "hand"; readonly up: boolean }
  /** To one person: words for nobody else. */
  | { readonly type: "whisper"; readonly text: string }
  /** To one person: what has been given so far, and who has raised a hand? */
  | { readonly type: "ask" }
  | { readonly type: "answer"; readonly given: readonly Given[]; readonly hands: readonly string[] };

export const TEXT_CHARS_MAX = 500;
/** Rows and names in an answer: with names of 64 bytes it stays below the 32 KB of a message. */
export const ANSWER_ROWS_MAX = 120;
export const ANSWER_HANDS_MAX = 60;

export const encodeSignal = (signal: Signal): string => JSON.stringify(signal);

/** Undefined for what this page does not know. Text that is no signal comes from another program: somebody wrote it. */
export function decodeSignal(text: string): Signal | undefined {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    return words(text, "chat");
  }
  return isObject(said) && typeof said.type === "string" ? known(said) : words(text, "chat");
}

function known(said: Record<string, unknown>): Signal | undefined {
  switch (said.type) {
    case "chat":
    case "whisper":
      return words(said.text, said.type);
    case "talk":
      return typeof said.talking === "boolean" ? { type: "talk", talking: said.talking } : undefined;
    case "hand":
      return typeof said.up === "boolean" ? { type: "hand", up: said.up } : undefined;
    case "gift": {
      const given = givenFrom(isObject(said.given) ? { ...said.given, from: "" } : undefined);
      return given === undefined ? undefined : { type: "gift", given: { to: given.to, gift: given.gift, total: given.total } };
    }
    case "ask":
      return { type: "ask" };
    case "answer":
      return {
        type: "answer",
        given: list(said.given, ANSWER_ROWS_MAX).flatMap((row) => givenFrom(row) ?? []),
        hands: list(said.hands, ANSWER_HANDS_MAX).filter(isString),
      };
    default:
      return undefined;
  }
}

function words(text: unknown, type: "chat" | "whisper"): Signal | undefined {
  return isString(text) && text.trim() !== "" ? { type, text: text.slice(0, TEXT_CHARS_MAX) } : undefined;
}

function givenFrom(row: unknown): Given | undefined {
  if (!isObject(row)) return undefined;
  const { from, to, gift, total } = row;
  return isString(from) && isString(to) && isGift(gift) && typeof total === "number" ? { from, to, gift, total } : undefined;
}

const list = (value: unknown, most: number): unknown[] => (Array.isArray(value) ? value.slice(0, most) : []);
const isString = (value: unknown): value is string => typeof value === "string";
const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);
