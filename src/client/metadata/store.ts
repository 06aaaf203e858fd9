import type { MetadataSet } from "../../protocol/messages/metadata.ts";
import { type ChannelRef, type ChannelType, channelStream, type UserId } from "../../protocol/names.ts";
import { Emitter } from "../../util/emitter.ts";
import type { Channel } from "../channel.ts";
import type { Client } from "../client.ts";
import { type MetadataOf, ofChannel, ofUser, setOf } from "./owned.ts";

interface Changed {
  /** Who changed it; undefined where that was while this client was away. */
  readonly by: UserId | undefined;
  readonly set: MetadataSet;
}

export interface MetadataEvents {
  /** The metadata of a channel that is joined, after a change. */
  channel: Changed & { readonly channel: ChannelRef };
  /** The same of a user who is subscribed to. */
  user: Changed & { readonly user: UserId };
}

/** Of one client: `metadata(client)`. */
export class MetadataStore {
  readonly #client: Client;
  readonly #emitter: Emitter<MetadataEvents>;
  /** The newest revisions of what is followed, which tell what was missed; channels by stream. */
  readonly #channels = new Map<string, number>();
  readonly #users = new Map<UserId, number>();
  readonly #stop: (() => void)[];
  #asking = false;
  #askAgain = false;
  #closed = false;

  /** @internal Made by `metadata`. */
  constructor(client: Client) {
    this.#client = client;
    this.#emitter = new Emitter((error) => client.report(error));
    this.#stop = [
      client.on("notice", (notice) => {
        if (notice.name === "user.metadata") this.#userChanged(notice.user, notice, notice.by);
        else if (notice.name === "channel.metadata") this.#channelChanged(notice.channel, notice, notice.by);
      }),
      client.on("state", ({ state }) => {
        if (state === "connected") void this.#askForUsers();
        else if (state === "closed") this.close();
      }),
    ];
  }

  /** @internal */
  get closed(): boolean {
    return this.#closed;
  }

  /** Returns the function that unsubscribes. */
  on<Name extends keyof MetadataEvents>(name: Name, listener: (event: MetadataEvents[Name]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Of any channel, joined or not. */
  channel(name: string, type: ChannelType = "message"): MetadataOf {
    return ofChannel(this.#client, { type, name });
  }

  /** Of any user; one's own without a name. */
  user(user: UserId = this.#client.user): MetadataOf {
    return ofUser(this.#client, user);
  }

  /** The set of a channel that is joined, now; and from here on also what was missed while it was away. */
  async follow(channel: Channel): Promise<MetadataSet> {
    const ref = { type: channel.type, name: channel.name };
    const stream = channelStream(ref);
    if (!this.#channels.has(stream)) {
      this.#channels.set(stream, 0);
      channel.on("closed", () => this.#channels.delete(stream));
      channel.on("state", ({ state, previous }) => {
        if (state === "joined" && previous === "reconnecting") void this.#askForChannel(ref);
      });
    }
    const there = ofChannel(this.#client, ref);
    return this.#newest(this.#channels, stream, await there.get(), there);
  }

  /** The set of a user now; each change is told from here on, until `unsubscribe` or the logout. */
  async subscribe(user: UserId): Promise<MetadataSet> {
    const known = this.#users.has(user);
    // First the entry: a change may be told before the answer.
    if (!known) this.#users.set(user, 0);
    try {
      const set = await this.#client.call("user-metadata.subscribe", { user });
      return await this.#newest(this.#users, user, set, ofUser(this.#client, user));
    } catch (error) {
      if (!known) this.#users.delete(user);
      throw error;
    }
  }

  async unsubscribe(user: UserId): Promise<void> {
    this.#users.delete(user);
    await this.#client.call("user-metadata.unsubscribe", { user });
  }

  /** Stops listening; what is subscribed to stays so until the logout. */
  close(): void {
    this.#closed = true;
    for (const stop of this.#stop) stop();
    this.#channels.clear();
    this.#users.clear();
  }

  /** An answer that a notice has overtaken is asked for again. */
  async #newest(known: Map<string, number>, name: string, set: MetadataSet, there: MetadataOf): Promise<MetadataSet> {
    const newest = (known.get(name) ?? 0) > set.majorRevision ? await there.get() : set;
    raise(known, name, newest);
    return newest;
  }

  #userChanged(user: UserId, { majorRevision, items }: MetadataSet, by?: UserId): void {
    if (raise(this.#users, user, { majorRevision })) this.#emitter.emit("user", { user, by, set: { majorRevision, items } });
  }

  #channelChanged(channel: ChannelRef, { majorRevision, items }: MetadataSet, by?: UserId): void {
    const stream = channelStream(channel);
    // Who only joined hears of changes, too.
    if (!this.#channels.has(stream) || raise(this.#channels, stream, { majorRevision })) {
      this.#emitter.emit("channel", { channel, by, set: { majorRevision, items } });
    }
  }

  async #askForChannel(channel: ChannelRef): Promise<void> {
    const stream = channelStream(channel);
    const known = this.#channels.get(stream) ?? 0;
    const read = await this.#patiently(() => this.#client.call("channel-metadata.get", { channel, ...(known > 0 && { known }) }));
    if (read !== undefined && "items" in read && this.#channels.has(stream)) this.#channelChanged(channel, read);
  }

  /** After each connect: one call names the newest revisions, and only what has changed is fetched. */
  async #askForUsers(): Promise<void> {
    this.#askAgain = true;
    if (this.#asking || this.#users.size === 0) return;
    this.#asking = true;
    while (this.#askAgain && !this.#closed) {
      this.#askAgain = false;
      const listed = await this.#patiently(() => this.#client.call("user-metadata.subscriptions", {}));
      const newest = new Map(listed?.users.map(({ user, majorRevision }) => [user, majorRevision]));
      for (const [user, known] of listed === undefined ? [] : [...this.#users]) {
        const revision = newest.get(user);
        if (revision !== undefined && revision <= known) continue;
        // The service forgets whom a device watches that it has forgotten itself.
        const op = revision === undefined ? ("user-metadata.subscribe" as const) : ("user-metadata.get" as const);
        const read = await this.#patiently(() => this.#client.call(op, { user }));
        if (read !== undefined) this.#userChanged(user, setOf(read));
      }
    }
    this.#asking = false;
  }

  /** Waits where the service asks for it. What fails otherwise is left to the next connect. */
  async #patiently<Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> {
    while (!this.#closed) {
      try {
        return await call();
      } catch (error) {
        const waitMs = patience(error);
        if (waitMs === undefined) return undefined;
        await new Promise((resolve) => setTimeout(resolve, waitMs));
      }
    }
    return undefined;
  }
}

/** Whether the set is newer than what is known of something that is followed. */
function raise(known: Map<string, number>, name: string, { majorRevision }: Pick<MetadataSet, "majorRevision">): boolean {
  const before = known.get(name);
  if (before === undefined || before >= majorRevision) return false;
  known.set(name, majorRevision);
  return true;
}

/** By the code, not the class: a module's copy of the class is not the core's. */
function patience(error: unknown): number | undefined {
  if (typeof error !== "object" || error === null || !("code" in error) || !("retryAfterMs" in error)) return undefined;
  return error.code === "rate_limited" && typeof error.retryAfterMs === "number" ? error.retryAfterMs : undefined;
}
