import { describe, expect, it } from "vitest";
import { type Stub, type Tiny, type TinyClasses, type TinySocket, tinyPlatform } from "./tiny.ts";

const TABLE = "CREATE TABLE IF NOT EXISTS said (n INTEGER NOT NULL)";
const SEEDS = Array.from({ length: 60 }, (_, seed) => seed);

/** Keeps what it is told, in rows; tells another object of it. */
const keeper: TinyClasses = (world, Base) => {
  const { WebSocketPair, WebSocketRequestResponsePair } = world;
  class Keeper extends Base {
    constructor(...given: ConstructorParameters<typeof Base>) {
      super(...given);
      this.ctx.storage.sql.exec(TABLE);
      this.ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    }

    add(n: number): number {
      this.ctx.storage.sql.exec("INSERT INTO said (n) VALUES (?)", n);
      return n;
    }

    async addAndTell(n: number): Promise<void> {
      this.add(n);
      await this.env.CHANNEL.getByName("b").add?.(n);
    }

    async tellMany(many: number): Promise<number> {
      const stub: Stub = this.env.CHANNEL.getByName("b");
      const told = await Promise.allSettled(Array.from({ length: many }, (_, n) => stub.add?.(n + 1)));
      return told.filter(({ status }) => status === "fulfilled").length;
    }

    said(): number[] {
      return this.ctx.storage.sql
        .exec("SELECT n FROM said ORDER BY rowid")
        .toArray()
        .map(({ n }) => Number(n));
    }

    addLater(n: number, ms: number): void {
      world.setTimeout(() => this.add(n), ms);
    }

    ringIn(ms: number): void {
      void this.ctx.storage.setAlarm(world.Date.now() + ms);
    }

    async alarm(): Promise<void> {
      this.add(1);
      await this.env.CHANNEL.getByName("b").add?.(1);
      if (this.said().length < 3) throw new Error("not yet");
    }

    fetch(): Response {
      const { 0: client, 1: socket } = new WebSocketPair();
      this.ctx.acceptWebSocket(socket);
      socket.serializeAttachment({ heard: 0 });
      return new world.Response(null, { status: 101, webSocket: client });
    }

    webSocketMessage(socket: TinySocket): void {
      const { heard } = socket.deserializeAttachment() as { heard: number };
      socket.serializeAttachment({ heard: heard + 1 });
      socket.send(`${heard + 1} of ${this.ctx.getWebSockets().length}`);
    }
  }
  return { UserObject: Keeper, ChannelObject: class extends Keeper {} };
};

const MINUTE_MS = 60_000;

async function saidIn({ call, scheduler }: Tiny, className: string, name: string): Promise<unknown[]> {
  const outcome = call(className, name, "said");
  await scheduler.runUntil(scheduler.now + 500);
  return Array.isArray(outcome.ok) ? outcome.ok : [];
}

/** A client that notes what it hears. */
function listener(tiny: Tiny): { readonly heard: string[]; say(frame: string): void } {
  const heard: string[] = [];
  const link = tiny.platform.open("ws://wigwag/", [], {
    opened: () => heard.push("opened"),
    message: (frame) => heard.push(String(frame)),
    closing: (code) => heard.push(`closed ${code}`),
    dropped: () => heard.push("dropped"),
  });
  return { heard, say: (frame) => link.up(frame) };
}

