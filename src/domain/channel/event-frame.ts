import { type Frame, joinBinary } from "../../protocol/frame.ts";
import type { Page } from "../stream/page.ts";

type PageContent = Pick<Page, "last" | "items" | "bin">;

/** An event message as text; its payloads, if any, go behind the header. */
export function eventsText(stream: string, epoch: string, after: number, upTo: number, items: string): string {
  return `{"type":"events","stream":${JSON.stringify(stream)},"epoch":"${epoch}","after":${after},"upTo":${upTo},"items":[${items}]}`;
}

/** One frame for everybody: the page's messages, and notices that ride along. */
export function pageFrame(stream: string, epoch: string, page: Page | undefined, notices: readonly string[]): Frame {
  const messages = page === undefined ? notices : [eventsText(stream, epoch, page.first - 1, page.last, page.items), ...notices];
  const text = messages.length === 1 ? (messages[0] as string) : `[${messages.join(",")}]`;
  return page?.bin === undefined ? text : joinBinary(text, [page.bin]);
}

/** One frame of several pages that follow `after`, and of notices. The first may start before it: readers drop what they have. */
export function joinedFrame(stream: string, epoch: string, after: number, pages: readonly PageContent[], notices: readonly string[]): Frame {
  const last = pages.at(-1);
  const messages = last === undefined ? notices : [eventsText(stream, epoch, after, last.last, pages.map((page) => page.items).join(",")), ...notices];
  const text = messages.length === 1 ? (messages[0] as string) : `[${messages.join(",")}]`;
  const payloads = pages.flatMap((page) => (page.bin === undefined ? [] : [page.bin]));
  return payloads.length === 0 ? text : joinBinary(text, payloads);
}

/** Frames that bring a reader from `after` to the last of `pages`. The first page may start before `after`; the reader drops what it has. */
export function replayFrames(stream: string, epoch: string, after: number, pages: readonly (PageContent & Pick<Page, "bytes">)[], frameBytes: number): Frame[] {
  const frames: Frame[] = [];
  let position = after;
  let group: PageContent[] = [];
  let bytes = 0;
  const close = (): void => {
    const last = group.at(-1);
    if (last === undefined) return;
    const text = eventsText(stream, epoch, position, last.last, group.map((page) => page.items).join(","));
    const payloads = group.flatMap((page) => (page.bin === undefined ? [] : [page.bin]));
    frames.push(payloads.length === 0 ? text : joinBinary(text, payloads));
    position = last.last;
    group = [];
    bytes = 0;
  };
  for (const page of pages) {
    if (bytes > 0 && bytes + page.bytes > frameBytes) close();
    group.push(page);
    bytes += page.bytes;
  }
  close();
  return frames;
}
