import { describe, expect, it } from "vitest";
import { checkCall } from "../../../src/server/call-dispatch.ts";
import type { Caller } from "../../../src/server/trust.ts";

const ada: Caller = { kind: "user", app: "a", user: "ada", rights: "all" };
const server: Caller = { kind: "server", app: "a" };

describe("a call at any door", () => {
  it.each(["", "nothing", "__proto__", "constructor", "toString"])("[OP8] %j is no operation", (op) => {
    expect(checkCall(op, {}, ada)).toMatchObject({ ok: false, error: { code: "unknown_operation" } });
  });

  it("[OP9] a user that names nobody means itself; a server has to say whom", () => {
    expect(checkCall("user-attributes.get", {}, ada)).toMatchObject({ ok: true, value: { input: { user: "ada" } } });
    expect(checkCall("user-attributes.get", { user: "grace" }, ada)).toMatchObject({ ok: true, value: { input: { user: "grace" } } });
    expect(checkCall("user-attributes.get", {}, server)).toMatchObject({ error: { code: "bad_request", field: "user" } });
  });

  it("[OP3] own means own", () => {
    expect(checkCall("user-attributes.clear", { user: "grace" }, ada)).toMatchObject({ error: { code: "forbidden", field: "user" } });
    expect(checkCall("user-attributes.clear", { user: "grace" }, server).ok).toBe(true);
    expect(checkCall("user.history", {}, ada)).toMatchObject({ value: { input: { user: "ada" } } });
  });

  it("[OP4] `from` is a name for servers, and a time in history for everyone", () => {
    const channel = { type: "message", name: "lobby" };
    expect(checkCall("channel.publish", { channel, data: "x", from: "grace" }, ada)).toMatchObject({ error: { code: "forbidden", field: "from" } });
    expect(checkCall("channel.publish", { channel, data: "x", from: "grace" }, server).ok).toBe(true);
    expect(checkCall("channel.history", { channel, from: 5 }, ada).ok).toBe(true);
  });

  it("[OP10] operations for nobody in particular are for all, others for those they name", () => {
    expect(checkCall("session.ticket", { app: "a", user: "ada", token: "t" }, { kind: "anyone" }).ok).toBe(true);
    expect(checkCall("settings.get", {}, { kind: "anyone" })).toMatchObject({ error: { code: "forbidden" } });
    expect(checkCall("session.logout", {}, server)).toMatchObject({ error: { code: "forbidden" } });
    expect(checkCall("session.logout", {}, ada).ok).toBe(true);
  });
});
