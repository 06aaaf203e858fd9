import { describe, expect, it, vi } from "vitest";
import type { SocketEvents, Transport } from "../../../src/client/index.ts";
import { NetworkSwitch } from "../../../src/demo/shared/network-switch.ts";

function setting() {
  const opened: SocketEvents[] = [];
  const closed: number[] = [];
  const network: Transport = {
    open(_url, _protocols, events) {
      opened.push(events);
      return { send: () => {}, close: (code) => closed.push(code) };
    },
  };
  const woken = vi.fn();
  vi.stubGlobal("dispatchEvent", woken);
  const events = () => ({ opened: vi.fn(), message: vi.fn(), closed: vi.fn() });
  return { switched: new NetworkSwitch(network), opened, closed, events, woken };
}

describe("the switch", () => {
  it("[DM17] ends what is open, once, as a lost network does", () => {
    const { switched, opened, closed, events } = setting();
    const heard = events();
    switched.open("ws://x", [], heard);
    switched.set(false);
    expect(heard.closed.mock.calls).toEqual([[1006, "offline by choice"]]);
    // 1000 would be a goodbye.
    expect(closed).toEqual([4000]);
    opened[0]?.closed(1000, "");
    expect(heard.closed).toHaveBeenCalledTimes(1);
  });

  it("[DM17] opens nothing while it is off, and wakes the client when it is on again", async () => {
    const { switched, opened, events, woken } = setting();
    switched.set(false);
    const heard = events();
    switched.open("ws://x", [], heard);
    await vi.waitFor(() => expect(heard.closed).toHaveBeenCalledTimes(1));
    expect(opened).toEqual([]);
    const waited = vi.fn();
    const waiting = switched.whenOn().then(waited);
    expect(waited).not.toHaveBeenCalled();
    switched.set(true);
    await waiting;
    expect(woken.mock.calls.map(([event]) => event.type)).toEqual(["online"]);
    switched.open("ws://x", [], events());
    expect(opened.length).toBe(1);
  });
});
