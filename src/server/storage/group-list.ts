import type { Shown } from "../../domain/membership/registration.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { GROUP_LIMITS } from "../../protocol/group-limits.ts";
import type { ListedGroup } from "../../protocol/messages/group.ts";
import type { InputOf, OperationName, OutputOf } from "../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { logLine, messageOf } from "../log.ts";
import type { Call, CallReply } from "../trust.ts";

const PUT = `INSERT INTO chat_groups (app, id, revision, public, dismissed, shown) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT DO UPDATE SET revision = excluded.revision, public = excluded.public, dismissed = excluded.dismissed, shown = excluded.shown
  WHERE excluded.revision > revision`;
const READ_PUBLIC = "SELECT id, shown FROM chat_groups WHERE app = ? AND public = 1 AND dismissed = 0 AND id > ? ORDER BY id LIMIT ?";
const READ_ALL = "SELECT id, shown FROM chat_groups WHERE app = ? AND dismissed = 0 AND id > ? ORDER BY id LIMIT ?";

/** A group's object tells what it is. Told again, or late, it changes nothing. */
export async function putGroup(db: D1Database, app: string, group: string, revision: number, shown: Shown): Promise<void> {
  const dismissed = shown === "none";
  const isPublic = !dismissed && shown.public;
  await db
    .prepare(PUT)
    .bind(app, group, revision, isPublic ? 1 : 0, dismissed ? 1 : 0, dismissed ? "{}" : JSON.stringify(shown))
    .run();
}

/** Reads a page of an app's groups by id. */
async function readGroups(db: D1Database | undefined, app: string, query: string, { after = "", limit }: Page): Promise<Result<GroupPage, WireError>> {
  if (db === undefined) return err(UNAVAILABLE);
  try {
    const { results } = await db
      .prepare(query)
      .bind(app, after, limit + 1)
      .all<{ id: string; shown: string }>();
    const groups = results.slice(0, limit).map(({ id, shown }) => ({ group: id, ...(JSON.parse(shown) as ListedGroup) }));
    return ok({ groups, ...(results.length > limit && { next: groups.at(-1)?.group }) });
  } catch (error) {
    logLine("group-list.unavailable", { message: messageOf(error) });
    return err(UNAVAILABLE);
  }
}

interface Page {
  readonly after?: string | undefined;
  readonly limit: number;
}
type GroupPage = OutputOf<"groups.list">;

const UNAVAILABLE = wireError("unavailable", { message: "groups cannot be listed now" });

type DatabaseOperation = Extract<OperationName, `groups.${string}`>;
const QUERIES: Readonly<Record<DatabaseOperation, string>> = { "groups.public": READ_PUBLIC, "groups.list": READ_ALL };

/** Operations that the database answers, wherever they are asked. */
export async function runDatabaseOperation(db: D1Database | undefined, { op, input, caller }: Call): Promise<CallReply> {
  const query = Object.hasOwn(QUERIES, op) ? QUERIES[op as DatabaseOperation] : undefined;
  if (query === undefined) return { error: wireError("unknown_operation") };
  const { after, limit = GROUP_LIMITS.page } = input as InputOf<DatabaseOperation>;
  const page = await readGroups(db, caller.app, query, { after, limit });
  return page.ok ? { ok: { ...page.value } } : { error: page.error };
}
