import { describe, expect, it } from "vitest";
import { connected, heard, login, world } from "../../support/connected.ts";
import { FakePage, settle } from "../../support/fake-environment.ts";
import { eventFrame, FIRST_ID, item, refuse } from "../../support/fake-service.ts";

describe("connecting", () => {
  it("[SD1] opens the session with identity in the query and the token in the sub-protocol", async () => {
    const { me, service } = await connected({ kind: "web" });
    expect(service.session.url.href).toMatch(/^wss:\/\/signal\.test\/v1\/session\?/);
    expect(Object.fromEntries(service.session.url.searchParams)).toEqual({
      app: "a".repeat(32),
      user: "alice",
      device: "default",
      kind: "web",
      instance: "unique-1",
      keepAlive: "10000",
    });
    expect(service.session.protocols[0]).toBe("wigwag.v1");
    expect(service.session.secret).toBe("secret");
    expect([me.user, me.device, me.state]).toEqual(["alice", "default", "connected"]);
  });

  it("[SD1] keeps the instance over reconnects", async () => {
    const { environment, service } = await connected();
    service.session.drop();
    await environment.advance(300);
    expect(service.sockets.map((socket) => socket.query("instance"))).toEqual(["unique-1", "unique-1"]);
  });

  it("[SD2] exchanges a token that is too large for a header", async () => {
    const there = world();
    there.environment.answerPost = () => ({ status: 200, body: { ticket: "small", expiresAt: 1 } });
    const token = "x".repeat(9000);
    await login(there, { token });
    expect(there.environment.posts).toEqual([{ url: "https://signal.test/v1/ticket", body: { app: "a".repeat(32), user: "alice", token } }]);
    expect(there.service.session.secret).toBe("small");
  });

  it("[SD3] rejects with the reason when told to stay away", async () => {
    const there = world();
    there.service.greet = (socket) => socket.drop(4202, "app unknown");
    await expect(login(there)).rejects.toMatchObject({ code: "app_unknown", closeCode: 4202, retry: "never" });
    expect(there.environment.pendingTimers).toBe(0);
    expect(there.environment.released).toBe(1);
  });

  it("[SD3] rejects after the login time-out, while it is told to come back", async () => {
    const there = world();
    there.service.greet = (socket) => socket.drop(4003, "overloaded");
    const outcome = login(there).catch((error: unknown) => error);
    await there.environment.advance(12_000);
    expect(await outcome).toMatchObject({ code: "overloaded", closeCode: 4003 });
    expect(there.environment.pendingTimers).toBe(0);
  });
});

