import type { MetadataItem, MetadataSet } from "../protocol/messages/metadata.ts";

/** The revision that is not looked at. */
const ANY_REVISION = -1;

/** An item of metadata (1.6): made by `createMetadataItem`, filled in, and given to one of the calls that write. */
export class RtmMetadataItem {
  #key = "";
  #value: string | null = null;
  #revision = ANY_REVISION;
  #updateTs = 0;
  #authorUserId = "";

  /** @internal What the service says of an item. */
  static received({ key, value, revision, updatedAt = 0, updatedBy = "" }: MetadataItem): RtmMetadataItem {
    const item = new RtmMetadataItem();
    item.#key = key;
    item.#value = value;
    item.#revision = revision;
    item.#updateTs = updatedAt;
    item.#authorUserId = updatedBy;
    return item;
  }

  setKey(key: string): void {
    this.#key = key;
  }

  getKey(): string {
    return this.#key;
  }

  /** `null`, where one is written, is the empty text. */
  setValue(value: string | null): void {
    this.#value = value;
  }

  getValue(): string | null {
    return this.#value;
  }

  /** The revision that the stored item must have for the call to succeed; −1, the default: any. */
  setRevision(revision: number): void {
    this.#revision = revision;
  }

  getRevision(): number {
    return this.#revision;
  }

  /** When it was written, Unix ms; 0 where who wrote it did not have that recorded. */
  getUpdateTs(): number {
    return this.#updateTs;
  }

  /** Who wrote it; empty where that was not recorded. */
  getAuthorUserId(): string {
    return this.#authorUserId;
  }
}

/** The metadata of a channel or a user (1.6). */
export interface RtmMetadata {
  items: RtmMetadataItem[];
  /** Rises with each change of the set. */
  majorRevision: number;
}

/** @internal */
export const asRtmMetadata = ({ items, majorRevision }: MetadataSet): RtmMetadata => ({ items: items.map(RtmMetadataItem.received), majorRevision });

/** What the calls that write metadata take beside the items (1.6). */
export interface RtmMetadataOptions {
  /** The revision that the stored set must have for the call to succeed; −1, the default: any. */
  majorRevision?: number;
  /** Have the items show when they were written. */
  enableRecordTs?: boolean;
  /** Have the items show who wrote them. */
  enableRecordUserId?: boolean;
}
