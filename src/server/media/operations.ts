import { type WireError, wireError } from "../../protocol/errors.ts";
import type { OperationName } from "../../protocol/operations/catalogue.ts";
import * as operations from "../../protocol/operations/media.ts";
import { err, type Result } from "../../util/result.ts";
import type { LocalOperation } from "../http/local-operations.ts";
import { logLine, messageOf } from "../log.ts";
import { download } from "./downloads.ts";
import * as files from "./files.ts";
import { type MediaCall, mediaCall } from "./media-call.ts";
import { thumbnail } from "./thumbnails.ts";
import { transferSlot } from "./transfers.ts";
import * as uploads from "./uploads.ts";

type Answer = Promise<Result<Record<string, unknown> | Response, WireError>>;

/** The bucket is the one part here that may be away: whatever it throws, the caller may try again. */
const local =
  (answer: (call: MediaCall, input: unknown) => Answer): LocalOperation =>
  async (given) => {
    const call = mediaCall(given);
    if (!call.ok) return call;
    try {
      return await answer(call.value, given.input);
    } catch (error) {
      logLine("media.fault", { app: call.value.app.id, message: messageOf(error) });
      return err(wireError("unavailable", { message: "the files cannot be reached now" }));
    }
  };

/** Operations on files. Those that move their bytes take one of the caller's transfers. */
export const MEDIA_OPERATIONS: readonly (readonly [OperationName, LocalOperation])[] = [
  ["media.upload", local((call, input) => transferSlot(call, () => uploads.upload(call, operations.mediaUpload.input.parse(input))))],
  ["media.begin", local((call, input) => uploads.begin(call, operations.mediaBegin.input.parse(input)))],
  ["media.parts", local((call, input) => uploads.parts(call, operations.mediaParts.input.parse(input)))],
  ["media.part", local((call, input) => transferSlot(call, () => uploads.part(call, operations.mediaPart.input.parse(input))))],
  ["media.complete", local((call, input) => uploads.complete(call, operations.mediaComplete.input.parse(input)))],
  ["media.abort", local((call, input) => uploads.abort(call, operations.mediaAbort.input.parse(input)))],
  ["media.download", local((call, input) => transferSlot(call, (until) => download(call, operations.mediaDownload.input.parse(input), until)))],
  ["media.thumbnail", local((call, input) => transferSlot(call, () => thumbnail(call, operations.mediaThumbnail.input.parse(input))))],
  ["media.info", local((call, input) => files.info(call, operations.mediaInfoGet.input.parse(input)))],
  ["media.address", local((call, input) => files.address(call, operations.mediaAddress.input.parse(input)))],
  ["media.delete", local((call, input) => files.remove(call, operations.mediaDelete.input.parse(input)))],
];
