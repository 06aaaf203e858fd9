import type { Channel } from "../client/channel.ts";
import type { Client } from "../client/client.ts";
import { WigwagError } from "../client/error.ts";
import { type ItemToWrite, type MetadataOf, type MetadataStore, metadata } from "../client/metadata/index.ts";
import { isRtmId } from "./checks.ts";
import type { RtmContext } from "./context.ts";
import { rtmError, rtmErrorFrom } from "./errors.ts";
import { asRtmMetadata, type RtmMetadata, RtmMetadataItem, type RtmMetadataOptions } from "./metadata-item.ts";

export type { RtmMetadata, RtmMetadataItem, RtmMetadataOptions } from "./metadata-item.ts";

/** What happens to metadata, as the client tells it. */
export interface MetadataEvents {
  user(uid: string, data: RtmMetadata): void;
  channel(channelId: string, data: RtmMetadata): void;
}

export const createMetadataItem = (): RtmMetadataItem => new RtmMetadataItem();

/** Metadata as RTM 1.6 has it: the calls of a client, and by `forChannel` those of a channel. */
export class Metadata {
  readonly #context: RtmContext;
  readonly #tell: MetadataEvents;
  #stop: (() => void)[] = [];

  constructor(context: RtmContext, tell: MetadataEvents) {
    this.#context = context;
    this.#tell = tell;
  }

  /** At each login. */
  attach(client: Client): void {
    this.detach();
    const store = metadata(client);
    this.#stop = [
      store.on("user", ({ user, set }) => this.#tell.user(user, asRtmMetadata(set))),
      // RTM 1.x knows channels by name alone.
      store.on("channel", ({ channel, set }) => channel.type === "message" && this.#tell.channel(channel.name, asRtmMetadata(set))),
    ];
  }

  /** At a logout, or when the service has ended the login. */
  detach(): void {
    for (const stop of this.#stop.splice(0)) stop();
  }

  async getUserMetadata(uid: string): Promise<RtmMetadata> {
    const store = this.#store();
    return attempt(async () => asRtmMetadata(await store.user(checkedId(uid)).get()));
  }

  /** Creates or overwrites items; the others stay. */
  setLocalUserMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#own("set", items, options);
  }

  /** Creates items, none of which may be there already. */
  addLocalUserMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#own("add", items, options);
  }

  /** Overwrites items, all of which have to be there. */
  updateLocalUserMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#own("update", items, options);
  }

  /** Removes the items of these keys. */
  deleteLocalUserMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#own("delete", items, options);
  }

  async clearLocalUserMetadata(options?: RtmMetadataOptions): Promise<void> {
    const store = this.#store();
    await attempt(() => clear(store.user(), options));
  }

  async subscribeUserMetadata(uid: string): Promise<void> {
    const store = this.#store();
    await attempt(() => store.subscribe(checkedId(uid)));
  }

  async unsubscribeUserMetadata(uid: string): Promise<void> {
    const store = this.#store();
    await attempt(() => store.unsubscribe(checkedId(uid)));
  }

  /** The calls of a channel, which need not be joined. `joined`: the core's channel, while it is. */
  forChannel(channelId: string, joined: () => Channel | undefined = () => undefined): ChannelMetadata {
    return new ChannelMetadata(() => this.#store(), channelId, joined);
  }

  async #own(how: Write, items: unknown, options: RtmMetadataOptions | undefined): Promise<void> {
    const store = this.#store();
    await attempt(() => write(store.user(), how, items, options));
  }

  #store(): MetadataStore {
    return metadata(this.#context.client("metadata"));
  }
}

/** The metadata of one channel. */
export class ChannelMetadata {
  readonly #store: () => MetadataStore;
  readonly #channelId: string;
  readonly #joined: () => Channel | undefined;

  /** @internal Made by `Metadata.forChannel`. */
  constructor(store: () => MetadataStore, channelId: string, joined: () => Channel | undefined) {
    this.#store = store;
    this.#channelId = channelId;
    this.#joined = joined;
  }

