import { type WireError, wireError } from "../../protocol/errors.ts";
import type { BroughtSettings } from "../../protocol/settings.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { type Sealing, sealingOf } from "../access/authenticate.ts";
import type { Env } from "../env.ts";
import type { LocalCall } from "../http/local-operations.ts";
import type { App } from "../storage/apps.ts";
import type { Caller } from "../trust.ts";

/** One call about files, with what all of them need. */
export interface MediaCall {
  readonly env: Env;
  readonly bucket: R2Bucket;
  readonly sealing: Sealing;
  readonly app: App;
  readonly settings: BroughtSettings;
  readonly caller: Caller;
  /** Of the input the bytes alone: all else was checked. */
  readonly request: Request;
  readonly nowMs: number;
  /** Lets work go on after the answer, or without anybody to take it. */
  readonly background: (work: Promise<unknown>) => void;
}

export function mediaCall({ env, visitor, request, nowMs, background }: LocalCall): Result<MediaCall, WireError> {
  const { caller, app, settings } = visitor;
  if (app === undefined || caller.kind === "operator" || caller.kind === "anyone") return err(wireError("unauthenticated"));
  const bucket = env.MEDIA;
  if (bucket === undefined) return err(wireError("unavailable", { message: "this deployment keeps no files: it has no bucket MEDIA" }));
  const sealing = sealingOf(env);
  return sealing.ok ? ok({ env, bucket, sealing: sealing.value, app, settings, caller, request, nowMs, background }) : sealing;
}
