import { afterEach, describe, expect, it } from "vitest";
import { type Call, type Calls, calls } from "../../src/client/call/index.ts";
import { type Client, connect } from "../../src/client/index.ts";
import { fresh, service, sharedApp, tokenFor } from "../support/accounts.ts";
import { type CutProxy, startCutProxy } from "../support/cut-proxy.ts";

const clients: Client[] = [];
const proxies: CutProxy[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await Promise.all(proxies.splice(0).map((proxy) => proxy.stop()));
});

interface Phone {
  readonly user: string;
  readonly calls: Calls;
  readonly client: Client;
  /** The next call that rings here. */
  rings(): Promise<Call>;
}

async function phone(user: string, device = "phone", url = service().url): Promise<Phone> {
  const client = await connect({ url, app: sharedApp().id, user, device, token: () => tokenFor(user) });
  clients.push(client);
  const followed = calls(client);
  return { user, client, calls: followed, rings: () => new Promise((resolve) => followed.on("incoming", resolve)) };
}

async function proxied(): Promise<CutProxy> {
  const proxy = await startCutProxy(service().url);
  proxies.push(proxy);
  return proxy;
}

const ended = (call: Call): Promise<string> => new Promise((resolve) => call.on("ended", ({ end }) => resolve(end)));
const signal = (call: Call): Promise<unknown> => new Promise((resolve) => call.on("signal", ({ from, data }) => resolve([from, data])));

describe("calls over real sockets", () => {
  it("[CK20] all devices ring, one answers, signals go both ways, both hear the end", async () => {
    const [ada, bob] = [fresh("ada"), fresh("bob")];
    const [caller, first, second] = await Promise.all([phone(ada), phone(bob, "one"), phone(bob, "two")]);
    const rung = Promise.all([first.rings(), second.rings()]);
    const call = caller.calls.invite(bob, { content: "hi" });
    const [here, there] = await rung;
    await there.accept("yes");
    await expect.poll(() => [call.phase, here.rings, here.joinedHere, there.joinedHere]).toEqual(["active", false, false, true]);
    const heard: unknown[] = [];
    here.on("signal", ({ data }) => heard.push(data));
    const [toBob, toAda] = [signal(there), signal(call)];
    await Promise.all([call.signal(bob, "offer"), there.signal(ada, new Uint8Array([1, 2]))]);
    expect([await toBob, await toAda, heard]).toEqual([[ada, "offer"], [bob, new Uint8Array([1, 2])], []]);
    const both = [ended(here), ended(there)];
    await call.leave();
    expect([await Promise.all(both), call.end, caller.calls.live, first.calls.live]).toEqual([["left", "left"], "left", [], []]);
  });

  it("[CK20] two call each other: one call, the placed object on either side", async () => {
    const [ada, bob] = [fresh("ada"), fresh("bob")];
    const [one, two] = await Promise.all([phone(ada), phone(bob)]);
    const [mine, theirs] = [one.calls.invite(bob), two.calls.invite(ada)];
    await expect
      .poll(() => [mine.id === theirs.id, mine.phase, theirs.phase, mine.joinedHere, theirs.joinedHere])
      .toEqual([true, "active", "active", true, true]);
    await expect.poll(() => [one.calls.live, two.calls.live]).toEqual([[mine], [theirs]]);
    const over = ended(theirs);
    await mine.leave();
    expect(await over).toBe("left");
  });

  it("[CK20] takes a call over, with signals to the device that has it now", async () => {
    const [ada, bob] = [fresh("ada"), fresh("bob")];
    const [caller, first] = await Promise.all([phone(ada), phone(bob, "one")]);
    const rung = first.rings();
    const call = caller.calls.invite(bob);
    const here = await rung;
    await here.accept();
    const second = await phone(bob, "two");
    await expect.poll(() => second.calls.live.length).toBe(1);
    const there = second.calls.live[0] as Call;
    const moved = new Promise((resolve) => call.on("moved", resolve));
    await there.takeOver();
    expect([there.joinedHere, await moved]).toEqual([true, { user: bob, device: "two" }]);
    await expect.poll(() => here.joinedHere).toBe(false);
    const heard = signal(there);
    await call.signal(bob, "again");
    expect(await heard).toEqual([ada, "again"]);
    await there.leave();
  });

  it("[CK21] signals sent while a member is cut off come with its return, in order", async () => {
    const [ada, bob] = [fresh("ada"), fresh("bob")];
    const far = await proxied();
    const [caller, callee] = await Promise.all([phone(ada), phone(bob, "phone", far.url)]);
    const rung = callee.rings();
    const call = caller.calls.invite(bob);
    const here = await rung;
    await here.accept();
    await expect.poll(() => call.phase).toBe("active");
    const heard: unknown[] = [];
    here.on("signal", ({ data }) => heard.push(data));
    far.bar(true);
    far.cut();
    const state = async () => (await caller.client.call("presence.query", { users: [bob] })).users[0]?.state;
    await expect.poll(state).toBe("UNREACHABLE");
    for (const words of ["offer", "candidate"]) void call.signal(bob, words);
    far.bar(false);
    await expect.poll(() => heard, { timeout: 10_000 }).toEqual(["offer", "candidate"]);
    await call.leave();
  });

  it("[CK20] cut sockets: what happened is known, what was wished is done", async () => {
    const [ada, bob] = [fresh("ada"), fresh("bob")];
    const [near, far] = await Promise.all([proxied(), proxied()]);
    const [caller, callee] = await Promise.all([phone(ada, "phone", near.url), phone(bob, "phone", far.url)]);
    const rung = callee.rings();
    const call = caller.calls.invite(bob);
    const here = await rung;
    near.cut();
    await here.accept();
    await expect.poll(() => call.phase, { timeout: 10_000 }).toBe("active");
    far.cut();
    near.cut();
    const over = [ended(call), ended(here)];
    void call.leave();
    expect(await Promise.all(over)).toEqual(["left", "left"]);
  });
});
