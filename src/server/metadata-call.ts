import type { MetadataChange, Writer } from "../domain/metadata.ts";
import type { InputOf } from "../protocol/operations/catalogue.ts";
import type { Call } from "./trust.ts";

/** Whom a change of metadata is ascribed to that a server makes in nobody's name. */
const SERVER = "server";

type Owned<Input> = Omit<Input, "channel" | "user">;
type Write = Owned<InputOf<"channel-metadata.set">>;
type Remove = Owned<InputOf<"channel-metadata.remove">>;

export const changeOf = (kind: "set" | "update", { majorRevision, items, recordTime, recordAuthor }: Write): MetadataChange => ({
  kind,
  majorRevision,
  items,
  recordTime,
  recordAuthor,
});

export const removalOf = ({ majorRevision, items }: Remove): MetadataChange => ({ kind: "remove", majorRevision, items });

/** Who writes, and the name under which a repeat of this very request is known. */
export function writerOf({ caller, id, idempotencyKey }: Call, from: string | undefined): Omit<Writer, "now"> {
  const by = caller.kind === "user" ? caller.user : (from ?? SERVER);
  const device = caller.kind === "user" ? caller.device : undefined;
  if (device !== undefined && id !== undefined) return { by, request: JSON.stringify([by, device, id]) };
  return { by, request: idempotencyKey === undefined ? undefined : JSON.stringify([caller.kind, by, "key", idempotencyKey]) };
}
