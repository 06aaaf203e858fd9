import type { Client } from "../client.ts";
import { MetadataStore } from "./store.ts";

export type { MetadataItem, MetadataSet } from "../../protocol/messages/metadata.ts";
export type { ItemName, ItemToWrite, MetadataOf, WriteOptions, Written } from "./owned.ts";
export type { MetadataEvents, MetadataStore } from "./store.ts";

const stores = new WeakMap<Client, MetadataStore>();

/**
 * The metadata of channels and users as this client reads, writes and hears of it; the same object for the same client.
 *
 * @example
 * const store = metadata(me);
 * const seats = store.channel("lobby");
 * const { majorRevision } = await seats.get();
 * await seats.set([{ key: "seat-1", value: "ada" }], { majorRevision }); // `conflict` if somebody came between
 */
export function metadata(client: Client): MetadataStore {
  const known = stores.get(client);
  if (known !== undefined && !known.closed) return known;
  const made = new MetadataStore(client);
  stores.set(client, made);
  return made;
}
