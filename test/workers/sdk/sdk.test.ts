import { exports } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { connect, type Transport } from "../../../src/client/index.ts";
import { buildToken } from "../../../src/client/token.ts";
import { DEV_APP, DEV_CERTIFICATE } from "../client.ts";

/** A Worker reaches a service through a binding: its sockets come from `fetch`, not from a constructor. */
const bound: Transport = {
  open(url, protocols, events) {
    let socket: WebSocket | undefined;
    const closed = (code: number, reason: string): void => {
      socket = undefined;
      events.closed(code, reason);
    };
    const upgrade = new Request(url.replace(/^ws/, "http"), { headers: { upgrade: "websocket", "sec-websocket-protocol": protocols.join(", ") } });
    exports.default
      .fetch(upgrade)
      .then((response) => {
        if (response.webSocket === null) return closed(1006, `status ${response.status}`);
        socket = response.webSocket;
        socket.binaryType = "arraybuffer";
        socket.addEventListener("message", ({ data }) => events.message(data));
        socket.addEventListener("close", ({ code, reason }) => closed(code, reason));
        socket.accept();
        events.opened();
      })
      .catch((error: unknown) => closed(1006, String(error)));
    return { send: (frame) => socket?.send(frame), close: (code, reason) => socket?.close(code, reason) };
  },
};

const login = (user: string) =>
  connect({
    url: "https://wigwag.test",
    app: DEV_APP,
    user,
    transport: bound,
    token: () => buildToken({ appId: DEV_APP, certificate: DEV_CERTIFICATE, userId: user, expireSeconds: 60 }),
  });

describe("the SDK inside a Worker", () => {
  it("[PK9] builds tokens, logs in, and carries text and bytes to a user and through a channel", async () => {
    const [ann, bob] = await Promise.all([login("ann"), login("bob")]);
    const heard: unknown[] = [];
    bob.on("message", ({ data }) => heard.push(data));
    expect(await ann.send("bob", "from a Worker")).toEqual({ delivered: 1, waiting: 0 });
    expect(await ann.send("bob", new Uint8Array([1, 2]))).toEqual({ delivered: 1, waiting: 0 });
    const [room, bobs] = await Promise.all([ann.join("lobby"), bob.join("lobby")]);
    const published = new Promise((resolve) => bobs.on("message", ({ data }) => resolve(data)));
    await room.publish("to all");
    expect([...heard, await published]).toEqual(["from a Worker", new Uint8Array([1, 2]), "to all"]);
    ann.close();
    bob.close();
  });
});
