import type { ChannelRef } from "../../protocol/names.ts";
import type { OutputOf } from "../../protocol/operations/catalogue.ts";
import type { Client } from "../client.ts";
import { askJson, type MediaContext, mediaTimings } from "./context.ts";
import { download } from "./download.ts";
import type { Download, Upload } from "./options.ts";
import { persist, within } from "./retry.ts";
import { upload } from "./upload.ts";

/** A file of the service. `media` is its id, which is good for its audience only: the owner, until it is addressed. */
export type MediaInfo = OutputOf<"media.info">;

/** Who may use a media id. A channel's name alone is that of a message channel; `chat` names the other of a chat of two, and it is for both; `group` and `thread` are for those who are in it when they read it. */
export type MediaAudience =
  | { readonly user: string }
  | { readonly channel: string | ChannelRef }
  | { readonly chat: string }
  | { readonly group: string }
  | { readonly thread: string };

export interface MediaOptions {
  /** Multiplies the time-outs. */
  readonly scale?: number;
}

export interface Media {
  /** Up to 30 MB, kept for seven days. Goes on by itself after a cut. */
  upload(file: Blob | BufferSource, options?: Upload): Promise<MediaInfo>;
  download(media: string, options?: Download): Promise<Blob>;
  info(media: string): Promise<MediaInfo>;
  /** A media id of the same file for somebody else: what a message to them carries. */
  addressed(media: string, to: MediaAudience): Promise<string>;
  /** A JPEG of at most this width (64 to 512, in steps of 64). */
  thumbnail(media: string, width: number, options?: { readonly signal?: AbortSignal }): Promise<Blob>;
  /** Removes the file, whatever ids it has: for who uploaded it. */
  remove(media: string): Promise<void>;
}

/**
 * Files and images.
 *
 * @example
 * const files = media(me);
 * const { media: id } = await files.upload(photo, { name: "cat.jpg" });
 * await me.send("bob", await files.addressed(id, { user: "bob" }));
 */
export function media(client: Pick<Client, "fetch">, { scale = 1 }: MediaOptions = {}): Media {
  const context: MediaContext = { client, timings: mediaTimings(scale) };
  const { timings } = context;
  const path = (media: string, rest = "") => `/v1/media/${encodeURIComponent(media)}${rest}`;
  return {
    upload: (file, options = {}) => upload(context, file instanceof Blob ? file : new Blob([file]), options),
    download: (media, options = {}) => download(context, path(media), options),
    info: (media) => persist(() => askJson<MediaInfo>(context, "GET", path(media, "/info")), timings, undefined),
    async addressed(media, to) {
      const audience = "channel" in to && typeof to.channel === "string" ? { channel: { type: "message", name: to.channel } } : to;
      const { media: addressed } = await persist(() => askJson<{ media: string }>(context, "POST", path(media, "/address"), audience), timings, undefined);
      return addressed;
    },
    thumbnail: (media, width, { signal } = {}) =>
      persist(async () => (await client.fetch(path(media, `/thumbnail?width=${width}`), { signal: within(timings.stallMs, signal) })).blob(), timings, signal),
    async remove(media) {
      await persist(() => askJson(context, "DELETE", path(media)), timings, undefined);
    },
  };
}
