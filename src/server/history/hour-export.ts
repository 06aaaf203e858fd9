import { issueExportHandle, verifyExportHandle } from "../../domain/access/export-handle.ts";
import { formatHour, hourStart, parseHour } from "../../domain/history/hours.ts";
import { fileFolder } from "../../domain/media/media-keys.ts";
import type { MediaFile } from "../../domain/media/media-pass.ts";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { OperationName, OutputOf } from "../../protocol/operations/catalogue.ts";
import { messageExport, messageExportFile } from "../../protocol/operations/export.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { encodeUtf8 } from "../../util/text.ts";
import { sealingOf } from "../access/authenticate.ts";
import type { LocalCall, LocalOperation } from "../http/local-operations.ts";
import { logLine, messageOf } from "../log.ts";
import { storeStream } from "../media/part-writer.ts";
import { type HourCursor, readHour } from "./chat-hours.ts";

const DAY_MS = 24 * 3_600_000;

/** What stands beside a file once it is whole. */
interface Made {
  readonly bytes: number;
  readonly messages: number;
  readonly next?: string;
}

/** Operations on an app's messages of an hour. The bucket and the database may be away: then the caller tries again. */
export const EXPORT_OPERATIONS: readonly (readonly [OperationName, LocalOperation])[] = [
  ["message.export", (call) => orAgain(() => exportHour(call))],
  ["message.export-file", (call) => orAgain(() => file(call))],
];

async function orAgain<T>(work: () => Promise<Result<T, WireError>>): Promise<Result<T, WireError>> {
  try {
    return await work();
  } catch (error) {
    logLine("export.failed", { message: messageOf(error) });
    return err(wireError("unavailable", { message: "the export cannot be made now" }));
  }
}

/** Made by the first who asks; whoever asks again, as long as it is kept, gets the same. */
async function exportHour({ env, visitor: { app }, input, nowMs, request }: LocalCall): Promise<Result<OutputOf<"message.export">, WireError>> {
  const { hour: text, next = "0-0-0" } = messageExport.input.parse(input);
  const bucket = env.MEDIA;
  const sealing = sealingOf(env);
  if (app === undefined) return err(wireError("unauthenticated"));
  if (!sealing.ok) return sealing;
  if (bucket === undefined) return err(noBucket);
  const hour = parseHour(text);
  if (hour === undefined) return err(wireError("bad_request", { field: "hour", message: "hour: yyyyMMddHH, in UTC" }));
  const readyAt = hourStart(hour + 1) + LIMITS.exportAfterMs;
  if (nowMs < readyAt)
    return err(wireError("unavailable", { field: "hour", retryAfterMs: readyAt - nowMs, message: "hour: its messages are there ten minutes after its end" }));
  const found = await findMade(bucket, app.id, `${text}-${next}`, nowMs);
  const { key, expiresAtMs } = found ?? fileOf(app.id, `${text}-${next}`, nowMs + LIMITS.exportKeptMs);
  const made = found?.made ?? (await makeFile({ bucket, db: env.DB, app: app.id, hour, cursor: cursorOf(next), key }));
  const untilMs = Math.min(nowMs + LIMITS.exportUrlMs, expiresAtMs);
  const handle = await issueExportHandle({ key, name: `messages-${text}-${next}.jsonl.gz`, untilMs }, sealing.value.secret, sealing.value.crypto);
  return ok({ url: new URL(`/v1/exports/${handle}`, request.url).href, expiresAt: untilMs, ...made });
}

async function file({ env, input, nowMs }: LocalCall): Promise<Result<Response, WireError>> {
  const sealing = sealingOf(env);
  if (!sealing.ok) return sealing;
  const claims = await verifyExportHandle(messageExportFile.input.parse(input).file, sealing.value.secret, nowMs, sealing.value.crypto);
  if (!claims.ok) return claims;
  const found = await env.MEDIA?.get(claims.value.key);
  if (found === undefined || found === null) return err(wireError("not_found", { field: "file", message: "the file is not there any more" }));
  const headers = {
    "content-type": "application/gzip",
    "content-length": String(found.size),
    "content-disposition": `attachment; filename=${claims.value.name}`,
    "cache-control": "private, no-store, no-transform",
    "x-content-type-options": "nosniff",
  };
  return ok(new Response(found.body, { headers }));
}

/** Under the day of its end, as files of users: the same run removes it. */
const fileOf = (appId: string, name: string, expiresAtMs: number): { key: string; expiresAtMs: number } => {
  const named: MediaFile = { appId, object: `export-${name}`, size: 0, type: "", expiresAtMs };
  return { key: `${fileFolder(named)}file`, expiresAtMs };
};
const doneKey = (key: string): string => `${key}.made`;

/** A file that is still kept, and whole. The day it stands under is one of a few. */
async function findMade(bucket: R2Bucket, appId: string, name: string, nowMs: number): Promise<{ key: string; expiresAtMs: number; made: Made } | undefined> {
  for (let expiresAtMs = nowMs + LIMITS.exportKeptMs; expiresAtMs > nowMs; expiresAtMs -= DAY_MS) {
    const { key } = fileOf(appId, name, expiresAtMs);
    const done = await bucket.get(doneKey(key));
    if (done !== null) return { key, expiresAtMs, made: await done.json<Made>() };
  }
  return undefined;
}

interface Making {
  readonly bucket: R2Bucket;
  readonly db: D1Database;
  readonly app: string;
  readonly hour: number;
  readonly cursor: HourCursor;
  readonly key: string;
}

/** Page by page through the compressor into the bucket: neither the hour nor the file is ever in memory. */
async function makeFile({ bucket, db, app, hour, cursor, key }: Making): Promise<Made> {
  const gzip = new CompressionStream("gzip");
  const writing = write(gzip.writable, db, app, hour, cursor);
  // It fails where the writing failed; that says why.
  writing.catch(() => {});
  const bytes = await storeStream(bucket, key, gzip.readable, { httpMetadata: { contentType: "application/gzip" } }).catch(async (error: unknown) => {
    await writing;
    throw error;
  });
  const { messages, next } = await writing;
  const made: Made = { bytes, messages, ...(next !== undefined && { next: textOf(next) }) };
  await bucket.put(doneKey(key), JSON.stringify(made));
  logLine("export.made", { app, hour: formatHour(hour), bytes, messages });
  return made;
}

async function write(
  to: WritableStream<BufferSource>,
  db: D1Database,
  app: string,
  hour: number,
  from: HourCursor,
): Promise<{ messages: number; next: HourCursor | undefined }> {
  const writer = to.getWriter();
  try {
    let cursor: HourCursor | undefined = from;
    let messages = 0;
    let chars = 0;
    while (cursor !== undefined && messages < LIMITS.exportMessages && chars < LIMITS.exportChars) {
      const page = await readHour(db, app, hour, cursor);
      const text = page.lines.join("");
      messages += page.lines.length;
      chars += text.length;
      await writer.write(encodeUtf8(text));
      cursor = page.next;
    }
    await writer.close();
    return { messages, next: cursor };
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
}

const textOf = ({ database, number, seq }: HourCursor): string => `${database}-${number}-${seq}`;
const cursorOf = (text: string): HourCursor => {
  const [database = 0, number = 0, seq = 0] = text.split("-").map(Number);
  return { database, number, seq };
};

const noBucket = wireError("unavailable", { message: "this deployment keeps no files: it has no bucket MEDIA" });
