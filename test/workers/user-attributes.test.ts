import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LIMITS } from "../../src/protocol/limits.ts";
import { DEFAULT_SETTINGS } from "../../src/protocol/settings.ts";
import type { Call, SessionTrust } from "../../src/server/trust.ts";
import { APP, Device, userStub } from "./device.ts";
import { costOf } from "./row-meter.ts";

let users = 0;
/** Storage is shared within a file. */
const newUser = (): string => `ada-${++users}`;
const login = async (user: string, over: Partial<SessionTrust> = {}): Promise<Device> => (await Device.login(user, over)).device;
const asServer = (user: string, op: Call["op"], input: object = {}) =>
  userStub(user).call({ op, input: { user, ...input }, caller: { kind: "server", app: APP }, settings: DEFAULT_SETTINGS });
const get = async (user: string): Promise<unknown> => asServer(user, "user-attributes.get");
const volatile = { attributes: [{ key: "mood", value: "calm" }], lifetime: "login" };
const lasting = { attributes: [{ key: "name", value: "Ada" }] };
const both = { ok: { attributes: [...volatile.attributes, ...lasting.attributes], online: true } };

async function leave(device: Device): Promise<void> {
  device.close();
  await device.next("closed");
}
function travel(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
}
afterEach(() => void vi.useRealTimers());

/** Logged in, with one attribute of each lifetime. */
async function adorned(): Promise<{ user: string; device: Device }> {
  const user = newUser();
  const device = await login(user);
  await device.request("user-attributes.set", volatile);
  await device.request("user-attributes.update", lasting);
  return { user, device };
}

describe("attributes of a login's lifetime", () => {
  it("[UA90] are there while the user is logged in, over reconnects within the lease and the object's sleep", async () => {
    const { user, device } = await adorned();
    await evictDurableObject(userStub(user));
    expect(await get(user)).toEqual(both);
    await leave(device);
    travel(LIMITS.leaseMs - 1_000);
    expect(await get(user)).toEqual(both);
    await login(user);
    travel(LIMITS.leaseMs - 1_000);
    expect(await get(user)).toEqual(both);
  });

  it("[UA90] outlive the loss of the object with all its sockets by a lease, and as long as the user comes back in it", async () => {
    const { user } = await adorned();
    await evictDurableObject(userStub(user), { webSockets: "close" });
    expect(await get(user)).toEqual(both);
    travel(LIMITS.leaseMs - 1_000);
    await login(user);
    travel(2_000);
    expect(await get(user)).toEqual(both);
  });

  it("[UA91] are absent as soon as the user counts as OFFLINE; the others stay", async () => {
    const { user, device } = await adorned();
    await leave(device);
    travel(LIMITS.leaseMs + 1);
    expect(await get(user)).toEqual({ ok: { attributes: lasting.attributes, online: false } });
    expect(await asServer(user, "user-attributes.get", { keys: ["mood"] })).toEqual({ ok: { attributes: [], online: false } });
    await asServer(user, "user-attributes.update", { attributes: [{ key: "late", value: "1" }] });
    expect(await rowOf(user)).not.toContain("calm");
  });

  it("[UA92] are deleted at the logout of the last device, and not before", async () => {
    const { user, device } = await adorned();
    const laptop = await login(user, { device: "laptop" });
    await device.request("session.logout", {});
    expect(await get(user)).toEqual(both);
    await laptop.request("session.logout", {});
    expect(await rowOf(user)).not.toContain("calm");
    expect(await get(user)).toEqual({ ok: { attributes: lasting.attributes, online: false } });
    await login(user, { device: "laptop" });
    expect(await get(user)).toEqual({ ok: { attributes: lasting.attributes, online: true } });
  });

  it("[UA92] go with a kick of all devices, and leave no row where they were all", async () => {
    const user = newUser();
    const device = await login(user);
    await device.request("user-attributes.set", volatile);
    await asServer(user, "user.kick");
    expect(await rowOf(user)).toBe("");
  });

  it("[UA92] do not come back with a login that follows an absence", async () => {
    const { user, device } = await adorned();
    await leave(device);
    travel(LIMITS.leaseMs + 1);
    await login(user);
    expect(await get(user)).toEqual({ ok: { attributes: lasting.attributes, online: true } });
    expect(await rowOf(user)).not.toContain("calm");
  });

  it("[UA93] whoever asks is told whether the user is logged in", async () => {
    const user = newUser();
    expect(await get(user)).toEqual({ ok: { attributes: [], online: false } });
    const device = await login(user);
    expect(await get(user)).toEqual({ ok: { attributes: [], online: true } });
    await device.request("session.logout", {});
    expect(await get(user)).toEqual({ ok: { attributes: [], online: false } });
  });

  it("[UA94] cannot be given to a user who is not logged in", async () => {
    const user = newUser();
    expect(await asServer(user, "user-attributes.set", volatile)).toMatchObject({ error: { code: "conflict", field: "lifetime" } });
    await login(user);
    expect(await asServer(user, "user-attributes.set", volatile)).toEqual({ ok: {} });
  });

  it("[UA95] a write decides the lifetime of what it writes, and of nothing else", async () => {
    const { user, device } = await adorned();
    await device.request("user-attributes.update", { attributes: volatile.attributes });
    await device.request("user-attributes.update", { ...lasting, lifetime: "login" });
    await device.request("session.logout", {});
    expect(await get(user)).toMatchObject({ ok: { attributes: volatile.attributes } });
  });

  it("[UA96] cost no alarm and no row but that of the write", async () => {
    const user = newUser();
    const device = await login(user);
    expect(await costOf(userStub(user), () => device.request("user-attributes.set", volatile))).toEqual({ rows: 1, alarms: 0 });
    const [before, after] = [await reconnect(newUser(), []), await reconnect(user, [device])];
    expect(after).toEqual(before);
  });
});

/** What a lost socket and the return within the lease write. */
async function reconnect(user: string, present: readonly Device[]) {
  const device = present[0] ?? (await login(user));
  const token = { tokenExpiresAt: Date.now() + 7_200_000 };
  return costOf(userStub(user), async () => {
    await leave(device);
    await login(user, token);
    await get(user);
  });
}

const rowOf = (user: string): Promise<string> =>
  runInDurableObject(userStub(user), (_object, { storage }) =>
    storage.sql
      .exec<{ list: string }>("SELECT list FROM attributes")
      .toArray()
      .map(({ list }) => list)
      .join(),
  );
