import { describe, expect, it } from "vitest";
import { Conversation } from "../../../src/demo/chat/conversation.ts";
import type { Delivery, TextEntry } from "../../../src/demo/chat/entry.ts";

const entry = (text: string, time: number, delivery?: Delivery): TextEntry => ({
  kind: "text",
  key: text,
  from: "ada",
  mine: delivery !== undefined,
  time,
  missed: false,
  text,
  ...(delivery !== undefined && { delivery }),
});
const said = (conversation: Conversation): string[] => conversation.entries.map(({ key }) => key);

describe("a conversation", () => {
  it("[DM23] shows what the service has in its order, and the rest last", () => {
    const room = new Conversation("room", "lobby");
    const mine = entry("mine", 5, { at: "sending" });
    const failed = entry("failed", 1, { at: "failed", why: "" });
    for (const one of [entry("first", 10), mine, failed]) room.add(one);
    room.place(entry("second", 20));
    expect(said(room)).toEqual(["first", "second", "mine", "failed"]);
    mine.delivery = { at: "sent" };
    mine.time = 15;
    room.place(mine);
    expect(said(room)).toEqual(["first", "mine", "second", "failed"]);
  });

  it("[DM16] shows each message once", () => {
    const room = new Conversation("room", "lobby");
    room.add(entry("a", 1));
    room.add(entry("a", 1));
    room.place(entry("a", 1));
    expect(said(room)).toEqual(["a"]);
  });

  it("[DM23] lets the oldest go beyond five hundred", () => {
    const room = new Conversation("room", "lobby");
    for (let time = 0; time < 600; time++) room.add(entry(`m${time}`, time));
    expect(room.entries.length).toBe(500);
    expect(said(room)[0]).toBe("m100");
  });
});
