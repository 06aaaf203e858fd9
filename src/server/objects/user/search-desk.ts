import { refuseConversation } from "../../../domain/conversation/rules.ts";
import { hasTerms, type SearchTerm, searchable, termsOf } from "../../../domain/conversation/search-text.ts";
import { CHAT_LIMITS } from "../../../protocol/chat-limits.ts";
import { conversationName, conversationRef, messageId, parseConversationName } from "../../../protocol/conversation-name.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import type { FoundMessage } from "../../../protocol/messages/conversation.ts";
import type { InputOf, OutputOf } from "../../../protocol/operations/catalogue.ts";
import { eachBounded } from "../../../util/each-bounded.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { type Candidate, findMessages, type SearchPlace } from "../../history/chat-search.ts";
import { historyDatabases } from "../../history/pages.ts";
import type { ChatDesk } from "./chat-desk.ts";
import type { Home } from "./home.ts";

/** Looked at for one page before it is handed back with what it has. */
const BATCHES = 4;
const UNAVAILABLE = wireError("unavailable", { message: "messages cannot be searched now" });
const OFF = wireError("forbidden", { field: "text", message: "search is switched off for this app" });

/**
 * Finds messages in a user's conversations: the index says where such words are or were, and each conversation what of that
 * this user sees now. So nothing is found that was recalled or removed, however old the index is.
 */
export class SearchDesk {
  readonly #home: Home;
  readonly #chats: Pick<ChatDesk, "found" | "shared">;

  constructor(home: Home, chats: Pick<ChatDesk, "found" | "shared">) {
    this.#home = home;
    this.#chats = chats;
  }

  async search(input: InputOf<"message.search">, isOn: boolean): Promise<Result<OutputOf<"message.search">, WireError>> {
    const { text, conversation, senders, types, from, to, limit = CHAT_LIMITS.chatSearchPage } = input;
    const { app, user, env } = this.#home;
    if (!isOn) return err(OFF);
    const terms = termsOf(text);
    if (terms.length === 0) return err(wireError("bad_request", { field: "text", message: "no word to look for" }));
    if (terms.length > CHAT_LIMITS.chatSearchTerms) return err(wireError("bad_request", { field: "text", limit: CHAT_LIMITS.chatSearchTerms }));
    const refused = conversation === undefined ? undefined : refuseConversation(conversation, user);
    if (refused !== undefined) return err(refused);
    const db = env.DB as D1Database | undefined;
    if (db === undefined) return err(UNAVAILABLE);
    const shared = conversation === undefined ? this.#chats.shared(CHAT_LIMITS.chatSearchGroups) : [conversation].filter(({ type }) => type !== "single");
    const scope = {
      user,
      senders,
      types,
      from,
      to,
      ...(conversation && { conversation: conversationName(conversation, user) }),
      shared: shared.map((one) => conversationName(one, user)),
    };
    const found: FoundMessage[] = [];
    let place = placeOf(input.next);
    for (let batch = 0; batch < BATCHES; batch++) {
      let candidates: Candidate[];
      try {
        candidates = await findMessages(historyDatabases(db), app, terms, scope, place, CHAT_LIMITS.chatSearchPage);
      } catch {
        return err(UNAVAILABLE);
      }
      const seen = await this.#see(candidates, terms);
      if (!seen.ok) return seen;
      for (const [index, candidate] of candidates.entries()) {
        const message = seen.value[index];
        if (message !== undefined && found.length === limit) return ok({ found, ...nextOf(place) });
        if (message !== undefined) found.push(message);
        place = candidate;
      }
      if (candidates.length < CHAT_LIMITS.chatSearchPage) return ok({ found });
    }
    return ok({ found, ...nextOf(place) });
  }

  /** For each candidate the message, if this user still sees these words in it. */
  async #see(candidates: readonly Candidate[], terms: readonly SearchTerm[]): Promise<Result<(FoundMessage | undefined)[], WireError>> {
    const seqs = new Map<string, number[]>();
    for (const { name, seq } of candidates) seqs.set(name, [...(seqs.get(name) ?? []), seq]);
    const found = new Map<string, FoundMessage>();
    let failure: WireError | undefined;
    await eachBounded([...seqs], LIMITS.callsAtOnce, async ([name, wanted]) => {
      const named = parseConversationName(name);
      // The index is asked for this user; who is in a chat of two its name says, and a group or a thread knows its members.
      if (named === undefined || (named.type === "single" && !named.users.includes(this.#home.user))) return;
      const conversation = conversationRef(named, this.#home.user);
      const answer = await this.#chats.found(conversation, wanted);
      if (!answer.ok) failure ??= answer.error;
      else if (answer.value !== undefined) {
        for (const record of answer.value.records) {
          if (hasTerms(searchable(record.content), terms))
            found.set(`${record.seq} ${name}`, { conversation, id: messageId(answer.value.number, record.seq), record });
        }
      }
    });
    return failure === undefined ? ok(candidates.map(({ name, seq }) => found.get(`${seq} ${name}`))) : err(failure);
  }
}

const nextOf = (place: SearchPlace | undefined): { next?: string } => (place === undefined ? {} : { next: `${place.ts}-${place.low}` });

function placeOf(next: string | undefined): SearchPlace | undefined {
  const [ts, low] = next?.split("-").map(Number) ?? [];
  return ts === undefined || low === undefined ? undefined : { ts, low };
}
