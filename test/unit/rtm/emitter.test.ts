import { afterEach, describe, expect, it, vi } from "vitest";
import { RtmEmitter } from "../../../src/rtm/emitter.ts";

interface Events {
  said: (what: string, times: number) => void;
  done: () => void;
}

afterEach(() => vi.restoreAllMocks());

describe("events of RTM 1.x", () => {
  it("[RX4] RtmEmitter.on and RtmEmitter.addListener hear RtmEmitter.emit, in their order; RtmEmitter.off and RtmEmitter.removeListener end it", () => {
    const emitter = new RtmEmitter<Events>();
    const heard: string[] = [];
    const first = (what: string, times: number): void => void heard.push(`first ${what} ${times}`);
    const second = (what: string): void => void heard.push(`second ${what}`);
    expect(emitter.on("said", first).addListener("said", second)).toBe(emitter);
    expect(emitter.emit("said", "hello", 2)).toBe(true);
    expect(emitter.emit("done")).toBe(false);
    expect(emitter.off("said", first).removeListener("said", second).emit("said", "gone", 1)).toBe(false);
    expect(heard).toEqual(["first hello 2", "second hello"]);
  });

  it("[RX4] RtmEmitter.once hears one of them, also when it emits again itself", () => {
    const emitter = new RtmEmitter<Events>();
    let heard = 0;
    emitter.once("done", () => {
      heard += 1;
      emitter.emit("done");
    });
    emitter.emit("done");
    emitter.emit("done");
    expect(heard).toBe(1);
  });

  it("[RX4] RtmEmitter.listeners, RtmEmitter.rawListeners, RtmEmitter.listenerCount and RtmEmitter.eventNames show who listens; RtmEmitter.defaultMaxListeners is what it was", () => {
    const emitter = new RtmEmitter<Events>();
    const [plain, single] = [vi.fn(), vi.fn()];
    emitter.on("done", plain).once("done", single);
    expect(emitter.listeners("done")).toEqual([plain, single]);
    expect(emitter.rawListeners("done")[0]).toBe(plain);
    expect(emitter.rawListeners("done")[1]?.listener).toBe(single);
    expect([emitter.listenerCount("done"), emitter.listenerCount("said"), emitter.eventNames()]).toEqual([2, 0, ["done"]]);
    emitter.rawListeners("done")[1]?.();
    expect(emitter.listeners("done")).toEqual([plain]);
    expect(RtmEmitter.defaultMaxListeners).toBe(10);
  });

  it("[RX4] RtmEmitter.removeAllListeners takes those of one event off, or all; one who is taken off while an event is told still hears it", () => {
    const emitter = new RtmEmitter<Events>();
    const heard: string[] = [];
    emitter.on("done", () => emitter.removeAllListeners("done")).on("done", () => heard.push("second"));
    emitter.emit("done");
    expect([heard, emitter.eventNames()]).toEqual([["second"], []]);
    emitter.on("done", () => {}).on("said", () => {});
    expect(emitter.removeAllListeners().eventNames()).toEqual([]);
  });

  it("[RX4] a listener that throws is reported, and stops nobody", () => {
    const reported = vi.spyOn(console, "error").mockImplementation(() => {});
    const emitter = new RtmEmitter<Events>();
    const after = vi.fn();
    emitter
      .on("done", () => {
        throw new Error("mine");
      })
      .on("done", after);
    expect(emitter.emit("done")).toBe(true);
    expect(after).toHaveBeenCalledOnce();
    expect(reported).toHaveBeenCalledWith(expect.objectContaining({ message: "mine" }));
  });
});
