import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { impatientTransport } from "../../../src/client/impatient/index.ts";
import type { Timers } from "../../../src/client/impatient/timers.ts";
import type { SocketEvents } from "../../../src/client/transport.ts";

const OPTIONS = { parallel: 3, paceMs: 100, attemptMs: 1_000, quietMs: 5_000, stallMs: 800 };

interface Opened {
  readonly attempt: number;
  readonly events: SocketEvents;
  readonly sent: string[];
  closedWith?: number;
}

/** A clock that goes on when told to. */
class Clock implements Timers {
  #now = 0;
  #due: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#now + ms, run };
    this.#due.push(timer);
    return () => {
      this.#due = this.#due.filter((other) => other !== timer);
    };
  }

  go(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#due.toSorted((a, b) => a.at - b.at).find(({ at }) => at <= until);
      if (next === undefined) break;
      this.#due = this.#due.filter((other) => other !== next);
      this.#now = next.at;
      next.run();
    }
    this.#now = until;
  }

  get pending(): number {
    return this.#due.length;
  }
}

function world() {
  const clock = new Clock();
  const sockets: Opened[] = [];
  const transport = impatientTransport(
    {
      open(url, _protocols, events) {
        const socket: Opened = { attempt: Number(new URL(url).searchParams.get("attempt")), events, sent: [] };
        sockets.push(socket);
        return {
          send: (frame) => void socket.sent.push(String(frame)),
          close: (code) => {
            socket.closedWith = code;
          },
        };
      },
    },
    OPTIONS,
    clock,
  );
  const told: string[] = [];
  const open = () =>
    transport.open("ws://service/v1/session?app=a", [], {
      opened: () => {},
      message: (frame) => told.push(String(frame)),
      closed: (code, reason) => told.push(`closed ${code} ${reason}`),
    });
  const socket = (index: number): Opened => {
    const found = sockets[index];
    if (found === undefined) throw new Error(`only ${sockets.length} sockets were opened`);
    return found;
  };
  return { clock, sockets, socket, told, open };
}

describe("an impatient transport opens", () => {
  it("[SD50] one socket where that brings something in time", () => {
    const { clock, sockets, socket, told, open } = world();
    open();
    clock.go(99);
    socket(0).events.message("welcome");
    clock.go(4_000);
    expect(sockets).toHaveLength(1);
    expect(told).toEqual(["welcome"]);
  });

  it("[SD50] the next one at its pace, a few at once, keeps the first that brings something, and closes the others without a goodbye", () => {
    const { clock, sockets, socket, told, open } = world();
    const link = open();
    clock.go(900);
    expect(sockets).toHaveLength(3);
    socket(1).events.message("welcome");
    socket(0).events.message("late");
    socket(2).events.closed(1006, "");
    link.send("hello");
    expect(told).toEqual(["welcome"]);
    expect(sockets.map(({ closedWith }) => closedWith)).toEqual([4000, undefined, 4000]);
    expect(socket(1).sent).toEqual(["hello"]);
    clock.go(200);
    expect(sockets).toHaveLength(3);
  });

  it("[SD51] another in place of one that brings nothing, with a higher number; those side by side have the same", () => {
    const { clock, sockets, socket, open } = world();
    const link = open();
    clock.go(1_050);
    expect(sockets.map(({ attempt }) => attempt)).toEqual([1, 1, 1, 2]);
    expect(socket(0).closedWith).toBe(4000);
    link.close(4000, "again");
    open();
    expect(socket(4).attempt).toBe(3);
  });

  it("[SD52] no more, once the application has closed it", () => {
    const { clock, sockets, told, open } = world();
    const link = open();
    clock.go(150);
    link.close(1000, "bye");
    expect(clock.pending).toBe(0);
    expect(sockets.map(({ closedWith }) => closedWith)).toEqual([4000, 4000]);
    expect(told).toEqual([]);
  });
});

describe("of sockets that fail, an impatient transport", () => {
  it("[SD52] passes over one while others run, and tells of the last", () => {
    const { clock, socket, told, open } = world();
    open();
    clock.go(150);
    socket(0).events.closed(4000, "another attempt was first");
    expect(told).toEqual([]);
    socket(1).events.closed(1006, "refused");
    expect(told).toEqual(["closed 1006 refused"]);
    expect(clock.pending).toBe(0);
  });

  it("[SD52] takes an order to stay away for all of them", () => {
    const { clock, socket, told, open } = world();
    open();
    clock.go(150);
    socket(1).events.closed(4201, "token invalid");
    expect(told).toEqual(["closed 4201 token invalid"]);
    expect(socket(0).closedWith).toBe(4000);
    expect(clock.pending).toBe(0);
  });
});

describe("an impatient transport that is connected", () => {
  function connected() {
    const all = world();
    const link = all.open();
    all.socket(0).events.message("welcome");
    return { ...all, link };
  }

  it("[SD53] asks when what was sent brings nothing back, and then gives the socket up", () => {
    const { clock, socket, told, link } = connected();
    link.send("hello");
    clock.go(799);
    expect(socket(0).sent).toEqual(["hello", "ping", "ping"]);
    expect(told).toEqual(["welcome"]);
    clock.go(1);
    expect(told).toEqual(["welcome", "closed 4002 nothing came back"]);
    expect(socket(0).closedWith).toBe(4000);
    expect(clock.pending).toBe(0);
  });

  it("[SD53] counts the time from the first thing that is owed, and anything that comes as an answer", () => {
    const { clock, socket, told, link } = connected();
    link.send("one");
    clock.go(700);
    link.send("two");
    socket(0).events.message("pong");
    link.send("three");
    clock.go(799);
    expect(told).toEqual(["welcome", "pong"]);
    clock.go(1);
    expect(told.at(-1)).toBe("closed 4002 nothing came back");
  });

  it("[SD53] asks a socket that has said nothing for long", () => {
    const { clock, socket, told } = connected();
    clock.go(5_000);
    expect(socket(0).sent).toEqual(["ping"]);
    socket(0).events.message("pong");
    clock.go(5_000);
    expect(told).toEqual(["welcome", "pong"]);
    clock.go(800);
    expect(told.at(-1)).toBe("closed 4002 nothing came back");
  });
});

describe("its bundle", () => {
  it("[SD54] weighs at most 2 kB gzipped", async () => {
    const { outputFiles } = await build({
      entryPoints: ["src/client/impatient/index.ts"],
      bundle: true,
      minify: true,
      write: false,
      format: "esm",
      target: "es2022",
      platform: "neutral",
    });
    expect(gzipSync(outputFiles[0]?.contents ?? new Uint8Array(), { level: 9 }).byteLength).toBeLessThanOrEqual(2 * 1024);
  });
});
