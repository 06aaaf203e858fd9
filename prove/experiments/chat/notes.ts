import type { ConversationEntry, MessageRecord } from "../../../src/protocol/messages/conversation.ts";

/** What a device's program writes down of what it did and was told, a line each. `with`: the other user of the conversation. */
export type Note =
  | { readonly is: "wrote"; readonly user: string; readonly with: string; readonly key: string }
  | { readonly is: "sent"; readonly user: string; readonly with: string; readonly key: string }
  | { readonly is: "recalled"; readonly user: string; readonly with: string; readonly seq: number }
  | { readonly is: "returned"; readonly user: string; readonly with: string; readonly seq: number }
  | { readonly is: "failed"; readonly what: string }
  | ({ readonly is: "view"; readonly device: string } & View);

/** All that a user is shown of one conversation. */
export interface View {
  readonly user: string;
  readonly with: string;
  readonly unread: number;
  /** How far each user has read, by its name. */
  readonly read: Readonly<Record<string, number>>;
  readonly entry: Omit<ConversationEntry, "activeAt"> | undefined;
  /** Newest first. */
  readonly messages: readonly MessageRecord[];
}

/** Of two users one hides nothing from itself: what was said stands with it to the end. */
export const mayHide = (user: string, other: string): boolean => user > other;

/** What the service says of it to the app's server: also what is hidden; and who has the newest message of the other. */
export interface Truth {
  readonly user: string;
  readonly with: string;
  readonly messages: readonly MessageRecord[];
  readonly newest?: { readonly seq: number; readonly delivered: readonly string[]; readonly read: readonly string[] };
}

/** Half a last line of a killed process says nothing. */
export function notesIn(text: string): Note[] {
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line) as Note];
    } catch {
      return [];
    }
  });
}
