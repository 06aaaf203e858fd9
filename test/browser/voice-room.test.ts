import { type Browser, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { BROWSER_ARGS, findBrowser } from "../support/browser.ts";
import { openVoiceWindow, type VoiceWindow } from "../support/voice-window.ts";

const executablePath = findBrowser();
/** It beeps once in a second, and nobody is asked. */
const FAKE_MICROPHONE = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"];

/** Ada comes first and is the host on seat 1; Bob has a desktop, too, Cho a phone. */
describe.runIf(executablePath !== undefined)("the voice room in a browser", () => {
  const url = inject("siteUrl");
  let browser: Browser;
  let ada: VoiceWindow;
  let bob: VoiceWindow;
  let cho: VoiceWindow;
  let rooms = 0;

  const meet = async (): Promise<void> => {
    const room = `room ${++rooms}`;
    await ada.enter(url, "Ada", room);
    await ada.sees("Ada", 1);
    await Promise.all([bob.enter(url, "Bob", room), cho.enter(url, "Cho", room)]);
    await Promise.all([ada.listener("Bob").waitFor(), ada.listener("Cho").waitFor(), bob.sees("Ada", 1), cho.sees("Ada", 1)]);
  };
  const sit = async (who: VoiceWindow, name: string, number: number): Promise<void> => {
    await who.touch(number);
    await Promise.all([ada, bob, cho].map((window) => window.sees(name, number)));
  };

  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: [...BROWSER_ARGS, ...FAKE_MICROPHONE] });
    // Drawing without a graphics card is most of what this costs: what flies is looked at in Bob's window only.
    const still = { reducedMotion: "reduce" } as const;
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    [ada, bob, cho] = await Promise.all([openVoiceWindow(browser, still), openVoiceWindow(browser), openVoiceWindow(browser, { ...phone, ...still })]);
  });
  afterEach(() => expect([ada, bob, cho].flatMap((window) => window.faults.splice(0))).toEqual([]));
  afterAll(async () => {
    await browser?.close();
  });

  it("[VR7] [VR11] the host invites onto a seat: accepted, refused, taken back", async () => {
    await meet();
    await cho.press("hand");
    await ada.page.locator('#audience > li:first-child[data-person="Cho"][data-hand=true]').waitFor();
    await ada.invite("Cho", 3);
    await cho.ringing.filter({ hasText: "Ada invites you to seat 3" }).waitFor();
    expect(await ada.seat(3).getAttribute("data-kind")).toBe("asked");
    await cho.press("ringing-yes");
    await Promise.all([ada.sees("Cho", 3), bob.sees("Cho", 3), ada.told("Cho comes up to seat 3")]);
    expect(await bob.listener("Cho").count()).toBe(0);

    await ada.invite("Bob", 4);
    await bob.ringing.waitFor();
    await bob.page.keyboard.press("Shift+Tab");
    await bob.page.keyboard.press("Enter");
    await ada.told("Bob would rather listen");
    await ada.seesNobodyOn(4);
    await ada.invite("Bob", 4);
    await bob.ringing.waitFor();
    await ada.touch(4);
    await ada.choose("Take the invitation of Bob back");
    await bob.told("Ada has taken the invitation back");
    await bob.ringing.waitFor({ state: "hidden" });
    expect(await ada.stage()).toEqual(await bob.stage());
  });

  it("[VR1] [VR3] people take seats and leave them; the host mutes, moves off and closes", async () => {
    await meet();
    await sit(bob, "Bob", 2);
    await sit(bob, "Bob", 5);
    await cho.seesNobodyOn(2);
    await bob.press("mute");
    await ada.sees("Bob", 5, "[data-muted=self]");
    await bob.press("mute");
    await ada.sees("Bob", 5, "[data-muted=no]");
    await ada.touch(5);
    await ada.choose("Mute");
    await bob.sees("Bob", 5, "[data-muted=host]");
    expect(await bob.page.locator("#mute").isDisabled()).toBe(true);
    expect(await bob.page.locator("#hold").isDisabled()).toBe(true);
    await ada.touch(5);
    await ada.choose("Move off the seat");
    await bob.told("Ada has asked you to leave seat 5");
    await sit(cho, "Cho", 5);
    await ada.touch(5);
    await ada.choose("Close the seat");
    await Promise.all([bob, cho].map((window) => window.page.locator("#seats > li:nth-child(5)[data-kind=closed]").waitFor()));
    await bob.touch(5);
    await bob.page.getByText("The host has closed this seat").waitFor();
    await bob.page.keyboard.press("Escape");
    await sit(cho, "Cho", 6);
    await cho.touch(6);
    await cho.choose("Leave the seat");
    await bob.seesNobodyOn(6);
  });

  it("[VR2] of two who sit down on one seat without knowing of each other the last one has it", async () => {
    await meet();
    await sit(bob, "Bob", 2);
    // What Cho does now comes to the service after Bob.
    await cho.online(false);
    await cho.touch(4);
    await bob.touch(4);
    await Promise.all([ada.sees("Bob", 4), bob.sees("Bob", 4)]);
    await cho.online(true);
    await Promise.all([ada, bob, cho].map((window) => window.sees("Cho", 4)));
    await bob.told("Cho took seat 4 in the same moment");
    // Bob had left a seat for it, and has that one back.
    await Promise.all([ada, bob, cho].map((window) => window.sees("Bob", 2)));
    expect(await bob.stage()).toEqual(await cho.stage());
  });

  it("[VR8] [VR10] [VR12] gifts, applause, talking, words and whispers", async () => {
    await meet();
    await sit(bob, "Bob", 2);
    await bob.say("<b>good evening</b>");
    await Promise.all([ada.line("<b>good evening</b>").waitFor(), cho.line("Bob <b>good evening</b>").waitFor()]);
    await cho.press("gift");
    await cho.page.getByRole("radio", { name: "Bob" }).check({ force: true });
    await cho.page.locator("[data-gift=rocket]").click();
    await bob.page.locator(".flying.rocket").waitFor();
    await cho.page.locator("[data-gift=rose]").click();
    await cho.page.locator("[data-gift=rose]").click();
    await cho.page.locator("#sheet-close").click();
    for (let claps = 0; claps < 3; claps++) await cho.press("applaud");
    for (const window of [ada, bob, cho]) {
      await window.seat(2).getByText("102 pts").waitFor();
      await window.page.locator("#applause-count", { hasText: "3" }).waitFor();
    }
    await ada.line("Cho gave Bob: Rose ×2").waitFor();

    const hold = bob.page.locator("#hold");
    await hold.focus();
    await bob.page.keyboard.down(" ");
    await Promise.all([ada.sees("Bob", 2, "[data-talking=true]"), cho.sees("Bob", 2, "[data-talking=true]")]);
    await bob.page.keyboard.up(" ");
    await ada.sees("Bob", 2, "[data-talking=false]");
    await bob.press("microphone");
    await ada.sees("Bob", 2, "[data-talking=true]");
    await bob.press("microphone");
    await ada.sees("Bob", 2, "[data-talking=false]");

    await cho.touch(1);
    await cho.choose("Whisper");
    await cho.page.getByRole("textbox", { name: "Whisper to Ada" }).fill("for you alone");
    await cho.page.keyboard.press("Enter");
    await ada.line("Cho to you: for you alone").waitFor();
    await cho.line("for you alone").filter({ hasText: "heard" }).waitFor();
    expect(await bob.line("for you alone").count()).toBe(0);
  });

  it("[VR5] [VR6] [VR11] a guest leaves, the host leaves, and the room goes on", async () => {
    await meet();
    await sit(cho, "Cho", 3);
    await sit(bob, "Bob", 2);
    await ada.page.locator("#count", { hasText: "3" }).waitFor();
    await ada.touch(2);
    await ada.choose("Make them the host");
    await Promise.all([ada, bob, cho].map((window) => window.seesHost("Bob")));
    await bob.touch(1);
    await bob.choose("Make them the host");
    await ada.seesHost("Ada");
    await ada.leave();
    // Cho has sat for longer than Bob.
    await Promise.all([bob, cho].map((window) => window.seesHost("Cho")));
    await Promise.all([bob.seesNobodyOn(1), bob.line("Ada went.").waitFor(), cho.line("You are the host now.").waitFor()]);
    await cho.touch(7);
    await cho.choose("Close this seat");
    await bob.page.locator("#seats > li:nth-child(7)[data-kind=closed]").waitFor();
    await bob.leave();
    await cho.seesNobodyOn(2);
    await cho.page.locator("#count", { hasText: "1" }).waitFor();
  });

  it("[VR13] [VR14] [VR15] a reload and a lost network keep the room", async () => {
    await meet();
    await sit(bob, "Bob", 2);
    await ada.press("topic");
    await ada.page.getByLabel("Topic of the room").fill("flags and lamps");
    await ada.page.keyboard.press("Enter");
    await cho.page.locator("#topic-words", { hasText: "flags and lamps" }).waitFor();
    await cho.press("applaud");
    await bob.say("before the reload");
    await ada.page.locator("#applause-count", { hasText: "1" }).waitFor();
    await ada.line("before the reload").waitFor();
    await ada.page.reload();
    await ada.connection("connected");
    await ada.sees("Ada", 1);
    await ada.seesHost("Ada");
    await ada.line("before the reload").waitFor();
    await Promise.all([ada.page.locator("#topic", { hasText: "flags and lamps" }).waitFor(), ada.page.locator("#applause-count", { hasText: "1" }).waitFor()]);

    await cho.online(false);
    await bob.say("while Cho is away");
    await ada.line("while Cho is away").waitFor();
    // No goodbye was said: the place is kept.
    expect([await ada.listener("Cho").count(), await ada.line("Cho went.").count()]).toEqual([1, 0]);
    await bob.touch(2);
    await bob.choose("Leave the seat");
    await ada.seesNobodyOn(2);
    await cho.online(true);
    await cho.line("while Cho is away").waitFor();
    await cho.seesNobodyOn(2);
    await cho.say("back again");
    await ada.line("back again").waitFor();
    expect(await ada.stage()).toEqual(await cho.stage());
    expect(await cho.page.evaluate(() => [document.documentElement.scrollWidth, document.documentElement.scrollHeight])).toEqual([390, 844]);
  });

  it("[VR16] the list of demos leads to each of them", async () => {
    await ada.page.goto(`${url}/demo/`);
    const links = await ada.page.locator("a.demo").evaluateAll((all) => all.map((link) => (link instanceof HTMLAnchorElement ? link.href : "")));
    expect(links).toEqual(["messenger", "live", "chat", "voice-room", "call"].map((name) => `${url}/demo/${name}/`));
    for (const link of links) expect((await fetch(link)).status).toBe(200);
  });
});