describe("reconnecting", () => {
  it("[SD4] comes back within the server's spread, then with full jitter, doubling to the cap, for ever", async () => {
    const { environment, service, me } = await connected();
    environment.chance = 0.999999;
    service.greet = (socket) => socket.drop(1006, "");
    const opened = () => service.sockets.length;
    service.session.drop();
    const waits: number[] = [];
    for (let n = 0; n < 10; n++) {
      const before = environment.now();
      const count = opened();
      while (opened() === count) await environment.advance(100);
      waits.push(environment.now() - before);
    }
    expect(waits.slice(0, 4)).toEqual([300, 600, 1200, 2400]);
    expect(waits.slice(-2)).toEqual([30_000, 30_000]);
    expect(me.state).toBe("reconnecting");
  });

  it("[SD4] forgets the backoff only after a stable time", async () => {
    const { environment, service } = await connected();
    environment.chance = 0.999999;
    const reopened = async () => {
      const before = environment.now();
      const count = service.sockets.length;
      service.session.drop();
      while (service.sockets.length === count) await environment.advance(50);
      return environment.now() - before;
    };
    expect([await reopened(), await reopened(), await reopened()]).toEqual([300, 600, 1200]);
    await environment.advance(10_000);
    expect(await reopened()).toBe(300);
  });

  it("[SD5] asks the token callback before every login, and again when the token has expired", async () => {
    let n = 0;
    const { environment, service, me } = await connected({ token: () => Promise.resolve(`token ${++n}`) });
    service.session.drop(4100, "token expired");
    await environment.advance(300);
    expect(me.state).toBe("connected");
    expect(service.sockets.map((socket) => socket.secret)).toEqual(["token 1", "token 2"]);
  });

  it("[SD5] asks again when the callback fails, or never answers", async () => {
    const answers = [Promise.resolve("1"), Promise.reject(new Error("no network")), new Promise<string>(() => {}), Promise.resolve("4")];
    answers[1]?.catch(() => {});
    const { environment, service, me } = await connected({ token: () => answers.shift() ?? "more" });
    const errors = heard(me, "error");
    service.session.drop();
    await environment.advance(600);
    expect(errors).toMatchObject([{ code: "unavailable", field: "token" }]);
    await environment.advance(14_000);
    expect([me.state, service.session.secret]).toEqual(["connected", "4"]);
  });

  it("[SD5] closes with the reason when a fixed token has expired", async () => {
    const { service, me, environment } = await connected();
    const states = heard(me, "state");
    service.session.drop(4100, "token expired");
    expect(states).toEqual([{ state: "closed", previous: "connected", reason: "token expired", code: 4100 }]);
    expect(environment.pendingTimers).toBe(0);
  });

  it("[SD5] uses a renewed token for the next login", async () => {
    const { environment, service, me } = await connected();
    await me.renewToken("newer");
    service.session.drop(4100, "token expired");
    await environment.advance(300);
    expect([me.state, service.session.secret]).toEqual(["connected", "newer"]);
  });

  it("[SD6] closes for good and rejects what is pending when told to stay away", async () => {
    const { service, me } = await connected();
    service.on("peer.send", () => undefined);
    const sent = me.send("bob", "hi");
    await settle();
    service.session.drop(4203, "logged in elsewhere");
    await expect(sent).rejects.toMatchObject({ code: "closed", closeCode: 4203, message: "logged in elsewhere" });
    await expect(me.send("bob", "hi")).rejects.toMatchObject({ code: "closed" });
    expect(me.state).toBe("closed");
  });

  it("[SD7] stays until its turn when the service goes away, then comes back", async () => {
    const { environment, service } = await connected();
    const first = service.session;
    first.push({ type: "goaway", reason: "deploy", retryAfterMs: 1000 });
    await environment.advance(499);
    expect(first.closed).toBeUndefined();
    await environment.advance(1);
    expect(first.closed?.reason).toBe("deploy");
    expect(service.sockets).toHaveLength(2);
  });

  it("[SD8] tells a malformed frame as an error and comes back", async () => {
    const { environment, service, me } = await connected();
    const errors = heard(me, "error");
    for (const frame of ["{", "[1]", '{"type":"events","stream":"inbox"}', '{"type":"reply","id":"x"}', new Uint8Array([0, 0, 0, 9, 1])]) {
      service.session.raw(frame);
      expect(errors.at(-1)).toMatchObject({ code: "bad_frame" });
      expect(me.state).toBe("reconnecting");
      await environment.advance(30_000);
      expect(me.state).toBe("connected");
    }
    expect(errors).toHaveLength(5);
  });

  it("[SD8] lets messages and notices of an unknown kind pass", async () => {
    const { service, me } = await connected();
    service.session.raw('[{"type":"weather"},{"type":"notice","name":"constructor"},{"type":"notice","name":"new.thing"}]');
    expect(me.state).toBe("connected");
  });
});

describe("signs of life", () => {
  it("[SD9] pings at the keep-alive and gives up a link that stays silent", async () => {
    const { environment, service, me } = await connected();
    await environment.advance(30_000);
    expect([service.session.pings, me.state]).toEqual([4, "connected"]);
    const states = heard(me, "state");
    service.session.dead = true;
    await environment.advance(22_500);
    expect(states[0]).toMatchObject({ state: "reconnecting", code: 4002 });
  });

  it("[SD9] checks the link at once after a sleep", async () => {
    const { environment, service, me } = await connected();
    service.session.dead = true;
    await environment.sleep(3_600_000);
    const states = heard(me, "state");
    await environment.advance(2_500);
    expect(states[0]).toMatchObject({ state: "reconnecting" });
  });

  it("[SD9] checks the link, and does not wait to reconnect, when the page wakes", async () => {
    const page = new FakePage();
    const { environment, service, me } = await connected({}, page);
    page.wake();
    expect(service.session.pings).toBe(2);
    service.session.drop();
    expect(me.state).toBe("reconnecting");
    page.wake();
    await settle();
    expect(me.state).toBe("connected");
    me.close();
    expect([page.listeners, environment.pendingTimers]).toEqual([0, 0]);
  });

  it("[SD10] announces a longer keep-alive while the page is hidden", async () => {
    const page = new FakePage();
    const { environment, service } = await connected({}, page);
    page.setHidden(true);
    await settle();
    expect(service.session.calls("session.keep-alive").map(({ input }) => input)).toEqual([{ keepAliveMs: 60_000 }]);
    await environment.advance(59_000);
    expect(service.session.pings).toBe(1);
    page.setHidden(false);
    await settle();
    expect(service.session.calls("session.keep-alive").map(({ input }) => input.keepAliveMs)).toEqual([60_000, 10_000]);
    page.setHidden(true);
    service.session.drop();
    await environment.advance(300);
    expect(service.session.query("keepAlive")).toBe("60000");
  });
});