describe("the simulated platform", () => {
  it("[SM6] an answer, and a call to another object, is out only when what was written before it is durable", { timeout: MINUTE_MS }, async () => {
    const seen = new Set<string>();
    for (const seed of SEEDS) {
      const tiny = tinyPlatform(keeper, seed);
      const told = tiny.call("UserObject", "a", "addAndTell", 7);
      const answered = tiny.call("UserObject", "a", "add", 8);
      await tiny.scheduler.runUntil((seed / SEEDS.length) * 6);
      tiny.platform.host("UserObject", "a").crash();
      await tiny.scheduler.runUntil(1_000);
      const kept = await saidIn(tiny, "UserObject", "a");
      if (answered.ok !== undefined) expect(kept, `seed ${seed}`).toContain(8);
      if ((await saidIn(tiny, "ChannelObject", "b")).includes(7)) expect(kept, `seed ${seed}`).toContain(7);
      seen.add(`${kept.length} ${answered.ok !== undefined} ${told.error !== undefined}`);
      tiny.platform.close();
    }
    // Lost with its answer, durable without one, and durable with one: each order was there.
    expect([...seen].some((one) => one.startsWith("0 false"))).toBe(true);
    expect([...seen].some((one) => one.startsWith("2 true"))).toBe(true);
  });

  it("[SM7] a timer dies with its object, and keeps it awake as long as it stands", { timeout: MINUTE_MS }, async () => {
    const tiny = tinyPlatform(keeper);
    const host = tiny.platform.host("UserObject", "a");
    tiny.call("UserObject", "a", "addLater", 1, 500);
    await tiny.scheduler.runUntil(400);
    expect(host.hibernate()).toBe(false);
    host.crash();
    await tiny.scheduler.runUntil(1_000);
    tiny.call("UserObject", "a", "addLater", 2, 500);
    await tiny.scheduler.runUntil(2_000);
    expect(await saidIn(tiny, "UserObject", "a")).toEqual([2]);
    expect(host.hibernate()).toBe(true);
    expect(host.isAwake).toBe(false);
    tiny.platform.close();
  });

  it("[SM7] sockets outlive an eviction with their attachments, answer pings in their sleep, and end with a crash", { timeout: MINUTE_MS }, async () => {
    const tiny = tinyPlatform(keeper);
    const host = tiny.platform.host("UserObject", "a");
    const { heard, say } = listener(tiny);
    await tiny.scheduler.runUntil(500);
    say("hello");
    await tiny.scheduler.runUntil(1_000);
    expect(host.hibernate()).toBe(true);
    say("ping");
    await tiny.scheduler.runUntil(1_500);
    expect(host.isAwake).toBe(false);
    say("hello");
    await tiny.scheduler.runUntil(2_000);
    host.crash();
    await tiny.scheduler.runUntil(3_000);
    expect(heard).toEqual(["opened", "1 of 1", "pong", "2 of 1", "dropped"]);
    expect(host.openSockets).toBe(0);
    tiny.platform.close();
  });

  it("[SM9] an alarm rings again after it threw, and after a crash in the middle of it", { timeout: MINUTE_MS }, async () => {
    for (const seed of SEEDS.slice(0, 30)) {
      const tiny = tinyPlatform(keeper, seed);
      tiny.call("UserObject", "a", "ringIn", 100);
      // In the middle of it, it waits for another object.
      await tiny.scheduler.runUntil(100 + seed);
      tiny.platform.host("UserObject", "a").crash();
      await tiny.scheduler.runUntil(60_000);
      const rung = (await saidIn(tiny, "UserObject", "a")).length;
      // It asks for as many as leave three rows.
      expect(rung, `seed ${seed}`).toBeGreaterThanOrEqual(3);
      expect(tiny.platform.thrown.every(({ where }) => where === "a alarm")).toBe(true);
      tiny.platform.close();
    }
  });

  it("[SM10] calls over one stub arrive in order, and break together", { timeout: MINUTE_MS }, async () => {
    const lengths = new Set<number>();
    for (const seed of SEEDS.slice(0, 30)) {
      const tiny = tinyPlatform(keeper, seed);
      tiny.platform.conditions.callsLost = seed % 2 === 0 ? 0 : 0.03;
      const outcome = tiny.call("UserObject", "a", "tellMany", 20);
      await tiny.scheduler.runUntil(5_000);
      const arrived = await saidIn(tiny, "ChannelObject", "b");
      expect(arrived).toEqual(Array.from({ length: arrived.length }, (_, n) => n + 1));
      expect(Number(outcome.ok)).toBeLessThanOrEqual(arrived.length);
      if (seed % 2 === 0) expect(outcome.ok).toBe(20);
      lengths.add(arrived.length);
      tiny.platform.close();
    }
    expect(lengths.size).toBeGreaterThan(2);
  });
});
