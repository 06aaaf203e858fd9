import type { Context } from "hono";
import type { WireError } from "../../../protocol/errors.ts";
import type { OperationName } from "../../../protocol/operations/catalogue.ts";
import { err, ok, type Result } from "../../../util/result.ts";
import { callOf, checkCall } from "../../call-dispatch.ts";
import type { Env } from "../../env.ts";
import { runCall } from "../../run-call.ts";
import type { Caller } from "../../trust.ts";
import { readBody } from "../body.ts";
import { type AgoraRate, agoraRateLimit } from "./rates.ts";
import { failed, succeeded } from "./replies.ts";
import { type Visitor, visitorOf } from "./visitor.ts";

export type Fields = Record<string, unknown>;

/** A request whose caller is proven, and within its app's rate. */
export interface AgoraRequest {
  readonly env: Env;
  readonly visitor: Visitor;
  readonly nowMs: number;
  readonly query: URLSearchParams;
  /** A part of the path, decoded. */
  param(name: string): string;
  body(): Promise<Result<Fields, WireError>>;
}

export type Answer = Promise<Result<Fields, WireError>>;

/** What every path does alike: proves the caller, counts it, answers in RTM 1.x's words. */
export const door =
  (rate: AgoraRate, handle: (request: AgoraRequest) => Answer) =>
  async (c: Context<{ Bindings: Env }>): Promise<Response> => {
    const nowMs = Date.now();
    const visitor = await visitorOf(c.env, c.req.param("app") ?? "", c.req.raw.headers, nowMs);
    if (!visitor.ok) return failed(visitor.error);
    const tooOften = agoraRateLimit(visitor.value.app.id, rate, nowMs);
    if (tooOften !== undefined) return failed(tooOften);
    const answer = await handle({
      env: c.env,
      visitor: visitor.value,
      nowMs,
      query: new URL(c.req.url).searchParams,
      param: (name) => c.req.param(name) ?? "",
      body: () => readBody(c.req.raw, { body: "json" }),
    });
    return answer.ok ? succeeded(answer.value) : failed(answer.error);
  };

/** An operation of the catalogue, by its rules; as the visitor, or in a name that the door has settled. */
export async function run({ env, visitor }: AgoraRequest, op: OperationName, input: Fields, caller: Caller = visitor.caller): Answer {
  const checked = checkCall(op, input, caller);
  if (!checked.ok) return checked;
  const call = callOf(checked.value, caller, { settings: visitor.settings });
  const reply = await runCall(env, checked.value, call, { jurisdiction: visitor.app.jurisdiction });
  return "ok" in reply ? ok(reply.ok) : err(reply.error);
}
