import type { InputOf, OperationName } from "../../protocol/operations/catalogue.ts";

type Examples = { readonly [Name in OperationName]?: InputOf<Name> };

/** One input per operation worth showing; a test keeps them valid. */
const examples: Examples = {
  "session.ticket": { app: "970ca35de60c44645bbae8a215061b33", user: "ada", token: "007eJxTYBB…" },
  "peer.send": { to: "grace", data: "Tea at four?", ifAbsent: "keep" },
  "channel.publish": { channel: { type: "message", name: "lobby" }, data: "Hello, everyone", store: true },
  "channel.members": { channel: { type: "message", name: "lobby" }, limit: 50 },
  "channel.member-count": {
    channels: [
      { type: "message", name: "lobby" },
      { type: "message", name: "kitchen" },
    ],
  },
  "channel.configure": { channel: { type: "message", name: "cursors" }, log: "memory" },
  "channel.history": { channel: { type: "message", name: "lobby" }, order: "newest-first", limit: 20 },
  "user.history": { user: "ada", limit: 20 },
  "user.kick": { user: "ada", device: "phone-1" },
  "user-attributes.set": { user: "ada", attributes: [{ key: "mood", value: "sunny" }] },
  "user-attributes.update": { user: "ada", attributes: [{ key: "mood", value: "cloudy" }] },
  "user-attributes.remove": { user: "ada", keys: ["mood"] },
  "channel-attributes.set": { channel: { type: "message", name: "lobby" }, attributes: [{ key: "topic", value: "tea" }], notify: true },
  "channel-attributes.update": { channel: { type: "message", name: "lobby" }, attributes: [{ key: "topic", value: "cake" }], notify: true },
  "channel-attributes.remove": { channel: { type: "message", name: "lobby" }, keys: ["topic"] },
  "channel-metadata.set": { channel: { type: "message", name: "lobby" }, items: [{ key: "seat-1", value: "ada", revision: 0 }], recordAuthor: true },
  "channel-metadata.update": { channel: { type: "message", name: "lobby" }, items: [{ key: "seat-1", value: "grace", revision: 1 }] },
  "channel-metadata.remove": { channel: { type: "message", name: "lobby" }, items: [{ key: "seat-1" }], majorRevision: 2 },
  "user-metadata.set": { user: "ada", items: [{ key: "level", value: "7" }] },
  "user-metadata.update": { user: "ada", items: [{ key: "level", value: "8" }], recordTime: true },
  "user-metadata.remove": { user: "ada", items: [{ key: "level" }] },
  "profile.update": { user: "ada", nickname: "Ada", custom: [{ key: "team", value: "engines" }] },
  "profile.query": { users: ["ada", "grace"] },
  "contact.invite": { user: "ada", contact: "grace", reason: "We met at tea" },
  "contact.remark": { user: "ada", contact: "grace", remark: "Amazing Grace" },
  "message.search": { user: "ada", text: "tea" },
  "message.export": { hour: "2026113023" },
  "presence.query": { users: ["ada", "grace"] },
  "settings.update": { devicePolicy: "newest-per-kind" },
  "app.create": { name: "Tea house" },
};

export const EXAMPLES: ReadonlyMap<string, Readonly<Record<string, unknown>>> = new Map(Object.entries(examples));
