import { describe, expect, it, vi } from "vitest";
import { type WebSocketLike, webSocketTransport } from "../../../src/client/index.ts";
import { NetworkSwitch } from "../../../src/demo/shared/network-switch.ts";
import { switchedWebSocket } from "../../../src/demo/shared/switched-web-socket.ts";

/** A socket that a test opens, talks through and closes. */
class FakeSocket implements WebSocketLike {
  static readonly made: FakeSocket[] = [];
  binaryType = "";
  onopen: ((event: never) => void) | null = null;
  onmessage: ((event: never) => void) | null = null;
  onclose: ((event: never) => void) | null = null;
  onerror: ((event: never) => void) | null = null;
  readonly sent: unknown[] = [];
  readonly protocols: readonly string[];

  constructor(_url: string, protocols: string[]) {
    this.protocols = protocols;
    FakeSocket.made.push(this);
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  close(): void {}
}

describe("a program that chooses the class of its sockets", () => {
  it("[VR14] loses all of them by the switch, opens none meanwhile, and has them back with it", async () => {
    vi.stubGlobal("dispatchEvent", () => true);
    const network = new NetworkSwitch(webSocketTransport(FakeSocket));
    const Switched = switchedWebSocket(network);
    const open = () => {
      const socket = new Switched("ws://x", ["wigwag.v1"]);
      const heard: unknown[] = [];
      socket.onopen = () => heard.push("opened");
      socket.onmessage = ({ data }: { data: string }) => heard.push(data);
      socket.onclose = ({ code }: { code: number }) => heard.push(code);
      return { socket, heard };
    };
    const first = open();
    const [real] = FakeSocket.made;
    real?.onopen?.({} as never);
    real?.onmessage?.({ data: "hello" } as never);
    first.socket.send("to them");
    expect([first.heard, real?.sent, real?.protocols]).toEqual([["opened", "hello"], ["to them"], ["wigwag.v1"]]);

    network.set(false);
    expect(first.heard).toEqual(["opened", "hello", 1006]);
    const meanwhile = open();
    await vi.waitFor(() => expect(meanwhile.heard).toEqual([1006]));
    expect(FakeSocket.made).toHaveLength(1);

    network.set(true);
    const again = open();
    FakeSocket.made[1]?.onopen?.({} as never);
    expect(again.heard).toEqual(["opened"]);
  });
});
