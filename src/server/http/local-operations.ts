import { type WireError, wireError } from "../../protocol/errors.ts";
import * as operations from "../../protocol/operations/app.ts";
import type { OperationName } from "../../protocol/operations/catalogue.ts";
import { sessionTicket } from "../../protocol/operations/session.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { exchangeToken } from "../access/authenticate.ts";
import type { Env } from "../env.ts";
import { EXPORT_OPERATIONS } from "../history/hour-export.ts";
import { MEDIA_OPERATIONS } from "../media/operations.ts";
import { settingsOf, updateSettings } from "../settings.ts";
import { findApp } from "../storage/apps.ts";
import { createApp } from "../storage/create-app.ts";
import type { Visitor } from "./visitor.ts";

export interface LocalCall {
  readonly env: Env;
  readonly visitor: Visitor;
  /** Checked already; parsed once more by each, which gives it its type and costs nothing here. */
  readonly input: unknown;
  readonly idempotencyKey?: string;
  readonly nowMs: number;
  /** With its body, where the operation's is `binary`. */
  readonly request: Request;
  /** Work that outlives the answer. */
  readonly background: (work: Promise<unknown>) => void;
}

/** A Response is an answer of bytes. */
export type LocalAnswer = Promise<Result<Record<string, unknown> | Response, WireError>>;
type Answer = LocalAnswer;

export type LocalOperation = (call: LocalCall) => LocalAnswer;

/** Operations that the entry Worker answers itself. */
export const LOCAL_OPERATIONS: ReadonlyMap<OperationName, LocalOperation> = new Map<OperationName, LocalOperation>([
  ["settings.get", settingsGet],
  ["settings.update", settingsUpdate],
  ["app.create", appCreate],
  ["session.ticket", ticket],
  ...MEDIA_OPERATIONS,
  ...EXPORT_OPERATIONS,
]);

async function settingsGet({ env, visitor: { app }, nowMs }: LocalCall): Answer {
  if (app === undefined) return noApp;
  const { known, value } = await settingsOf(env, app, nowMs);
  return known ? ok({ ...value }) : err(wireError("unavailable", { message: "the settings cannot be reached now" }));
}

async function settingsUpdate({ env, visitor: { app }, input }: LocalCall): Answer {
  if (app === undefined) return noApp;
  const updated = await updateSettings(env, app, operations.settingsUpdate.input.parse(input));
  return updated.ok ? ok({ ...updated.value }) : updated;
}

async function appCreate({ env, input, idempotencyKey, nowMs }: LocalCall): Answer {
  return createApp(env, operations.appCreate.input.parse(input), idempotencyKey, nowMs);
}

async function ticket({ env, input, nowMs }: LocalCall): Answer {
  const { app: appId, user, token } = sessionTicket.input.parse(input);
  const app = await findApp(env, appId, nowMs);
  if (!app.ok) return app;
  const { value: settings } = await settingsOf(env, app.value, nowMs);
  return exchangeToken(env, token, { app: app.value, settings, user, nowMs });
}

const noApp = err(wireError("unauthenticated"));
