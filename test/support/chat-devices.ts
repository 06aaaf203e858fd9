import { vi } from "vitest";
import type { Chats } from "../../src/client/chat/index.ts";
import { must } from "../../src/util/assert.ts";
import { DeviceHost, World } from "../sim/chat/world.ts";
import { randomFrom } from "./random.ts";

const TICK_MS = 100;

/** Devices of users around a world in which all is well; with timers that the test moves. */
export async function chatDevices(...names: readonly (readonly [user: string, device: string])[]) {
  const world = new World(randomFrom(1));
  const pass = async (ms = 1_000): Promise<void> => {
    for (let at = 0; at < ms; at += TICK_MS) {
      await vi.advanceTimersByTimeAsync(TICK_MS);
      world.tick();
    }
  };
  /** What is asked for, while time goes on. */
  const during = async <T>(work: Promise<T>, ms?: number): Promise<T> => {
    work.catch(() => {});
    await pass(ms);
    return work;
  };
  const devices = names.map(([user, device]) => new DeviceHost(world, world.user(user), device));
  for (const device of devices) {
    await device.start();
    device.connect();
  }
  await pass();
  const chatsOf = (device: DeviceHost): Chats => must(device.chats, "a program");
  return { world, pass, during, devices, chatsOf };
}
