import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Say } from "../words.ts";

/** What all parts of the page need. */
export interface Live {
  readonly user: string;
  readonly say: Say;
  /** Does it; what it fails with is told. */
  attempt(work: () => Promise<unknown>): void;
}

const context = createContext<Live | undefined>(undefined);
export const LiveProvider = context.Provider;

export function useLive(): Live {
  const live = useContext(context);
  if (live === undefined) throw new Error("outside of the page");
  return live;
}

/** The same colour for the same name, everywhere. */
export function hueOf(name: string): number {
  let sum = 0;
  for (const char of name) sum = (sum * 31 + (char.codePointAt(0) ?? 0)) >>> 0;
  return sum % 360;
}
