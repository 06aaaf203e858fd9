import { type Context, Hono } from "hono";
import { cors } from "hono/cors";
import { type WireError, wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import { type AnyOperation, OPERATIONS } from "../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { type CheckedCall, callOf, checkCall, mayCall } from "../call-dispatch.ts";
import type { Env } from "../env.ts";
import { rateLimit } from "../rate-limit.ts";
import { runCall } from "../run-call.ts";
import { readBody } from "./body.ts";
import { errorReply } from "./errors.ts";
import { LOCAL_OPERATIONS } from "./local-operations.ts";
import { pathParams } from "./operation-schema.ts";
import { replyJson } from "./reply-json.ts";
import { restInput } from "./rest-input.ts";
import { type Visitor, visitorOf } from "./visitor.ts";

type Door = Context<{ Bindings: Env }>;
type Output = Record<string, unknown>;

/** One route per operation of the catalogue that has a REST shape. */
export const rest = new Hono<{ Bindings: Env }>();

// Callers prove themselves by a header that a browser never adds on its own, so any page may call.
rest.use(
  "/v1/*",
  cors({
    origin: "*",
    allowHeaders: ["authorization", "content-type", "idempotency-key", "if-none-match", "if-range", "range", "x-wigwag-app", "x-wigwag-user"],
    exposeHeaders: ["retry-after", "etag", "accept-ranges", "content-range", "content-length", "content-disposition"],
    maxAge: 86_400,
  }),
);

for (const operation of OPERATIONS) {
  if (operation.rest === undefined) continue;
  rest.on(operation.rest.method, `/v1${operation.rest.path.replaceAll(".", "__")}`, async (c) => {
    const answer = await serve(c, operation);
    if (!answer.ok) return errorReply(answer.error);
    if (answer.value instanceof Response) return answer.value;
    return c.body(replyJson(answer.value), 200, { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" });
  });
}

async function serve(c: Door, operation: AnyOperation): Promise<Result<Output | Response, WireError>> {
  const nowMs = Date.now();
  const visitor = await visitorOf(c.env, c.req.raw.headers, nowMs);
  if (!visitor.ok) return visitor;
  const { caller, app } = visitor.value;
  if (caller.kind === "anyone" && !mayCall(operation, "anyone"))
    return err(wireError("unauthenticated", { message: "Authorization: Bearer <API key, app token or user token> and x-wigwag-app are needed" }));
  // Of somebody unproven nothing but the address is known.
  const tooOften = rateLimit(app?.id ?? c.req.header("cf-connecting-ip") ?? "", caller, operation.rate, nowMs);
  if (tooOften !== undefined) return err(tooOften);
  const idempotencyKey = idempotencyKeyOf(c.req.header("idempotency-key"));
  if (!idempotencyKey.ok) return idempotencyKey;
  const input = await inputOf(c, operation);
  if (!input.ok) return input;
  const checked = checkCall(operation.name, input.value, caller);
  if (!checked.ok) return checked;
  const key = operation.idempotence === "client-id" ? idempotencyKey.value : undefined;
  return run(c, visitor.value, checked.value, key, nowMs);
}

async function inputOf(c: Door, operation: AnyOperation): Promise<Result<Output, WireError>> {
  const bodiless = operation.rest?.method === "GET" || operation.body === "binary";
  const body = bodiless ? ok({}) : await readBody(c.req.raw, operation);
  if (!body.ok) return body;
  const path = Object.fromEntries(pathParams(operation).map((param) => [param, c.req.param(param.replaceAll(".", "__")) ?? ""]));
  return restInput(operation, path, new URL(c.req.url).searchParams, body.value);
}

function idempotencyKeyOf(header: string | undefined): Result<string | undefined, WireError> {
  if (header === undefined || (/^[\x21-\x7e]+$/.test(header) && header.length <= LIMITS.idempotencyKeyChars)) return ok(header);
  return err(
    wireError("bad_request", {
      field: "Idempotency-Key",
      limit: LIMITS.idempotencyKeyChars,
      message: `Idempotency-Key: 1 to ${LIMITS.idempotencyKeyChars} printable ASCII characters`,
    }),
  );
}

async function run(
  c: Door,
  visitor: Visitor,
  checked: CheckedCall,
  idempotencyKey: string | undefined,
  nowMs: number,
): Promise<Result<Output | Response, WireError>> {
  const { env } = c;
  const key = idempotencyKey === undefined ? {} : { idempotencyKey };
  const local = LOCAL_OPERATIONS.get(checked.operation.name);
  if (local !== undefined)
    return local({ env, visitor, input: checked.input, nowMs, request: c.req.raw, background: (work) => c.executionCtx.waitUntil(work), ...key });
  const { caller, app, settings } = visitor;
  if (app === undefined || caller.kind === "operator" || caller.kind === "anyone") return err(wireError("forbidden"));
  const reply = await runCall(env, checked, callOf(checked, caller, { settings, ...key }), { jurisdiction: app.jurisdiction });
  return "ok" in reply ? ok(reply.ok) : err(reply.error);
}
