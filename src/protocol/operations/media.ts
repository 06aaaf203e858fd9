import * as z from "zod";
import { channel, timeMs, userId } from "../ids.ts";
import { MEDIA_LIMITS } from "../limits.ts";
import { threadId } from "../messages/group.ts";
import { utf8Text } from "../text.ts";
import { operation } from "./operation.ts";

const sealed = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[\w.~-]+$/);
const media = sealed(MEDIA_LIMITS.mediaIdChars);
const upload = sealed(MEDIA_LIMITS.mediaUploadChars);
const size = z
  .int()
  .min(1)
  .refine((bytes) => bytes <= MEDIA_LIMITS.mediaBytes, {
    error: `at most ${MEDIA_LIMITS.mediaBytes} bytes`,
    params: { limit: MEDIA_LIMITS.mediaBytes, tooLarge: true },
  });
/** Without parameters; what the bytes themselves show must not contradict it. */
const type = z
  .string()
  .max(MEDIA_LIMITS.mediaTypeChars)
  .regex(/^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/, { error: "a content type such as image/png, without parameters" });
const name = utf8Text(MEDIA_LIMITS.mediaNameBytes).refine((text) => text.length > 0 && !/\p{Cc}/u.test(text), { error: "a name without control characters" });

const mediaInfo = z.strictObject({ media, size, type, name: name.optional(), expiresAt: timeMs });
const nothing = z.strictObject({});

export const mediaUpload = operation({
  name: "media.upload",
  summary: "Uploads a file of at most one part's size in one request; Content-Type says its type. The media id is good for its owner only: see media.address.",
  input: z.strictObject({
    name: name.optional(),
    /** Whose it is; for servers. */
    user: userId.optional(),
  }),
  output: mediaInfo,
  callers: ["user", "server"],
  ownOnly: true,
  rate: "upload",
  idempotence: "idempotent",
  body: "binary",
  runsAt: { place: "worker" },
  rest: { method: "POST", path: "/media" },
});

export const mediaBegin = operation({
  name: "media.begin",
  summary: "Begins an upload by parts. Its handle says everything of it, so it can be gone on with by whoever kept it, until it ends.",
  input: z.strictObject({ size, type: type.optional(), name: name.optional(), user: userId.optional() }),
  output: z.strictObject({ upload, partBytes: z.int(), parts: z.int(), endsAt: timeMs }),
  callers: ["user", "server"],
  ownOnly: true,
  rate: "upload",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "worker" },
  rest: { method: "POST", path: "/uploads" },
});

export const mediaParts = operation({
  name: "media.parts",
  summary: "Which parts of an upload are there: what an upload that was cut goes on with.",
  input: z.strictObject({ upload }),
  output: z.strictObject({ size, partBytes: z.int(), parts: z.int(), there: z.array(z.int()), endsAt: timeMs }),
  callers: ["user", "server"],
  rate: "transfer",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "worker" },
  rest: { method: "GET", path: "/uploads/:upload" },
});

export const mediaPart = operation({
  name: "media.part",
  summary: "One part of an upload, counted from 1: partBytes of it, the last one what is left. A part sent again replaces the first.",
  input: z.strictObject({
    upload,
    part: z
      .int()
      .min(1)
      .max(Math.ceil(MEDIA_LIMITS.mediaBytes / MEDIA_LIMITS.mediaPartBytes)),
  }),
  output: nothing,
  callers: ["user", "server"],
  rate: "transfer",
  idempotence: "idempotent",
  body: "binary",
  runsAt: { place: "worker" },
  rest: { method: "PUT", path: "/uploads/:upload/parts/:part" },
});

export const mediaComplete = operation({
  name: "media.complete",
  summary: "Makes the parts one file. A repeat gets the same media id.",
  input: z.strictObject({ upload }),
  output: mediaInfo,
  callers: ["user", "server"],
  rate: "transfer",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "worker" },
  rest: { method: "POST", path: "/uploads/:upload/complete" },
});

export const mediaAbort = operation({
  name: "media.abort",
  summary: "Ends an upload and removes its parts.",
  input: z.strictObject({ upload }),
  output: nothing,
  callers: ["user", "server"],
  rate: "transfer",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "worker" },
  rest: { method: "DELETE", path: "/uploads/:upload" },
});

export const mediaDownload = operation({
  name: "media.download",
  summary:
    "The file, or one range of it. Whoever the media id was made for may read it: its owner, one user, or the members a channel, a group or a thread has now.",
  input: z.strictObject({ media }),
  output: nothing,
  callers: ["user", "server"],
  rate: "transfer",
  idempotence: "safe",
  body: "json",
  answer: "binary",
  runsAt: { place: "worker" },
  rest: { method: "GET", path: "/media/:media" },
});

export const mediaThumbnail = operation({
  name: "media.thumbnail",
  summary: "A PNG, JPEG, GIF or WebP made small, as JPEG, upright and without its metadata. Never wider than the image itself.",
  input: z.strictObject({ media, width: z.int().min(MEDIA_LIMITS.thumbnailWidthMin).max(MEDIA_LIMITS.thumbnailWidthMax) }),
  output: nothing,
  callers: ["user", "server"],
  rate: "transfer",
  idempotence: "safe",
  body: "json",
  answer: "binary",
  runsAt: { place: "worker" },
  rest: { method: "GET", path: "/media/:media/thumbnail" },
});

export const mediaInfoGet = operation({
  name: "media.info",
  summary: "What a file is, and until when.",
  input: z.strictObject({ media }),
  output: mediaInfo,
  callers: ["user", "server"],
  rate: "transfer",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "worker" },
  rest: { method: "GET", path: "/media/:media/info" },
});

export const mediaAddress = operation({
  name: "media.address",
  summary:
    "A media id of the same file for one user, for the members of a channel, a group or a thread, or for both people of the caller's chat with somebody. Whoever may read a file may pass it on.",
  input: z
    .strictObject({
      media,
      user: userId.optional(),
      channel: channel.optional(),
      /** The other of a chat of two. */
      chat: userId.optional(),
      /** Those who are its members when they read it. */
      group: userId.optional(),
      /** Those who have joined it when they read it. */
      thread: threadId.optional(),
    })
    .refine((to) => [to.user, to.channel, to.chat, to.group, to.thread].filter((one) => one !== undefined).length === 1, {
      error: "one of user, channel, chat, group, and thread",
    }),
  output: z.strictObject({ media }),
  callers: ["user", "server"],
  rate: "message",
  idempotence: "safe",
  body: "json",
  runsAt: { place: "worker" },
  rest: { method: "POST", path: "/media/:media/address" },
});

export const mediaDelete = operation({
  name: "media.delete",
  summary: "Removes a file, whatever ids it has: by its owner, with the id it got when it was uploaded, or by a server.",
  input: z.strictObject({ media }),
  output: nothing,
  callers: ["user", "server"],
  rate: "write",
  idempotence: "idempotent",
  body: "json",
  runsAt: { place: "worker" },
  rest: { method: "DELETE", path: "/media/:media" },
});
