import { type Content, textOf } from "../../client/chat/index.ts";
import type { Language, Say } from "./words.ts";

const DAY_MS = 24 * 3_600_000;
const localeOf = (language: Language): string => (language === "zh" ? "zh-CN" : "en-GB");

/** Making a format is dear, and a list has many times. */
const formats = new Map<string, Intl.DateTimeFormat>();
function format(language: Language, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const name = language + JSON.stringify(options);
  const known = formats.get(name);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat(localeOf(language), options);
  formats.set(name, made);
  return made;
}

const startOfDay = (ms: number): number => new Date(ms).setHours(0, 0, 0, 0);

export const clock = (ms: number, language: Language): string => format(language, { hour: "2-digit", minute: "2-digit", hour12: false }).format(ms);

export function day(ms: number, language: Language, say: Say, now = Date.now()): string {
  const days = Math.round((startOfDay(now) - startOfDay(ms)) / DAY_MS);
  if (days === 0) return say("today");
  if (days === 1) return say("yesterday");
  if (days > 1 && days < 7) return format(language, { weekday: "long" }).format(ms);
  const thisYear = new Date(ms).getFullYear() === new Date(now).getFullYear();
  return format(language, { day: "numeric", month: "long", ...(!thisYear && { year: "numeric" }) }).format(ms);
}

/** In a list: the time of today, else the day. */
export function when(ms: number, language: Language, say: Say, now = Date.now()): string {
  const days = Math.round((startOfDay(now) - startOfDay(ms)) / DAY_MS);
  if (days <= 0) return clock(ms, language);
  if (days === 1) return say("yesterday");
  if (days < 7) return format(language, { weekday: "short" }).format(ms);
  return format(language, { day: "numeric", month: "numeric", year: "2-digit" }).format(ms);
}

export const sameDay = (a: number, b: number): boolean => startOfDay(a) === startOfDay(b);

export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function size(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

export const membersOf = (count: number, say: Say): string => (count === 1 ? say("oneMember") : say("memberCount", { count }));

/** A message in one line. */
export function preview(content: Content | undefined, say: Say): string {
  if (content === undefined) return "";
  switch (content.type) {
    case "text":
      return content.text;
    case "audio":
      return `🎙 ${say("audio")}${content.durationMs === undefined ? "" : ` ${duration(content.durationMs)}`}`;
    case "image":
      return `🖼 ${say("image")}`;
    case "video":
      return `🎬 ${say("video")}`;
    case "file":
      return `📎 ${textOf(content) || say("file")}`;
    case "location":
      return `📍 ${textOf(content) || say("location")}`;
    case "combined":
      return content.title || say("combined");
    case "custom":
    case "command":
      return say("custom");
  }
}