  /** A member that has asked once hears also of what it misses while its connection is lost. */
  async getChannelMetadata(): Promise<RtmMetadata> {
    const store = this.#store();
    const channel = this.#joined();
    return attempt(async () => asRtmMetadata(await (channel === undefined ? store.channel(this.#channelId).get() : store.follow(channel))));
  }

  /** Creates or overwrites items; the others stay. */
  setChannelMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#write("set", items, options);
  }

  /** Creates items, none of which may be there already. */
  addChannelMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#write("add", items, options);
  }

  /** Overwrites items, all of which have to be there. */
  updateChannelMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#write("update", items, options);
  }

  /** Removes the items of these keys. */
  deleteChannelMetadata(items: RtmMetadataItem[], options?: RtmMetadataOptions): Promise<void> {
    return this.#write("delete", items, options);
  }

  async clearChannelMetadata(options?: RtmMetadataOptions): Promise<void> {
    const store = this.#store();
    await attempt(() => clear(store.channel(this.#channelId), options));
  }

  async #write(how: Write, items: unknown, options: RtmMetadataOptions | undefined): Promise<void> {
    const store = this.#store();
    await attempt(() => write(store.channel(this.#channelId), how, items, options));
  }
}

type Write = "set" | "add" | "update" | "delete";

/** The core's revision of what is not there. */
const NOT_THERE = 0;

function write(there: MetadataOf, how: Write, given: unknown, options: RtmMetadataOptions | undefined): Promise<unknown> {
  const items = checkedItems(given);
  const guard = guardOf(options);
  const guardAndRecord = { ...guard, ...recordOf(options) };
  switch (how) {
    case "set":
      return there.set(items, guardAndRecord);
    case "add":
      return there.set(
        items.map(({ key, value }) => ({ key, value, revision: NOT_THERE })),
        guardAndRecord,
      );
    case "update":
      return there.update(items, guardAndRecord);
    case "delete":
      return there.remove(
        items.map(({ value: _value, ...named }) => named),
        guard,
      );
  }
}

const clear = (there: MetadataOf, options: RtmMetadataOptions | undefined): Promise<unknown> => there.clear(guardOf(options));

function guardOf(options: RtmMetadataOptions | undefined): { majorRevision?: number } {
  const majorRevision = checkedRevision("majorRevision", options?.majorRevision);
  return majorRevision === undefined ? {} : { majorRevision };
}

const recordOf = (options: RtmMetadataOptions | undefined) => ({
  ...(options?.enableRecordTs === true && { recordTime: true }),
  ...(options?.enableRecordUserId === true && { recordAuthor: true }),
});

function checkedItems(given: unknown): ItemToWrite[] {
  if (!Array.isArray(given) || given.length === 0) throw invalid("metadata items are a list, not empty");
  return given.map((item: unknown) => {
    if (!(item instanceof RtmMetadataItem)) throw invalid("an item of metadata is made by createMetadataItem");
    // Programs in plain JavaScript may have set anything.
    const [key, value]: [unknown, unknown] = [item.getKey(), item.getValue() ?? ""];
    if (typeof key !== "string" || key === "") throw invalid("an item of metadata has a key");
    if (typeof value !== "string") throw invalid(`the item ${key} is no text`);
    const revision = checkedRevision(`the revision of ${key}`, item.getRevision());
    return { key, value, ...(revision !== undefined && { revision }) };
  });
}

/** RTM: only a revision above zero is looked at. */
function checkedRevision(what: string, given: unknown): number | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given !== "number" || !Number.isSafeInteger(given)) throw invalid(`${what}: a whole number`);
  return given > 0 ? given : undefined;
}

function checkedId(uid: unknown): string {
  if (!isRtmId(uid)) throw invalid("a user id is malformed");
  return uid;
}

const invalid = (detail: string): Error => rtmError("metadata", 3, detail);
const FAILURE = 2;

/** What is not found is an item: the users of metadata need not be there. */
async function attempt<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof WigwagError && error.code === "not_found") throw rtmError("metadata", FAILURE, error.message, error);
    throw rtmErrorFrom("metadata", error);
  }
}
