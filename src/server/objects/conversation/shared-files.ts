import type { MediaClaims, MediaFile } from "../../../domain/media/media-pass.ts";
import { NOTHING, told } from "../../../domain/membership/events.ts";
import type { Group } from "../../../domain/membership/group.ts";
import type { Actor, Outcome } from "../../../domain/membership/membership.ts";
import { conversationName } from "../../../protocol/conversation-name.ts";
import { type WireError, wireError } from "../../../protocol/errors.ts";
import { GROUP_LIMITS } from "../../../protocol/group-limits.ts";
import type { SharedFile } from "../../../protocol/messages/group.ts";
import type { UserId } from "../../../protocol/names.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import type { GroupTables } from "./membership-tables.ts";

export interface SharedFilesPorts {
  readonly group: Group;
  readonly tables: GroupTables;
  now(): number;
  /** What a media id says, if it is one. */
  claims(media: string): Promise<Result<MediaClaims, WireError>>;
  /** Takes the bytes away: what fails ends by itself. */
  remove(file: MediaFile): void;
}

type Row = { n: number; object: string; owner: string; shared: string; expires_at: number };
type Shared = Omit<SharedFile, "file" | "owner" | "expiresAt">;

/** Files that members have put on a group's list: rows, for as long as the bytes are kept. */
export class SharedFiles {
  readonly #ports: SharedFilesPorts;

  constructor(ports: SharedFilesPorts) {
    this.#ports = ports;
  }

  /** Shared again by the same member, it is there once. */
  async share(id: string, owner: UserId, media: string, name: string): Promise<Result<{ readonly file: SharedFile; readonly isNew: boolean }, WireError>> {
    const { group, tables, now } = this.#ports;
    const by: Actor = { kind: "user", user: owner };
    const before = group.refuse("shareFile", by);
    if (before !== undefined) return err(before);
    const claims = await this.#ports.claims(media);
    if (!claims.ok) return claims;
    // It may be another by now: muted, or gone.
    const refused = group.refuse("shareFile", by) ?? refuseFile(claims.value, id);
    if (refused !== undefined) return err(refused);
    const { object, size, type, expiresAtMs } = claims.value;
    const [known] = tables.read<Row>("group_file", "SELECT * FROM group_file WHERE object = ? AND owner = ?", object, owner);
    if (known !== undefined) return ok({ file: fileOf(known), isNew: false });
    tables.change("group_file", "DELETE FROM group_file WHERE expires_at <= ?", now());
    const [count] = tables.read<{ n: number }>("group_file", "SELECT count(*) AS n FROM group_file");
    if ((count?.n ?? 0) >= GROUP_LIMITS.sharedFiles) return err(wireError("limit_exceeded", { field: "group", limit: GROUP_LIMITS.sharedFiles }));
    const shared: Shared = { media, name, bytes: size, type, at: now() };
    const insert = "INSERT INTO group_file (object, owner, shared, expires_at) VALUES (?, ?, ?, ?) RETURNING *";
    const row = tables.write<Row>("group_file", insert, object, owner, JSON.stringify(shared), expiresAtMs).one();
    return ok({ file: fileOf(row), isNew: true });
  }

  drop(by: Actor, file: number, app: string): Outcome {
    const { group, tables } = this.#ports;
    const [row] = tables.read<Row>("group_file", "SELECT * FROM group_file WHERE n = ?", file);
    const refused = group.refuse("dropFile", by, row?.owner);
    if (refused !== undefined) return err(refused);
    if (row === undefined) return ok(NOTHING);
    tables.change("group_file", "DELETE FROM group_file WHERE n = ?", file);
    const { name, bytes, type } = fileOf(row);
    this.#ports.remove({ appId: app, object: row.object, size: bytes, type, expiresAtMs: row.expires_at });
    return ok({ ...NOTHING, told: [told({ kind: "fileDropped", file, name }, "members")] });
  }

  /** The newest first, below `before`. */
  page(by: Actor, before: number, limit: number): Result<{ readonly files: SharedFile[]; readonly next?: number }, WireError> {
    const { group, tables, now } = this.#ports;
    const refused = group.refuse("readShared", by);
    if (refused !== undefined) return err(refused);
    const query = "SELECT * FROM group_file WHERE n < ? AND expires_at > ? ORDER BY n DESC LIMIT ?";
    const files = tables.read<Row>("group_file", query, before, now(), limit + 1).map(fileOf);
    const page = files.slice(0, limit);
    const next = files.length > limit ? page.at(-1)?.file : undefined;
    return ok({ files: page, ...(next !== undefined && { next }) });
  }
}

const fileOf = ({ n, owner, shared, expires_at }: Row): SharedFile => ({ file: n, owner, ...(JSON.parse(shared) as Shared), expiresAt: expires_at });

function refuseFile({ audience, size }: MediaClaims, id: string): WireError | undefined {
  if (audience.kind !== "conversation" || audience.name !== conversationName({ type: "group", id }, ""))
    return wireError("bad_request", { field: "media", message: "a media id that was made for this group" });
  return size > GROUP_LIMITS.sharedFileBytes ? wireError("too_large", { field: "media", limit: GROUP_LIMITS.sharedFileBytes }) : undefined;
}
