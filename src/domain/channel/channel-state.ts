import type { WireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { ChannelAttribute } from "../../protocol/messages/notice.ts";
import { ok, type Result } from "../../util/result.ts";
import { type AttributeChange, changeAttributes, type Entry, pickAttributes } from "../attributes.ts";
import { changeMetadata, type Metadata, type MetadataChange, NO_METADATA, readMetadata, type Writer, type Written } from "../metadata.ts";
import { type ChannelOptions, type ChannelStateStore, DEFAULT_OPTIONS } from "./ports.ts";

/** What a channel keeps besides its order and its members: attributes, metadata and options, each a row. */
export class ChannelState {
  readonly #store: ChannelStateStore;
  #attributes: Map<string, Entry>;
  /** Read at its first use: most channels have none. */
  #metadata: Metadata | undefined;
  #options: ChannelOptions;

  constructor(store: ChannelStateStore) {
    this.#store = store;
    this.#options = { ...DEFAULT_OPTIONS, ...store.options() };
    this.#attributes = new Map(store.attributes());
  }

  get options(): ChannelOptions {
    return this.#options;
  }

  attributes(keys: readonly string[] | undefined): ChannelAttribute[] {
    return pickAttributes(this.#attributes, keys);
  }

  changeAttributes(change: AttributeChange, by: string, now: number): Result<void, WireError> {
    const changed = changeAttributes(this.#attributes, change, by, now, LIMITS.channelAttributesBytes);
    if (!changed.ok) return changed;
    this.#attributes = new Map(changed.value);
    this.#store.setAttributes([...this.#attributes]);
    return ok(undefined);
  }

  metadata(known: number | undefined): ReturnType<typeof readMetadata> {
    return readMetadata(this.#load(), known);
  }

  /** `after`: the whole set, where it has changed. */
  changeMetadata(change: MetadataChange, writer: Writer): Result<{ readonly written: Written; readonly after?: Metadata }, WireError> {
    const before = this.#load();
    const changed = changeMetadata(before, change, writer);
    if (!changed.ok) return changed;
    const { after, written } = changed.value;
    if (after === before) return ok({ written });
    this.#metadata = after;
    this.#store.setMetadata(after);
    return ok({ written, after });
  }

  /** The options with some of them changed; undefined where they are so already. */
  changed(change: Partial<ChannelOptions>): ChannelOptions | undefined {
    const { log = this.#options.log, updatesPerSecond = this.#options.updatesPerSecond } = change;
    return log === this.#options.log && updatesPerSecond === this.#options.updatesPerSecond ? undefined : { log, updatesPerSecond };
  }

  setOptions(options: ChannelOptions): void {
    this.#options = options;
    this.#store.setOptions(options);
  }

  #load(): Metadata {
    this.#metadata ??= this.#store.metadata() ?? NO_METADATA;
    return this.#metadata;
  }
}
