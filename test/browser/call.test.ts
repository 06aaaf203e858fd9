import { type Browser, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { BROWSER_ARGS, findBrowser, MEDIA_ARGS } from "../support/browser.ts";
import { CallWindow, openCallWindow } from "../support/call-window.ts";
import { watchMediaWay } from "../support/media-way.ts";

const FULL = Boolean(process.env.WIGWAG_FULL);
const CALLS = FULL ? 20 : 5;
/** Three pages that code and decode each other's pictures. */
const SLOW_MS = 60_000;
const executablePath = findBrowser();

describe.runIf(executablePath !== undefined)("the video call in a browser", () => {
  const url = inject("siteUrl");
  let browser: Browser;
  let ada: CallWindow;
  let bob: CallWindow;
  /** Beside those of ada and bob, which serve all tests: a new one costs a process. */
  const windows: CallWindow[] = [];
  let tests = 0;
  // Nobody of another file: all share one service.
  const named = (name: string): string => `${name}-${tests}`;

  const open = async (options = {}): Promise<CallWindow> => {
    const window = await openCallWindow(browser, options);
    windows.push(window);
    return window;
  };
  /** Two people who have never called each other. */
  const meet = async (query: Readonly<Record<string, string>> = {}): Promise<void> => {
    tests += 1;
    await Promise.all([ada.enter(url, named("ada"), query), bob.enter(url, named("bob"))]);
  };
  const talk = async (): Promise<void> => {
    await ada.call(named("bob"));
    await bob.rings(named("ada"));
    await bob.accept();
    await Promise.all([ada.sees(named("bob")), bob.sees(named("ada"))]);
  };
  const idle = () => Promise.all([ada.screen("idle"), bob.screen("idle")]);

  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: [...BROWSER_ARGS, ...MEDIA_ARGS] });
    [ada, bob] = await Promise.all([openCallWindow(browser), openCallWindow(browser)]);
  });
  afterEach(async () => {
    const others = windows.splice(0);
    const faults = [ada, bob, ...others].flatMap((window) => window.faults.splice(0));
    await Promise.all(others.map(({ page }) => page.close()));
    expect(faults).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
  });

  it("[DV1] two people call each other: it rings, is answered, each sees the other's picture move, and either ends it", async () => {
    await meet();
    await ada.call(named("bob"));
    await ada.page.getByText("Ringing …").waitFor();
    await bob.rings(named("ada"));
    await bob.accept();
    await Promise.all([ada.sees(named("bob")), bob.sees(named("ada"))]);
    await ada.page.locator("#timer", { hasText: /^0:0[1-9]$/ }).waitFor();
    await bob.hangUp();
    await idle();
    await ada.says("The call has ended.");
    await bob.person(named("ada")).getByText("Called you").waitFor();
    await ada.person(named("bob")).getByRole("button").click();
    await bob.rings(named("ada"));
  });

  it("[DV2] refused, cancelled, not answered, not there: both hear how it ended", async () => {
    await meet({ answer: "1500" });
    await ada.call(named("bob"));
    await bob.rings(named("ada"));
    await bob.press("Decline");
    await ada.says(`${named("bob")} declined.`);
    await idle();
    await ada.call(named("bob"));
    await bob.rings(named("ada"));
    await ada.press("Cancel");
    await bob.says(`You missed a call from ${named("ada")}.`);
    await bob.person(named("ada")).getByText("Missed call").waitFor();
    await idle();
    await ada.call(named("bob"));
    await bob.rings(named("ada"));
    await ada.says(`${named("bob")} did not answer.`);
    await idle();
  });

  it("[DV3] who is in a call is busy for others, and goes on undisturbed", async () => {
    await meet();
    await talk();
    const eve = await (await open()).enter(url, named("eve"));
    await eve.call(named("bob"));
    await eve.says(`${named("bob")} is in another call.`);
    await Promise.all([eve.screen("idle"), bob.sees(named("ada"))]);
    await ada.hangUp();
    await idle();
  });

  it("[DV4] without a way for signals the pictures go on; hanging up afterwards works, and so does hanging up meanwhile", async () => {
    await meet();
    await talk();
    await bob.page.getByRole("switch", { name: "Online" }).click();
    await bob.connection("off");
    await bob.page.getByText("the call goes on").waitFor();
    await Promise.all([ada.sees(named("bob"), 20), bob.sees(named("ada"), 20)]);
    await bob.page.getByRole("switch", { name: "Online" }).click();
    await bob.connection("connected");
    await Promise.all([ada.sees(named("bob")), bob.sees(named("ada"))]);
    await ada.hangUp();
    await idle();

    await talk();
    await bob.page.getByRole("switch", { name: "Online" }).click();
    await bob.connection("off");
    await bob.hangUp();
    await bob.screen("idle");
    await bob.page.getByRole("switch", { name: "Online" }).click();
    await ada.says("The call has ended.");
    await idle();
  });

  it("[DV12] pictures that cannot get through any more find another way, by signals of the call", { timeout: 3 * SLOW_MS }, async () => {
    tests += 1;
    const [cy, dan] = await Promise.all([open(), open()]);
    const way = await watchMediaWay(cy.page, dan.page);
    await Promise.all([cy.enter(url, named("cy")), dan.enter(url, named("dan"))]);
    await cy.call(named("dan"));
    await dan.rings(named("cy"));
    await dan.accept();
    const seen = () => Promise.all([cy.sees(named("dan")), dan.sees(named("cy"))]);
    await seen();
    expect(way.datagrams).toBeGreaterThan(0);

    way.break();
    // Who sees it first looks for another way, and may find it before the other has seen anything.
    await Promise.any([cy.loses(named("dan")), dan.loses(named("cy"))]);
    await seen();
    expect(way.datagrams).toBeGreaterThan(0);

    if (FULL) {
      // Both ways are gone at once, for a while: what was offered meanwhile did not arrive.
      way.break();
      await dan.page.getByRole("switch", { name: "Online" }).click();
      await dan.connection("off");
      await Promise.all([cy.loses(named("dan")), dan.loses(named("cy"))]);
      await dan.page.getByRole("switch", { name: "Online" }).click();
      await dan.connection("connected");
      await seen();
    }
    await cy.hangUp();
    way.stop();
  });

  it("[DV5] a second tab of the same person sees the call, and takes it over", async () => {
    await meet();
    await talk();
    const tab = new CallWindow(await bob.context.newPage());
    windows.push(tab);
    await tab.enter(url, named("bob"));
    await tab.page.getByText(`In a call with ${named("ada")} on another device.`).waitFor();
    await tab.press("Take it over");
    await Promise.all([tab.sees(named("ada")), bob.screen("idle")]);
    await bob.says("The call goes on with your other device.");
    await ada.sees(named("bob"));
    await tab.hangUp();
    await Promise.all([ada.screen("idle"), tab.screen("idle")]);
  });

  it("[DV5] two tabs ring; the answer of one silences the other", async () => {
    await meet();
    const tab = new CallWindow(await bob.context.newPage());
    windows.push(tab);
    await tab.enter(url, named("bob"));
    await ada.call(named("bob"));
    await Promise.all([bob.rings(named("ada")), tab.rings(named("ada"))]);
    await tab.accept();
    await Promise.all([tab.sees(named("ada")), bob.screen("idle")]);
    await ada.hangUp();
    await tab.screen("idle");
  });

  it("[DV6] a reload in the middle goes on with the call, and its pictures", async () => {
    await meet();
    await talk();
    await bob.page.reload();
    await Promise.all([bob.sees(named("ada")), ada.sees(named("bob"))]);
    await ada.hangUp();
    await idle();
  });

  it("[DV7] two who call each other at the same moment are in one call", async () => {
    await meet();
    for (const [window, other] of [
      [ada, named("bob")],
      [bob, named("ada")],
    ] as const) {
      await window.page.locator("#dial-names").fill(other);
    }
    await Promise.all([ada, bob].map((window) => window.page.locator("#dial-names").press("Enter")));
    await Promise.all([ada.sees(named("bob")), bob.sees(named("ada"))]);
    await ada.hangUp();
    await idle();
  });

  it("[DV8] three people: one is added later; who leaves does not end it for the rest", { timeout: SLOW_MS }, async () => {
    await meet();
    const eve = await (await open()).enter(url, named("eve"));
    await talk();
    await bob.press("Add somebody");
    await bob.page.getByLabel("Whom to add").fill(named("eve"));
    await bob.page.keyboard.press("Enter");
    await ada.tile(named("eve")).getByText("ringing …").waitFor();
    await eve.rings(named("ada"));
    await eve.accept();
    await Promise.all([ada.sees(named("eve")), bob.sees(named("eve")), eve.sees(named("bob"))]);
    await ada.hangUp();
    await Promise.all([ada.screen("idle"), bob.sees(named("eve")), bob.tile(named("ada")).waitFor({ state: "detached" })]);
    await bob.hangUp();
    await Promise.all([bob.screen("idle"), eve.screen("idle")]);
  });

  it("[DV8] several are called at once, by names with commas", async () => {
    await meet({ answer: "4000" });
    const eve = await (await open()).enter(url, named("eve"));
    await ada.call(named("bob"), named("eve"));
    await Promise.all([bob.rings(named("ada")), eve.rings(named("ada"))]);
    await bob.press("Decline");
    await ada.screen("ring");
    await eve.press("Decline");
    await ada.says("declined.");
    await Promise.all([ada.screen("idle"), eve.screen("idle")]);
  });

  it("[DV9] microphone and camera can be switched off, and the other sees that", async () => {
    await meet();
    await talk();
    const tile = ada.tile(named("bob"));
    await bob.press("Mute microphone");
    await tile.getByText("muted").waitFor();
    await bob.press("Switch camera off");
    await tile.and(ada.page.locator("[data-camera=false]")).waitFor();
    await bob.page.getByRole("button", { name: "Unmute microphone", pressed: true }).click();
    await bob.press("Switch camera on");
    await tile.and(ada.page.locator("[data-camera=true]")).waitFor();
    await ada.sees(named("bob"));
    await ada.hangUp();
    await idle();
  });

  it("[DV10] a phone of 390 pixels cuts nothing off, and keys are enough", async () => {
    await meet();
    const phone = await (await open({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true })).enter(url, named("phone"));
    const wide = () => phone.page.evaluate(() => document.documentElement.scrollWidth);
    expect(await wide()).toBe(390);
    await ada.page.locator("#dial-names").focus();
    await ada.page.keyboard.type(named("phone"));
    await ada.page.keyboard.press("Enter");
    await phone.rings(named("ada"));
    expect([await wide(), await phone.page.locator("#home").isVisible()]).toEqual([390, false]);
    await phone.page.getByRole("button", { name: "Accept" }).tap();
    await Promise.all([ada.sees(named("phone")), phone.sees(named("ada"))]);
    expect(await wide()).toBe(390);
    for (const name of ["Mute microphone", "Switch camera off", "Add somebody", "Hang up"]) {
      const box = await phone.page.getByRole("button", { name, exact: true }).boundingBox();
      expect([name, (box?.x ?? -1) >= 0, (box?.x ?? 0) + (box?.width ?? 0) <= 390, (box?.y ?? 0) + (box?.height ?? 0) <= 844]).toEqual([
        name,
        true,
        true,
        true,
      ]);
    }
    // The key that hangs up has the focus.
    await ada.page.keyboard.press("Enter");
    await phone.screen("idle");
    await phone.call(named("ada"));
    await ada.rings(named("phone"));
    // And that which accepts.
    await ada.page.keyboard.press("Enter");
    await ada.screen("talk");
    await phone.hangUp();
  });

  it(`[DV11] ${CALLS} calls in a row connect`, { timeout: 30_000 + CALLS * 15_000 }, async () => {
    tests += 1;
    await Promise.all([ada.enter(url, named("ada")), bob.enter(url, named("bob"), { auto: "" })]);
    await ada.person(named("bob")).waitFor();
    const times: number[] = [];
    for (let call = 0; call < CALLS; call++) {
      await ada.call(named("bob"));
      const [ms] = await Promise.all([ada.firstFrameMs(), bob.firstFrameMs()]);
      times.push(ms);
      await ada.hangUp();
      await idle();
    }
    const sorted = times.toSorted((a, b) => a - b);
    console.log(`video call: median ${sorted[CALLS >> 1]} ms from call() to the first remote frame, ${CALLS} calls: ${times.join(" ")}`);
    expect(times.length).toBe(CALLS);
  });
});
