import type { Client } from "../client/client.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { UserPresence } from "../protocol/messages/notice.ts";
import { isIdList } from "./checks.ts";
import type { RtmContext } from "./context.ts";
import type { PeerOnlineState } from "./enums.ts";
import { type RtmOperation, rtmError } from "./errors.ts";
import type { PeersOnlineStatusMap } from "./events.ts";
import type { Rates } from "./rates.ts";
import type { PeersOnlineStatusResult } from "./types.ts";

/** Who is there: asked once, or followed. */
export class OnlineStatus {
  readonly #context: RtmContext;
  readonly #rates: Rates;
  readonly #tell: (status: PeersOnlineStatusMap) => void;
  /** Whom this login follows, and how they were last told to stand. */
  readonly #followed = new Map<string, PeerOnlineState | undefined>();
  /** A page that went without a logout leaves subscriptions behind; they are not this login's. */
  #cleared: Promise<void> | undefined;

  constructor(context: RtmContext, rates: Rates, tell: (status: PeersOnlineStatusMap) => void) {
    this.#context = context;
    this.#rates = rates;
    this.#tell = tell;
  }

  async query(given: unknown): Promise<PeersOnlineStatusResult> {
    const client = this.#context.client("queryPeersOnlineStatus");
    const peers = checkedIds("queryPeersOnlineStatus", given);
    if (peers.length > LIMITS.presenceQueryUsers) throw rtmError("queryPeersOnlineStatus", 2, `more than ${LIMITS.presenceQueryUsers} ids`);
    if (!this.#rates.take("queryPeersOnlineStatus")) throw rtmError("queryPeersOnlineStatus", 5);
    const users = await client.presence.query(peers);
    return Object.fromEntries(users.map(({ user, state }) => [user, state === "ONLINE"]));
  }

  /** One word on all of them follows, before the promise resolves. */
  async subscribe(given: unknown): Promise<void> {
    const client = this.#context.client("subscribePeersOnlineStatus");
    const peers = checkedIds("subscribePeersOnlineStatus", given);
    if (new Set([...this.#followed.keys(), ...peers]).size > LIMITS.presenceWatched) throw rtmError("subscribePeersOnlineStatus", 6);
    if (!this.#rates.take("subscribe")) throw rtmError("subscribePeersOnlineStatus", 5);
    const fresh = peers.filter((peer) => !this.#followed.has(peer));
    for (const peer of fresh) this.#followed.set(peer, undefined);
    try {
      this.#cleared ??= this.#clear(client, new Set(peers));
      await this.#cleared;
      const users = await client.presence.subscribe(peers);
      for (const { user, state } of users) this.#followed.set(user, state);
      this.#tell(asMap(users));
    } catch (error) {
      for (const peer of fresh) this.#followed.delete(peer);
      throw error;
    }
  }

  async unsubscribe(given: unknown): Promise<void> {
    const client = this.#context.client("subscribePeersOnlineStatus");
    const peers = checkedIds("subscribePeersOnlineStatus", given);
    if (!this.#rates.take("unsubscribe")) throw rtmError("subscribePeersOnlineStatus", 5);
    for (let at = 0; at < peers.length; at += LIMITS.presenceWatched) await client.presence.unsubscribe(peers.slice(at, at + LIMITS.presenceWatched));
    for (const peer of peers) this.#followed.delete(peer);
  }

  async followed(option: unknown): Promise<string[]> {
    this.#context.client("queryPeersBySubscriptionOption");
    if (option !== "ONLINE_STATUS") throw rtmError("queryPeersBySubscriptionOption", 1, "the option is ONLINE_STATUS");
    if (!this.#rates.take("queryPeersBySubscriptionOption")) throw rtmError("queryPeersBySubscriptionOption", 3);
    return [...this.#followed].filter(([, state]) => state !== undefined).map(([peer]) => peer);
  }

  /** The service says how some stand, after a reconnect also of those that have not changed. */
  changed(users: readonly UserPresence[]): void {
    const news = users.filter(({ user, state }) => {
      const before = this.#followed.get(user);
      return before !== undefined && before !== state;
    });
    for (const { user, state } of news) this.#followed.set(user, state);
    if (news.length > 0) this.#tell(asMap(news));
  }

  forget(): void {
    this.#followed.clear();
    this.#cleared = undefined;
  }

  async #clear(client: Client, wanted: ReadonlySet<string>): Promise<void> {
    const stale = (await client.presence.subscriptions()).filter((peer) => !wanted.has(peer));
    if (stale.length > 0) await client.presence.unsubscribe(stale);
  }
}

const asMap = (users: readonly UserPresence[]): PeersOnlineStatusMap => Object.fromEntries(users.map(({ user, state }) => [user, state]));

function checkedIds(operation: RtmOperation, given: unknown): string[] {
  if (!isIdList(given)) throw rtmError(operation, 2, "a list of user ids, not empty");
  return [...new Set(given)];
}
