import { type MediaAudience, media } from "../client/media/index.ts";
import { MEDIA_LIMITS } from "../protocol/limits.ts";
import { utf8Bytes } from "../util/text.ts";
import type { RtmContext } from "./context.ts";
import { type RtmError, type RtmOperation, rtmError, rtmErrorFrom } from "./errors.ts";
import { RTM_LIMITS } from "./limits.ts";
import type { MediaMessageParameters, MediaTransferHandler, RtmFileMessage, RtmImageMessage, RtmMessage } from "./types.ts";

type Transfer = Extract<RtmOperation, "upload" | "download">;
/** RTM 1.x: the same words have the same numbers for both. */
const INVALID_ARGUMENT = 2;
const TIMEOUT = 3;
const SIZE_OVERFLOW = 4;
const CONCURRENCY_LIMIT_EXCEEDED = 5;
const INTERRUPTED = 6;

/** Uploads and downloads of one client. */
export class MediaTransfers {
  readonly #context: RtmContext;
  readonly #running = new Set<AbortController>();

  constructor(context: RtmContext) {
    this.#context = context;
  }

  /** A message to send, to one recipient or to many: each gets a media id of its own. */
  async upload(payload: Blob, params: MediaMessageParameters = {}, handler: MediaTransferHandler = {}): Promise<RtmFileMessage | RtmImageMessage> {
    const files = this.#files("upload");
    const wrong = payloadFault(payload) ?? paramsFault(params) ?? handlerFault(handler);
    if (wrong !== undefined) throw rtmError("upload", INVALID_ARGUMENT, wrong);
    if (payload.size > MEDIA_LIMITS.mediaBytes) throw rtmError("upload", SIZE_OVERFLOW, `a file has at most ${MEDIA_LIMITS.mediaBytes} bytes`);
    const { fileName, description, thumbnail } = params;
    const attached = utf8Bytes(fileName ?? "") + utf8Bytes(description ?? "") + (thumbnail?.size ?? 0);
    if (attached > RTM_LIMITS.messageBytes)
      throw rtmError("upload", SIZE_OVERFLOW, `name, description and thumbnail have more than ${RTM_LIMITS.messageBytes} bytes`);
    const { media: mediaId, size } = await this.#transfer("upload", handler, (options) => files.upload(payload, { ...options, name: storedName(fileName) }));
    const message = { mediaId, size, fileName, description, thumbnail };
    if (params.messageType !== "IMAGE") return { ...message, messageType: "FILE" };
    const { width, height, thumbnailWidth, thumbnailHeight } = params;
    return { ...message, width, height, thumbnailWidth, thumbnailHeight, messageType: "IMAGE" };
  }

  /** The bytes with their type, where these show one. */
  async download(mediaId: string, handler: MediaTransferHandler = {}): Promise<Blob> {
    const files = this.#files("download");
    const wrong = (typeof mediaId === "string" && mediaId !== "" ? undefined : "a media id is a text, not empty") ?? handlerFault(handler);
    if (wrong !== undefined) throw rtmError("download", INVALID_ARGUMENT, wrong);
    return this.#transfer("download", handler, (options) => files.download(mediaId, options));
  }

  /** The message as it goes to this recipient, who alone can use the media id in it. Messages without one stay what they are. */
  addressed<Message extends RtmMessage>(message: Message, to: MediaAudience): Message | Promise<Message> {
    if (!("mediaId" in message)) return message;
    return this.#addressed(message, message.mediaId, to);
  }

  /** At logout, and when the login has been ended: what goes on is interrupted. */
  detach(): void {
    for (const running of this.#running) running.abort();
  }

  async #addressed<Message extends RtmMessage>(message: Message, mediaId: string, to: MediaAudience): Promise<Message> {
    return { ...message, mediaId: await this.#files("upload").addressed(mediaId, to) };
  }

  #files(operation: Transfer): ReturnType<typeof media> {
    return media(this.#context.client(operation), { scale: this.#context.scale });
  }

  async #transfer<T>(
    operation: Transfer,
    { cancelSignal, onOperationProgress }: MediaTransferHandler,
    run: (options: { signal: AbortSignal; onProgress: (progress: { bytes: number; total: number }) => void }) => Promise<T>,
  ): Promise<T> {
    if (this.#running.size >= MEDIA_LIMITS.mediaTransfersPerClient)
      throw rtmError(operation, CONCURRENCY_LIMIT_EXCEEDED, `${MEDIA_LIMITS.mediaTransfersPerClient} transfers go on already`);
    const own = new AbortController();
    const signal = cancelSignal === undefined ? own.signal : AbortSignal.any([cancelSignal, own.signal]);
    this.#running.add(own);
    try {
      return await run({ signal, onProgress: ({ bytes, total }) => onOperationProgress?.({ currentSize: bytes, totalSize: total }) });
    } catch (error) {
      throw signal.aborted ? rtmError(operation, INTERRUPTED, undefined, error) : failure(operation, error);
    } finally {
      this.#running.delete(own);
    }
  }
}

const failure = (operation: Transfer, error: unknown): RtmError =>
  error instanceof Error && error.name === "TimeoutError" ? rtmError(operation, TIMEOUT, error.message, error) : rtmErrorFrom(operation, error);

/** The store takes shorter names than a message does, and none with control characters: the message has it whole. */
const storedName = (fileName: string | undefined): string | undefined =>
  fileName !== undefined && fileName !== "" && utf8Bytes(fileName) <= MEDIA_LIMITS.mediaNameBytes && fileName.isWellFormed() && !/\p{Cc}/u.test(fileName)
    ? fileName
    : undefined;

function payloadFault(payload: unknown): string | undefined {
  if (!(payload instanceof Blob)) return "the payload is no Blob";
  return payload.size === 0 ? "the payload is empty" : undefined;
}

function paramsFault(params: unknown): string | undefined {
  if (typeof params !== "object" || params === null) return "the parameters are no object";
  const { messageType, fileName, description, thumbnail, width, height, thumbnailWidth, thumbnailHeight }: Record<string, unknown> = { ...params };
  if (![undefined, "FILE", "IMAGE"].some((known) => known === messageType)) return "the messageType is neither FILE nor IMAGE";
  for (const text of [fileName, description]) if (text !== undefined && typeof text !== "string") return "fileName or description is no text";
  if (thumbnail !== undefined && !(thumbnail instanceof Blob)) return "the thumbnail is no Blob";
  for (const side of [width, height, thumbnailWidth, thumbnailHeight])
    if (side !== undefined && (typeof side !== "number" || !Number.isFinite(side) || side < 0)) return "the measures are no numbers";
  return undefined;
}

function handlerFault(handler: unknown): string | undefined {
  if (typeof handler !== "object" || handler === null) return "the handler is no object";
  const { cancelSignal, onOperationProgress }: Record<string, unknown> = { ...handler };
  if (cancelSignal !== undefined && !(cancelSignal instanceof AbortSignal)) return "the cancelSignal is no AbortSignal";
  return onOperationProgress === undefined || typeof onOperationProgress === "function" ? undefined : "onOperationProgress is no function";
}
