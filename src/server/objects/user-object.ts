import { DurableObject } from "cloudflare:workers";
import { wireError } from "../../protocol/errors.ts";
import type { Env } from "../env.ts";
import type { Call, CallReply } from "../trust.ts";

/** Placeholder. */
export class UserObject extends DurableObject<Env> {
  override async fetch(_request: Request): Promise<Response> {
    return new Response(null, { status: 501 });
  }

  async call(call: Call): Promise<CallReply> {
    return { error: wireError("unavailable", { message: `${call.op}: not built` }) };
  }
}
