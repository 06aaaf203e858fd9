import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { root } from "../../scripts/lib/root.ts";
import { BROWSER_ARGS, findBrowser } from "../support/browser.ts";
import { ChatWindow, openWindow } from "../support/chat-window.ts";
import { noisePng } from "../support/noise-png.ts";

const executablePath = findBrowser();

describe.runIf(executablePath !== undefined)("the chat in a browser", () => {
  const url = inject("siteUrl");
  let browser: Browser;
  let ada: ChatWindow;
  let bob: ChatWindow;
  /** Beside those of ada and bob, which serve all tests: a new one costs a process. */
  const windows: ChatWindow[] = [];
  let rooms = 0;

  const open = async (options = {}): Promise<ChatWindow> => {
    const window = await openWindow(browser, options);
    windows.push(window);
    return window;
  };
  /** Two people, each in a window of their own, in a room of this test's own. */
  const meet = async (): Promise<string> => {
    const room = `room ${++rooms}`;
    await Promise.all([ada.enter(url, `ada ${rooms}`, room), bob.enter(url, `bob ${rooms}`, room)]);
    await Promise.all([ada.person(`bob ${rooms}`).waitFor(), bob.person(`ada ${rooms}`).waitFor()]);
    return room;
  };

  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: BROWSER_ARGS });
    [ada, bob] = await Promise.all([openWindow(browser), openWindow(browser)]);
  });
  afterEach(async () => {
    await bob.context.setOffline(false);
    const others = windows.splice(0);
    const faults = [ada, bob, ...others].flatMap((window) => window.faults.splice(0));
    await Promise.all(others.map(({ page }) => page.close()));
    expect(faults).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
  });

  it("[DM10] [DM15] two people see and hear each other in a room", async () => {
    await meet();
    await ada.say("hello, room");
    await bob.message("hello, room").waitFor();
    await bob.say("hello, ada");
    await ada.message("hello, ada").waitFor();
    await ada.inState("hello, room", "sent");
    await ada.page.locator("#room-line", { hasText: "2 members" }).waitFor();
    await ada.page.locator(`[data-person="bob ${rooms}"][data-presence=ONLINE]`).waitFor();

    await bob.page.locator("#status").click();
    await bob.page.getByLabel("Your status").fill("on the hill");
    await bob.page.keyboard.press("Enter");
    await ada.person(`bob ${rooms}`).filter({ hasText: "on the hill" }).waitFor();
    await ada.page.locator("#topic").click();
    await ada.page.getByLabel("Topic of the room").fill("flags and lamps");
    await ada.page.keyboard.press("Enter");
    await bob.page.locator("#topic", { hasText: "flags and lamps" }).waitFor();
  });

  it("[DM11] [DM12] two people talk with each other alone, and know what became of their words", async () => {
    await meet();
    const [adaName, bobName] = [`ada ${rooms}`, `bob ${rooms}`];
    await ada.openTalkWith(bobName);
    await ada.say("for you only");
    await ada.inState("for you only", "delivered");
    await bob.person(adaName).locator(".badge", { hasText: "1" }).waitFor();
    expect(await bob.saidHere()).toEqual([]);
    await bob.openTalkWith(adaName);
    await bob.message("for you only").waitFor();
    expect(await bob.person(adaName).locator(".badge").isVisible()).toBe(false);

    await bob.words.pressSequentially("w");
    await ada.page.locator("#subtitle", { hasText: "writing" }).waitFor();
    await bob.say("and back");
    await ada.message("and back").waitFor();

    await bob.page.getByRole("switch").click();
    await bob.connection("off");
    await ada.page.locator(`[data-person="${bobName}"][data-presence=UNREACHABLE]`).waitFor();
    await ada.say("when you are back");
    await ada.inState("when you are back", "waiting");
  });

  it("[DM12] what could not be sent in time is sent by trying again", async () => {
    await meet();
    const late = await open();
    await late.page.clock.install();
    await late.enter(url, `late ${rooms}`, `room ${rooms}`);
    await late.page.getByRole("switch").click();
    await late.connection("off");
    await late.say("hear me");
    await late.inState("hear me", "sending");
    await late.page.clock.fastForward("10:01");
    await late.inState("hear me", "failed");
    await late.page.getByRole("switch").click();
    await late.connection("connected");
    await late.page.getByRole("button", { name: "Try again" }).click();
    await late.inState("hear me", "sent");
    await ada.message("hear me").waitFor();
  });

  it("[DM13] a picture arrives byte for byte, in the room and with one person", async () => {
    await meet();
    const [toRoom, toBob] = [noisePng(200, 1), noisePng(120, 2)];
    const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
    await ada.sendPicture(toRoom);
    await bob.log.locator(`figure[data-sha256="${hash(toRoom)}"] img`).waitFor();
    await ada.log.locator("[data-state=sent] figure").waitFor();
    await ada.openTalkWith(`bob ${rooms}`);
    await ada.sendPicture(toBob);
    await bob.openTalkWith(`ada ${rooms}`);
    const image = bob.log.locator(`figure[data-sha256="${hash(toBob)}"] img`);
    await image.waitFor();
    await ada.log.locator("[data-state=delivered] figure").waitFor();
    expect(await image.evaluate((element: HTMLImageElement) => element.decode().then(() => element.naturalWidth))).toBe(120);
  });

  it("[DM16] what was missed without a network comes once, in order; what was written meanwhile is sent once", async () => {
    await meet();
    await ada.say("before");
    await bob.message("before").waitFor();
    await bob.context.setOffline(true);
    await bob.connection("reconnecting");
    for (const text of ["missed 1", "missed 2", "missed 3"]) await ada.say(text);
    await ada.openTalkWith(`bob ${rooms}`);
    for (const text of ["alone 1", "alone 2"]) await ada.say(text);
    await ada.inState("alone 2", "waiting");
    await bob.say("written without a network");
    await bob.inState("written", "sending");
    await bob.context.setOffline(false);
    await bob.connection("connected");
    await bob.inState("written", "sent");
    await bob.log.getByText("While you were away · 3 messages").waitFor();
    expect((await bob.saidHere()).toSorted()).toEqual(["before", "missed 1", "missed 2", "missed 3", "written without a network"]);
    expect((await bob.saidHere()).filter((text) => text.startsWith("missed"))).toEqual(["missed 1", "missed 2", "missed 3"]);
    await bob.openTalkWith(`ada ${rooms}`);
    await bob.message("alone 2").waitFor();
    expect(await bob.saidHere()).toEqual(["alone 1", "alone 2"]);
    await ada.openRoom();
    await ada.message("written without a network").waitFor();
    // The order is the room's, so both have the same.
    expect(await ada.saidHere()).toEqual(["before", "missed 1", "missed 2", "missed 3", "written without a network"]);
    await bob.openRoom();
    expect(await bob.saidHere()).toEqual(await ada.saidHere());
  });

  it("[DM17] the switch does the same as the network", async () => {
    await meet();
    await bob.page.getByRole("switch").click();
    await bob.connection("off");
    for (const text of ["missed 1", "missed 2"]) await ada.say(text);
    await ada.inState("missed 2", "sent");
    await bob.say("later");
    await bob.page.getByRole("switch").click();
    await bob.connection("connected");
    await bob.log.getByText("While you were away · 2 messages").waitFor();
    await ada.message("later").waitFor();
    await bob.inState("later", "sent");
    expect(await bob.saidHere()).toEqual(["missed 1", "missed 2", "later"]);
    expect(await ada.saidHere()).toEqual(["missed 1", "missed 2", "later"]);
  });

  it("[DM18] what cannot be recovered is said, and words come back from history", async () => {
    const room = await meet();
    await bob.page.getByRole("switch").click();
    await bob.connection("off");
    await ada.say("kept in history");
    await ada.inState("kept in history", "sent");
    // More than the recovery window of a channel holds.
    for (let left = 36; left > 0; left--) await publish(room, "z".repeat(32_000));
    await bob.page.getByRole("switch").click();
    await bob.log.getByText("something is missing").waitFor();
    expect(await bob.saidHere()).toEqual([]);
    await bob.page.getByRole("button", { name: "Load what is stored" }).click();
    await bob.log.getByText("While you were away · 1 message").waitFor();
    expect(await bob.saidHere()).toEqual(["kept in history"]);
  });

  it("[DM19] a reload keeps the person, the device and what was said", async () => {
    await meet();
    await ada.say("in the room");
    await ada.openTalkWith(`bob ${rooms}`);
    await ada.say("alone");
    await ada.inState("alone", "delivered");
    const device = await ada.device;
    await ada.page.reload();
    await ada.entered();
    expect(await ada.page.locator("#me-name").textContent()).toBe(`ada ${rooms}`);
    expect(await ada.device).toBe(device);
    await ada.message("in the room").waitFor();
    await bob.say("still there?");
    await ada.message("still there?").waitFor();
    await ada.openTalkWith(`bob ${rooms}`);
    await ada.inState("alone", "delivered");
    await bob.openTalkWith(`ada ${rooms}`);
    await bob.say("yes");
    await ada.message("yes").waitFor();
    expect(await ada.saidHere()).toEqual(["alone", "yes"]);
  });

  it("[DM20] a second tab of the same person is another device", async () => {
    const room = await meet();
    const tab = new ChatWindow(await ada.context.newPage());
    windows.push(tab);
    await tab.enter(url, `ada ${rooms}`, room);
    expect(await tab.device).not.toBe(await ada.device);
    await ada.openTalkWith(`bob ${rooms}`);
    await ada.say("from the first tab");
    await tab.openTalkWith(`bob ${rooms}`);
    await tab.message("from the first tab").waitFor();
    await bob.openTalkWith(`ada ${rooms}`);
    await bob.say("to both");
    await Promise.all([ada.message("to both").waitFor(), tab.message("to both").waitFor()]);
    await bob.page.locator("#room-line", { hasText: "2 members" }).waitFor();
  });

  it("[DM21] a hidden page announces the longer keep-alive", async () => {
    await meet();
    const become = (state: string) =>
      ada.page.evaluate((visibility) => {
        Object.defineProperty(document, "visibilityState", { value: visibility, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
      }, state);
    const announced = (ms: number) => expect.poll(() => ada.sent.some((frame) => frame.includes(`"keepAliveMs":${ms}`))).toBe(true);
    await become("hidden");
    await announced(60_000);
    await bob.say("are you looking?");
    await expect.poll(() => ada.page.title()).toBe("(1) Wigwag chat");
    await become("visible");
    await announced(10_000);
    await expect.poll(() => ada.page.title()).toBe("Wigwag chat");
  });

  it("[DM22] markup is shown, not obeyed, and nothing is loaded from elsewhere", async () => {
    await meet();
    const markup = "<img src=x onerror=alert(1)><b>bold</b>";
    const origins = new Set<string>();
    bob.page.on("request", (request) => origins.add(new URL(request.url()).origin));
    await ada.say(markup);
    await bob.message(markup).waitFor();
    expect(await bob.log.locator("img, b").count()).toBe(0);
    await bob.page.reload();
    await bob.entered();
    expect([...origins]).toEqual([url]);
  });

  it("[DM24] a phone shows the list or the talk, and cuts nothing off; keys are enough", async () => {
    await meet();
    const phone = await open({ viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true });
    await phone.enter(url, `phone ${rooms}`, `room ${rooms}`);
    await phone.say(`a word as long as ${"very".repeat(30)} long`);
    await phone.inState("a word", "sent");
    const wide = () => phone.page.evaluate(() => document.documentElement.scrollWidth);
    expect(await wide()).toBe(360);
    await phone.page.getByRole("button", { name: "Conversations" }).tap();
    await phone.person(`ada ${rooms}`).waitFor();
    expect(await phone.words.isVisible()).toBe(false);
    expect(await wide()).toBe(360);
    // What came while the list was shown is there when the talk is.
    for (let line = 1; line <= 12; line++) await ada.say(`line ${line}`);
    await phone.page.locator("#timeline li", { hasText: "line 12" }).waitFor({ state: "attached" });
    await phone.openRoom();
    const belowPx = () => phone.page.locator("#scroller").evaluate(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight);
    await expect.poll(belowPx).toBeLessThan(2);
    await phone.page.getByRole("button", { name: "Conversations" }).tap();
    await phone.person(`ada ${rooms}`).getByRole("button").tap();
    expect(await phone.words.isVisible()).toBe(true);

    await ada.page.locator("#room").focus();
    await ada.page.keyboard.press("Tab");
    expect(await ada.page.evaluate(() => document.activeElement?.closest("li")?.dataset.person)).toBe(`bob ${rooms}`);
    await ada.page.keyboard.press("Enter");
    await ada.page.keyboard.type("by keys alone");
    await ada.page.keyboard.press("Enter");
    await ada.inState("by keys alone", "delivered");
  });

  /** As a server of the app. */
  async function publish(room: string, text: string): Promise<void> {
    const headers = { authorization: `Bearer ${developmentVariable("WIGWAG_DEV_API_KEY")}`, "x-wigwag-app": developmentVariable("WIGWAG_DEV_APP_ID") };
    const response = await fetch(`${url}/v1/channels/message/${encodeURIComponent(room)}/messages?from=clock`, {
      method: "POST",
      headers: { ...headers, "content-type": "text/plain" },
      body: text,
    });
    expect(response.status, await response.text()).toBe(200);
  }
});

function developmentVariable(name: string): string {
  const line = readFileSync(join(root, ".dev.vars"), "utf8").match(new RegExp(`^${name} = "(.*)"$`, "m"));
  return line?.[1] ?? "";
}
