import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ConversationRef } from "../../../client/chat/index.ts";
import type { GroupsState, PeopleState } from "../../../react/index.ts";
import type { Account } from "../account.ts";
import type { Language, Say } from "../words.ts";

/** What every part of the page needs. */
export interface Shared {
  readonly account: Account;
  readonly people: PeopleState;
  readonly groups: GroupsState;
  /** What a conversation is called: its other person, or its group. */
  titleOf(conversation: ConversationRef): string;
  readonly language: Language;
  readonly say: Say;
  setLanguage(language: Language): void;
  /** Says something once, in passing. */
  tell(text: string): void;
  /** Runs what may fail, and says so if it does. */
  attempt(work: () => Promise<unknown>): void;
}

const SharedContext = createContext<Shared | undefined>(undefined);
export const SharedProvider = SharedContext.Provider;

export function useShared(): Shared {
  const shared = useContext(SharedContext);
  if (shared === undefined) throw new Error("this belongs inside the app");
  return shared;
}

/** What the service calls an error. */
export const codeOf = (error: unknown): string => (typeof error === "object" && error !== null && "code" in error ? String(error.code) : "");

export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
