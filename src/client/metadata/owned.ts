import type { MetadataSet } from "../../protocol/messages/metadata.ts";
import type { ChannelRef, UserId } from "../../protocol/names.ts";
import type { InputOf, OutputOf } from "../../protocol/operations/catalogue.ts";
import type { Client } from "../client.ts";

type Owned<Input> = Omit<Input, "channel" | "from">;
/** The set's revision, which every item now written has; and how many items there are. */
export type Written = OutputOf<"channel-metadata.set">;
/** `revision`: what it must have; 0, it must not be there; −1 or none, whatever it is. */
export type ItemToWrite = InputOf<"channel-metadata.set">["items"][number];
export type ItemName = Omit<ItemToWrite, "value">;
/** `majorRevision`: what the set must have. `recordTime`, `recordAuthor`: whether the items are to show when and by whom. */
export type WriteOptions = Omit<Owned<InputOf<"channel-metadata.set">>, "items">;

/** The four operations on one owner's set. */
interface Calls {
  get(): Promise<OutputOf<"channel-metadata.get">>;
  set(input: Owned<InputOf<"channel-metadata.set">>): Promise<Written>;
  update(input: Owned<InputOf<"channel-metadata.update">>): Promise<Written>;
  remove(input: Owned<InputOf<"channel-metadata.remove">>): Promise<Written>;
}

/** The metadata of one channel or user. */
export class MetadataOf {
  readonly #calls: Calls;

  /** @internal Made by the store. */
  constructor(calls: Calls) {
    this.#calls = calls;
  }

  async get(): Promise<MetadataSet> {
    return setOf(await this.#calls.get());
  }

  /** Creates or overwrites these items; the others stay. */
  set(items: readonly ItemToWrite[], options: WriteOptions = {}): Promise<Written> {
    return this.#calls.set({ items: [...items], ...options });
  }

  /** Overwrites these items, which have to be there. */
  update(items: readonly ItemToWrite[], options: WriteOptions = {}): Promise<Written> {
    return this.#calls.update({ items: [...items], ...options });
  }

  remove(items: readonly ItemName[], options: Pick<WriteOptions, "majorRevision"> = {}): Promise<Written> {
    return this.#calls.remove({ items: [...items], ...options });
  }

  clear(options: Pick<WriteOptions, "majorRevision"> = {}): Promise<Written> {
    return this.#calls.remove(options);
  }
}

export const ofChannel = (client: Client, channel: ChannelRef): MetadataOf =>
  new MetadataOf({
    get: () => client.call("channel-metadata.get", { channel }),
    set: (input) => client.call("channel-metadata.set", { channel, ...input }),
    update: (input) => client.call("channel-metadata.update", { channel, ...input }),
    remove: (input) => client.call("channel-metadata.remove", { channel, ...input }),
  });

export const ofUser = (client: Client, user: UserId): MetadataOf =>
  new MetadataOf({
    get: () => client.call("user-metadata.get", { user }),
    set: (input) => client.call("user-metadata.set", { user, ...input }),
    update: (input) => client.call("user-metadata.update", { user, ...input }),
    remove: (input) => client.call("user-metadata.remove", { user, ...input }),
  });

/** Who names no revision it knows is always given the set. */
export const setOf = (read: OutputOf<"channel-metadata.get">): MetadataSet => ("items" in read ? read : { majorRevision: read.majorRevision, items: [] });
