import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { StreamMessage } from "../../../src/protocol/messages/message.ts";
import { channelStream } from "../../../src/protocol/names.ts";
import { connected, heard } from "../../support/connected.ts";
import { EPOCH, type FakeService, type FakeSocket } from "../../support/fake-service.ts";

const STREAM = channelStream({ type: "message", name: "lobby" });

/** What happens to a publish: it gets through, or its socket is lost before, or after, the channel took it. */
type Fate = "through" | "lost-before" | "lost-after";

/** A channel that keeps its log and knows duplicates, on either kind of path. */
function channelWithLog(service: FakeService, fates: Fate[]): StreamMessage[] {
  const log: StreamMessage[] = [];
  const send = (socket: FakeSocket, after: number) =>
    socket.push({ type: "events", stream: STREAM, epoch: EPOCH, after, upTo: log.length, items: log.slice(after) });

  service.greet = (socket) => {
    const [, position] = socket.query("position").split(".");
    if (socket.kind === "session") return socket.welcome();
    const after = position === undefined ? log.length : Number(position);
    socket.welcome(position === undefined ? { seq: after } : { seq: after, recovered: true });
    if (after < log.length) send(socket, after);
  };
  service.on("channel.join", ({ input }, socket) => {
    if (input.via === "direct") {
      return {
        ok: { via: "direct", path: "/v1/channel?user=alice&device=default&type=message&name=lobby", ticket: "t", expiresAt: 8e15 },
      };
    }
    const position = input.position as { seq: number } | undefined;
    if (position !== undefined && position.seq < log.length) send(socket, position.seq);
    return { ok: { via: "session", stream: STREAM, epoch: EPOCH, seq: log.length, members: 1, ...(position && { recovered: true }) } };
  });
  service.on("channel.publish", ({ id, input }, socket) => {
    const fate = fates.shift() ?? "through";
    if (fate === "lost-before") return void socket.drop();
    const known = log.findLast((message) => message.id >= id);
    if (known === undefined) log.push({ from: "alice", device: "default", id, ts: 1, seq: log.length + 1, data: input.data as string });
    if (fate === "lost-after") return void socket.drop();
    const place = log.find((message) => message.id === id);
    if (known === undefined) send(socket, log.length - 1);
    if (known === undefined && socket.kind === "channel") return undefined;
    return { ok: place ? { epoch: EPOCH, seq: place.seq, ts: 1 } : { epoch: EPOCH, duplicate: true } };
  });
  return log;
}

describe("sockets that are lost", () => {
  it.each([false, true])("[SD46] cost no publish, no order and no message (singleSocket %s)", async (singleSocket) => {
    const fate = fc.constantFrom<Fate>("through", "through", "lost-before", "lost-after");
    const property = fc.asyncProperty(fc.array(fate, { maxLength: 12 }), fc.array(fc.nat(3), { minLength: 1, maxLength: 8 }), async (fates, bursts) => {
      const { environment, service, me } = await connected({ singleSocket });
      const log = channelWithLog(service, fates);
      const room = await me.join("lobby");
      const messages = heard(room, "message");
      const gaps = heard(room, "gap");
      const published: Promise<unknown>[] = [];
      const wanted: string[] = [];
      for (const size of bursts) {
        for (let n = 0; n < size; n++) {
          wanted.push(`m${wanted.length}`);
          published.push(room.publish(`m${wanted.length - 1}`, { timeoutMs: 3_600_000 }));
        }
        await environment.advance(200);
      }
      await environment.advance(600_000);
      await Promise.all(published);
      expect(log.map(({ data }) => data)).toEqual(wanted);
      expect(messages.map(({ data }) => data)).toEqual(wanted);
      expect(gaps).toEqual([]);
      me.close();
      expect(environment.pendingTimers).toBe(0);
    });
    await fc.assert(property, { numRuns: 60 });
  });
});
