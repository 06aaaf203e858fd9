import { afterEach, describe, expect, it, vi } from "vitest";
import { serviceUrl } from "../../../src/client/address.ts";
import { claimDevice } from "../../../src/client/device.ts";
import { SeenIds } from "../../../src/client/seen-ids.ts";

afterEach(() => vi.unstubAllGlobals());

/** Locks as browsers keep them: one holder per name, until its promise settles. */
function fakeLocks() {
  const held = new Set<string>();
  return {
    async request(name: string, _options: object, run: (lock: object | null) => unknown): Promise<void> {
      if (held.has(name)) return void run(null);
      held.add(name);
      await run({});
      held.delete(name);
    },
  };
}

function browser(locks: object | undefined, stored = new Map<string, string>()): void {
  vi.stubGlobal("document", {});
  vi.stubGlobal("navigator", { locks });
  vi.stubGlobal("localStorage", { getItem: (key: string) => stored.get(key) ?? null, setItem: (key: string, value: string) => stored.set(key, value) });
}

describe("the device's name", () => {
  let n = 0;
  const claim = (user = "alice") => claimDevice("app", user, () => `unique${++n}`);

  it("[SD44] is `default` where there is no page", async () => {
    expect((await claim()).device).toBe("default");
  });

  it("[SD44] is kept in a browser, numbered by tab, and free again when released", async () => {
    browser(fakeLocks());
    const first = await claim();
    const second = await claim();
    expect(second.device).toBe(`${first.device}~2`);
    expect((await claim("bob")).device).toBe(first.device);
    first.release();
    await Promise.resolve();
    await Promise.resolve();
    expect((await claim()).device).toBe(first.device);
  });

  it("[SD44] is random beyond ten tabs, without locks, and where storage is forbidden or spoilt", async () => {
    browser(fakeLocks());
    const devices = await Promise.all(Array.from({ length: 11 }, () => claim()));
    expect(new Set(devices.map(({ device }) => device)).size).toBe(11);
    expect(devices[10]?.device).not.toContain("~");
    browser(undefined);
    expect((await claim()).device).not.toBe((await claim()).device);
    browser(fakeLocks(), new Map([["wigwag:device", "not a device id"]]));
    expect((await claim()).device).toMatch(/^unique\d+$/);
  });
});

describe("the service's address", () => {
  it("[SD45] is the given one, else the global one, else the page's origin, else the local one", () => {
    expect(serviceUrl(undefined)).toBe("http://127.0.0.1:8787");
    vi.stubGlobal("document", {});
    vi.stubGlobal("location", { origin: "https://page.test" });
    expect(serviceUrl(undefined)).toBe("https://page.test");
    vi.stubGlobal("location", { origin: "null" });
    expect(serviceUrl(undefined)).toBe("http://127.0.0.1:8787");
    vi.stubGlobal("WIGWAG_URL", "wss://global.test/signal/");
    expect(serviceUrl(undefined)).toBe("https://global.test/signal");
    expect(serviceUrl("http://given.test:9100")).toBe("http://given.test:9100");
    expect(() => serviceUrl("ftp://x")).toThrow(expect.objectContaining({ code: "bad_request", field: "url" }));
  });
});

describe("ids that were seen", () => {
  it("[SD11] are remembered in bounded memory", () => {
    const seen = new SeenIds(2, 3);
    expect([5, 4, 5, 7, 6, 1, 2].map((id) => seen.isNew("a", id))).toEqual([true, true, false, true, true, false, false]);
    expect([seen.isNew("b", 1), seen.isNew("c", 1), seen.isNew("b", 1), seen.isNew("a", 7)]).toEqual([true, true, false, true]);
  });
});
