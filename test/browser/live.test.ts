import { type Browser, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { BROWSER_ARGS, closeContexts, findBrowser } from "../support/browser.ts";
import { type LiveWindow, openLive } from "../support/live-window.ts";

const executablePath = findBrowser();
vi.setConfig({ testTimeout: 120_000 });

/** Ann hosts at a desk, Bob has a phone; in each test it is another room. */
describe.runIf(executablePath !== undefined)("the live room in a browser", () => {
  const url = inject("siteUrl");
  let browser: Browser;
  let ann: LiveWindow;
  let bob: LiveWindow;
  let room = "";
  let rooms = 0;

  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: BROWSER_ARGS });
  });
  beforeEach(async () => {
    rooms += 1;
    room = `hall ${rooms}`;
    [ann, bob] = await Promise.all([openLive(browser), openLive(browser, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true })]);
    await ann.enter(url, "ann", room);
    await bob.enter(url, "bob", room);
  });
  afterEach(async () => {
    const faults = [ann, bob].flatMap((window) => window.faults.splice(0));
    await closeContexts(ann.page.context(), bob.page.context());
    expect(faults).toEqual([]);
  });
  afterAll(() => browser?.close());

  it("[LV1] [LV2] [LV3] two people write, see it fly, like, give and take a seat that is another's until it is left", async () => {
    await ann.say("welcome, everybody");
    await bob.line("welcome, everybody").waitFor();
    await bob.say("hello, Ann");
    await ann.line("hello, Ann").waitFor();
    await expect.poll(() => ann.page.locator(".scene").getAttribute("data-flying").then(Number)).toBeGreaterThan(0);
    await bob.button("Like").click();
    await bob.button("Like").click();
    await expect.poll(() => ann.page.locator(".like .count").textContent()).toBe("2");
    await bob.button("Send a rocket").click();
    await ann.line("bob gives 🚀").waitFor();
    await bob.seat(2).getByRole("button").click();
    await ann.page.locator('[data-seat="seat.2"][data-owner="bob"]').waitFor();
    await ann.seat(1).getByRole("button").click();
    await bob.page.locator('[data-seat="seat.1"][data-owner="ann"]').waitFor();
    expect(await bob.seat(1).getByRole("button").isDisabled()).toBe(true);
    await ann.button("Free the seat of bob").click();
    await bob.page.locator('[data-seat="seat.2"][data-owner=""]').waitFor();
    await bob.seat(3).getByRole("button").click();
    await ann.page.locator('[data-seat="seat.3"][data-owner="bob"]').waitFor();
    await bob.button("Leave").click();
    await ann.page.locator('[data-seat="seat.3"][data-owner=""]').waitFor();
  });

  it("[LV4] the host takes back, slows down, mutes all, mutes one and sends one out", async () => {
    await bob.say("something rude");
    await ann.act("something rude", "Take back");
    await bob.line("something rude").waitFor({ state: "detached" });
    await ann.page.getByLabel("Slow mode").selectOption({ label: "one message per 30 s" });
    // The page knows of it no later than the room does.
    await bob.say("first");
    await ann.line("first").waitFor();
    await bob.say("second");
    await bob.told("Slow mode");
    await ann.page.getByLabel("Slow mode").selectOption({ label: "off" });
    await ann.page.getByLabel("Mute all").check();
    await bob.page.getByText("Only the host speaks now.").waitFor();
    expect(await bob.field.isDisabled()).toBe(true);
    await ann.page.getByLabel("Mute all").uncheck();
    await expect.poll(() => bob.field.isDisabled()).toBe(false);
    await ann.act("first", "Mute bob");
    await bob.page.getByText("You are muted.").waitFor();
    await ann.line("first").getByRole("button", { name: "Send bob out" }).click();
    await bob.page.getByText("removed from the room").waitFor();
    await expect.poll(() => ann.page.locator(".viewers").textContent()).toBe("1 here");
  });

  it("[LV5] a crowd comes at the push of a button, is counted and writes, and goes home", async () => {
    await ann.button("Call in 100").click();
    await expect.poll(() => ann.page.locator(".crowd-here").getAttribute("data-viewers").then(Number), { timeout: 60_000 }).toBe(100);
    await expect.poll(() => bob.page.locator(".viewers").textContent(), { timeout: 60_000 }).toBe("102 here");
    await expect.poll(() => ann.page.locator(".rate").textContent().then(Number), { timeout: 60_000 }).toBeGreaterThan(0);
    await ann.button("Send them home").click();
    await expect.poll(() => bob.page.locator(".viewers").textContent(), { timeout: 60_000 }).toBe("2 here");
  });

  it("[LV6] on a phone nothing is cut off, and English and Chinese are one choice apart", async () => {
    await ann.say("a line that is much longer than a phone is wide, and has no end that anybody could see coming");
    await bob.line("a line that is much longer").waitFor();
    // Also where what is wider would be hidden.
    const cutOff = () =>
      bob.page.evaluate(
        `[".live", ".floor", ".show", ".talk", ".speak", ".panels"].filter((name) => {
          const part = document.querySelector(name);
          return part.scrollWidth > part.clientWidth || part.getBoundingClientRect().right > innerWidth;
        })`,
      );
    expect(await cutOff()).toEqual([]);
    await bob.button("中文").click();
    await bob.page.getByLabel("说点什么").waitFor();
    expect(await cutOff()).toEqual([]);
    await bob.button("English").click();
    await bob.field.waitFor();
  });
});
