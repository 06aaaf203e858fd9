import * as z from "zod";
import { timeMs, userId } from "../ids.ts";

/** Counts the changes of a set, for ever: it goes on over a removal, so none is given twice. 0: never written. */
export const revision = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

export const metadataItem = z.strictObject({
  key: z.string(),
  value: z.string(),
  /** The set's majorRevision after the change that wrote this item last. */
  revision,
  /** When and by whom, where the writer had it recorded. */
  updatedAt: timeMs.optional(),
  updatedBy: userId.optional(),
});
export type MetadataItem = z.infer<typeof metadataItem>;

/** A channel's or a user's metadata, whole. */
export const metadataSet = { majorRevision: revision, items: z.array(metadataItem) };
export interface MetadataSet {
  majorRevision: number;
  items: MetadataItem[];
}