describe("peer messages", () => {
  const push = (id: number, facts: object = {}) => ({ type: "message" as const, from: "bob", device: "b1", id, ts: 1, data: `p${id}`, ...facts });

  it("[SD11] tells a pushed message once and gives one receipt per tick, for repeats as well", async () => {
    const { service, me } = await connected();
    const messages = heard(me, "message");
    service.session.push(push(1), push(2, { customType: "t" }), push(1));
    await settle();
    expect(messages).toEqual([
      { from: "bob", device: "b1", id: 1, ts: 1, data: "p1", waited: false },
      { from: "bob", device: "b1", id: 2, ts: 1, data: "p2", waited: false, customType: "t" },
    ]);
    const key = (id: number): [string, string, number] => ["bob", "b1", id];
    expect(service.session.messages).toEqual([{ type: "received", messages: [key(1), key(2), key(1)] }]);
  });

  it("[SD11] tells one that comes late by another path, and bytes as bytes", async () => {
    const { service, me } = await connected();
    const messages = heard(me, "message");
    service.session.push(push(9), eventFrame("inbox", 0, 1, { items: [item(1, { id: 4, data: new Uint8Array([1, 2]) })] }));
    expect(messages.map(({ id, waited, data }) => [id, waited, data])).toEqual([
      [9, false, "p9"],
      [4, true, new Uint8Array([1, 2])],
    ]);
  });

  it("[SD11] tells what comes with the first welcome to who listens as soon as it is connected", async () => {
    const there = world();
    there.service.greet = (socket) => {
      socket.welcome();
      socket.push(push(1), eventFrame("inbox", 0, 1, { items: [item(1, { id: 2 })] }));
    };
    const messages = heard(await login(there), "message");
    await there.environment.advance(0);
    expect(messages.map(({ id }) => id)).toEqual([1, 2]);
  });

  it("[SD12] acknowledges the inbox within 100 ms after the listeners have it, also what it already has", async () => {
    const { environment, service, me } = await connected();
    const messages = heard(me, "message");
    service.session.push(eventFrame("inbox", 0, 2));
    service.session.push(eventFrame("inbox", 2, 3));
    await environment.advance(100);
    expect(service.session.messages).toEqual([{ type: "ack", stream: "inbox", upTo: 3 }]);
    service.session.drop();
    await environment.advance(300);
    // The service had not heard the acknowledgement: its welcome says 0.
    service.session.push(eventFrame("inbox", 0, 3));
    await environment.advance(100);
    expect(service.session.messages).toEqual([{ type: "ack", stream: "inbox", upTo: 3 }]);
    expect(messages).toHaveLength(3);
  });

  it("[SD12] comes back for what is missing in the inbox", async () => {
    const { environment, service, me } = await connected();
    const messages = heard(me, "message");
    service.session.push(eventFrame("inbox", 4, 5));
    expect(me.state).toBe("reconnecting");
    await environment.advance(300);
    service.session.push(eventFrame("inbox", 0, 5));
    expect(messages.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5]);
  });

  it("[SD13] tells what an overflowing inbox has lost, and goes on behind it", async () => {
    const { service, me } = await connected();
    const truncated = heard(me, "truncated");
    service.session.push({ type: "notice", name: "inbox.truncated", from: 1, to: 4 }, eventFrame("inbox", 4, 5));
    expect([truncated, me.state]).toEqual([[{ from: 1, to: 4 }], "connected"]);
  });
});

describe("ending", () => {
  it("[SD14] leaves no timer behind after close, and rejects what is pending", async () => {
    const { environment, service, me } = await connected();
    await me.join("lobby");
    service.on("user.devices", () => undefined);
    const pending = me.devices();
    service.session.push(eventFrame("inbox", 0, 1));
    me.close();
    await expect(pending).rejects.toMatchObject({ code: "closed" });
    expect([me.state, environment.pendingTimers, service.sockets.every((socket) => socket.closed)]).toEqual(["closed", 0, true]);
    expect(service.session.messages).toContainEqual({ type: "ack", stream: "inbox", upTo: 1 });
  });

  it("[SD14] ends a logout that cannot be told", async () => {
    const { environment, service, me } = await connected();
    service.on("session.logout", () => refuse("unavailable"));
    await me.logout();
    expect([me.state, service.session.closed?.reason, environment.pendingTimers]).toEqual(["closed", "logged out", 0]);
  });

  it("[SD15] lets a listener throw without stopping the others", async () => {
    const { service, me } = await connected();
    const errors = heard(me, "error");
    const off = me.on("presence", () => {
      throw new Error("mine");
    });
    const told = heard(me, "presence");
    const notice = { type: "notice" as const, name: "presence.changed" as const, users: [{ user: "bob", state: "ONLINE" as const }] };
    service.session.push(notice);
    off();
    service.session.push(notice);
    expect([told.length, errors.map(({ message }) => message)]).toEqual([2, ["mine"]]);
  });

  it("[SD16] gives ids above the first of the login, rising over reconnects", async () => {
    const { environment, service, me } = await connected();
    await me.send("bob", "1");
    service.session.drop();
    await environment.advance(300);
    await me.send("bob", "2");
    expect(service.sockets.flatMap((socket) => socket.requests.map(({ id }) => id))).toEqual([FIRST_ID + 1, FIRST_ID + 2]);
  });
});
