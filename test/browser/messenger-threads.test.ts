import { type Browser, chromium, type Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { BROWSER_ARGS, closeContexts, findBrowser } from "../support/browser.ts";
import { type MessengerWindow, openMessenger } from "../support/messenger-window.ts";
import { noisePng } from "../support/noise-png.ts";

const executablePath = findBrowser();
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true } as const;

/** Ann sits at a desk, Bob has a phone; in each test they are new people. */
describe.runIf(executablePath !== undefined)("the messenger in a browser: threads, polls and messages that go together", () => {
  const url = inject("siteUrl");
  let browser: Browser;
  let a: MessengerWindow;
  let b: MessengerWindow;
  let [ann, bob] = ["", ""];
  let meetings = 0;

  const inMenu = (window: MessengerWindow, name: string) => window.page.getByRole("dialog").getByRole("button", { name, exact: true });
  /** A thread, or the list of them, beside the group. */
  const beside = (window: MessengerWindow): Locator => window.page.locator(".beside");
  const sayBeside = async (window: MessengerWindow, text: string): Promise<void> => {
    const field = beside(window).getByLabel("Message", { exact: true });
    await field.fill(text);
    await field.press("Enter");
    await beside(window).locator(".line", { hasText: text }).waitFor();
  };
  const line = (window: MessengerWindow, text: string): Locator => window.page.locator("main .thread-line", { hasText: text });
  const isCutOff = (window: MessengerWindow): Promise<boolean> => window.page.evaluate("document.documentElement.scrollWidth > innerWidth");
  const openGroup = async (window: MessengerWindow, name: string): Promise<void> => {
    await window.page.locator('.row[data-kind="group"]', { hasText: name }).getByRole("link").click();
    await window.field.waitFor();
  };
  /** Ann makes a group with Bob, and asks something in it. */
  const begin = async (name: string, question: string): Promise<void> => {
    await a.page.getByRole("button", { name: "New chat" }).click();
    await a.page.getByRole("button", { name: "New group" }).click();
    await a.page.getByLabel("Name of the group").fill(name);
    await a.page.getByLabel("Add somebody by name").fill(bob);
    await inMenu(a, "Add").click();
    await inMenu(a, "Create").click();
    await a.field.waitFor();
    await a.say(question);
    await openGroup(b, name);
    await b.sees(question);
  };
  /** Ann opens a thread, and says the first word in it. */
  const openThread = async (about: string, name: string, text: string): Promise<void> => {
    await a.choose(about, "Start a thread");
    await a.page.getByLabel("Name of the thread").fill(name);
    await inMenu(a, "Open").click();
    await sayBeside(a, text);
  };

  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: BROWSER_ARGS });
  });
  beforeEach(async () => {
    meetings += 1;
    [ann, bob] = [`ann t${meetings}`, `bob t${meetings}`];
    [a, b] = await Promise.all([openMessenger(browser), openMessenger(browser, PHONE)]);
    await Promise.all([a.enter(url, ann), b.enter(url, bob)]);
  });
  afterEach(async () => {
    const faults = [a, b].flatMap((window) => window.faults.splice(0));
    await closeContexts(a.context, b.context);
    expect(faults).toEqual([]);
  });
  afterAll(() => browser?.close());

  it("[MS40] a thread is opened from a message, stands beside its group or in its place, and is found again", { timeout: 90_000 }, async () => {
    await begin("Herons", "who has seen herons?");
    await openThread("who has seen", "By the lake", "two on Sunday");
    await expect.poll(() => beside(a).locator(".thread-parent").textContent()).toContain("who has seen herons?");
    await line(a, "By the lake").waitFor();
    // On the phone it takes the place of its group.
    await line(b, "By the lake").locator(".thread-count", { hasText: "1 reply" }).waitFor();
    await line(b, "By the lake")
      .locator(".thread-last", { hasText: `${ann}: two on Sunday` })
      .waitFor();
    await line(b, "By the lake").click();
    await beside(b).getByRole("button", { name: "Join the thread" }).waitFor();
    expect([await b.field.count(), await b.page.locator("main.conversation").isVisible(), await isCutOff(b)]).toEqual([1, false, false]);
    await beside(b).getByRole("button", { name: "Back" }).click();
    await b.page.getByRole("button", { name: "Threads" }).click();
    await beside(b).locator(".thread-line", { hasText: "By the lake" }).click();
    await expect.poll(() => b.page.evaluate("location.hash")).toMatch(/^#\/thread\/\d+$/);
    // A reload is in the same place, also without a network.
    await a.page.evaluate("navigator.serviceWorker.ready.then(() => true)");
    await a.context.setOffline(true);
    await a.page.reload();
    await beside(a).locator(".line", { hasText: "two on Sunday" }).waitFor();
    expect(await beside(a).locator(".thread-parent").textContent()).toContain("who has seen herons?");
    await a.context.setOffline(false);
    await a.connection("connected");
    await beside(a).locator(".thread-parent").click();
    await expect.poll(() => a.page.evaluate("location.hash")).toMatch(/^#\/group\/.+\/\d+$/);
    await a.choose("who has seen", "Open the thread");
    await beside(a).locator(".line", { hasText: "two on Sunday" }).waitFor();
  });

  it("[MS41] who joins reads and writes, sees what is unread, and hears nothing more once out; it is renamed and ended", { timeout: 90_000 }, async () => {
    await begin("Storks", "who has seen storks?");
    await openThread("who has seen", "On the roof", "one");
    await line(b, "On the roof").click();
    await beside(b).getByRole("button", { name: "Join the thread" }).click();
    await beside(b).locator(".line", { hasText: "one" }).waitFor();
    // Whom one mentions is somebody who has joined.
    await beside(b).getByLabel("Message", { exact: true }).pressSequentially("@ann");
    await beside(b).locator(".mention-choice button", { hasText: ann }).click();
    await beside(b).getByLabel("Message", { exact: true }).press("Enter");
    await beside(a)
      .locator(".mention.me", { hasText: `@${ann}` })
      .waitFor();
    await sayBeside(b, "where?");
    await beside(a).locator(".line.named", { hasText: "where?" }).waitFor();
    await beside(a).locator(".sender", { hasText: bob }).waitFor();
    // Bob is elsewhere: what Ann says is unread at the message, at the group, and in the list.
    await beside(b).getByRole("button", { name: "Back" }).click();
    await sayBeside(a, "at the mill");
    await line(b, "On the roof").locator(".badge", { hasText: "1" }).waitFor();
    await b.page.locator("main .head-button .badge", { hasText: "1" }).waitFor();
    await b.back();
    await b.page.locator(".row .badge.in-threads", { hasText: "1" }).waitFor();
    expect(await b.page.locator('.row[data-kind="thread"]').count()).toBe(0);
    await openGroup(b, "Storks");
    await line(b, "On the roof").click();
    await beside(b).locator(".line", { hasText: "at the mill" }).waitFor();
    await beside(b).getByRole("button", { name: "Back" }).click();
    await line(b, "On the roof").locator(".badge").waitFor({ state: "detached" });
    // It has another name for all, and Bob leaves it.
    await beside(a).getByRole("button", { name: "This thread" }).click();
    await a.page.getByRole("dialog").locator(`.members li[data-user="${bob}"]`).waitFor();
    await inMenu(a, "Rename the thread").click();
    await a.page.getByRole("dialog").getByLabel("Name of the thread").fill("On the mill");
    await inMenu(a, "Save").click();
    await line(b, "On the mill").click();
    await beside(b).getByRole("button", { name: "This thread" }).click();
    expect(await inMenu(b, "End the thread").count()).toBe(0);
    await inMenu(b, "Leave the thread").click();
    await beside(b).getByRole("button", { name: "Join the thread" }).waitFor();
    await sayBeside(a, "without Bob");
    await beside(b).locator(".thread-door .quote", { hasText: "without Bob" }).waitFor();
    expect(await b.page.locator(".badge").count()).toBe(0);
    await beside(a).getByRole("button", { name: "This thread" }).click();
    await inMenu(a, "End the thread").click();
    await a.page.getByRole("dialog").getByRole("alert").getByRole("button").click();
    await beside(a).waitFor({ state: "detached" });
    await beside(b).getByText("This thread is not there any more.").waitFor();
    await expect.poll(() => a.page.locator(".thread-line").count()).toBe(0);
  });

  it("[MS42] a poll is asked, voted in, changed, and says who has chosen what; in a chat of two, too", { timeout: 90_000 }, async () => {
    await a.begin(bob);
    await a.page.getByRole("button", { name: "New poll" }).click();
    await a.page.getByLabel("Question").fill("When do we go?");
    expect(await inMenu(a, "Send").isDisabled()).toBe(true);
    await a.page.getByLabel("Option 1").fill("Saturday");
    await a.page.getByLabel("Option 2").fill("Sunday");
    await a.page.getByRole("button", { name: "One more option" }).click();
    await a.page.getByLabel("Option 3").fill("Never");
    await inMenu(a, "Send").click();
    await b.row(ann).locator(".row-last", { hasText: "When do we go?" }).waitFor();
    await b.open(ann);
    const option = (window: MessengerWindow, name: string) => window.page.locator(".poll").getByRole("button", { name });
    const stands = (window: MessengerWindow) => window.page.locator(".poll .poll-count").allInnerTexts();
    const bars = (window: MessengerWindow) =>
      window.page.locator(".poll .poll-bar").evaluateAll((all) => all.map((bar) => (bar as unknown as { value: number }).value));
    await option(b, "Sunday").click();
    await expect.poll(() => stands(a)).toEqual(["0", "1", "0"]);
    await option(a, "Saturday").click();
    await expect.poll(() => stands(b)).toEqual(["1", "1", "0"]);
    expect(await bars(b)).toEqual([0.5, 0.5, 0]);
    // Each has one vote.
    await option(b, "Saturday").click();
    await expect.poll(() => stands(a)).toEqual(["2", "0", "0"]);
    await expect.poll(() => option(b, "Saturday").getAttribute("aria-pressed")).toBe("true");
    await a.page.getByRole("button", { name: "2 votes", exact: true }).click();
    const voters = a.page.getByRole("dialog").getByRole("list", { name: "Saturday" });
    await voters.locator("li", { hasText: bob }).waitFor();
    await voters.locator("li", { hasText: "You" }).waitFor();
    await a.page.keyboard.press("Escape");
    await option(a, "Saturday").click();
    await expect.poll(() => stands(b)).toEqual(["1", "0", "0"]);
    expect([await b.page.locator(".reaction").count(), await isCutOff(b)]).toEqual([0, false]);
  });

  it("[MS43] several messages are picked, and go one by one, or as one that opens, also within another", { timeout: 90_000 }, async () => {
    await begin("Terns", "who has seen terns?");
    await b.say("I have");
    await a.sees("I have");
    const picture = { name: "tern.png", mimeType: "image/png", buffer: Buffer.from(noisePng(120)) };
    await a.page.locator("main input[type=file]").setInputFiles(picture);
    await a.log.locator(".line[data-seq] .picture img").waitFor();
    const picks = a.page.locator(".pick");
    const pickAll = async (about: string): Promise<void> => {
      await a.choose(about, "Select several");
      for (const pick of await picks.all()) await pick.check();
    };
    const to = async (who: string): Promise<void> => {
      await a.page.getByRole("dialog").getByRole("button", { name: who }).first().click();
      await a.told(`Forwarded to`);
      await a.page.locator(".pick-bar").waitFor({ state: "detached" });
    };
    // Into a chat of two, where Bob is no stranger.
    await a.begin(bob);
    await a.say("about the terns");
    await openGroup(a, "Terns");
    await pickAll("who has seen");
    await a.page.locator(".pick-bar", { hasText: "3 selected" }).waitFor();
    await a.page.getByRole("button", { name: "Forward as one" }).click();
    await to(bob);
    await b.back();
    await b.open(ann);
    const card = b.page.getByRole("button", { name: "Open the messages: Messages of Terns" });
    await card.locator(".combined-summary", { hasText: `${bob}: I have` }).waitFor();
    await card.click();
    const held = b.page.locator(".held-line");
    await held.filter({ hasText: "who has seen terns?" }).locator(".quote-name", { hasText: ann }).waitFor();
    // The picture is for Bob as well now.
    await expect.poll(() => held.locator(".picture img").evaluate((image) => (image as unknown as { naturalWidth: number }).naturalWidth)).toBe(120);
    expect([await held.count(), await isCutOff(b)]).toEqual([3, false]);
    await b.page.keyboard.press("Escape");
    // One in the other, back into the group; and each for itself.
    await a.open(bob);
    await a.page.locator(".combined-card:not([disabled])").waitFor();
    await pickAll("about the terns");
    await a.page.getByRole("button", { name: "Forward as one" }).click();
    await to("Terns");
    await b.back();
    await openGroup(b, "Terns");
    await b.page.getByRole("button", { name: `Open the messages: ${ann} and ${bob}` }).click();
    await held.filter({ hasText: "about the terns" }).waitFor();
    await held.getByRole("button", { name: "Open the messages: Messages of Terns" }).click();
    await held.filter({ hasText: "I have" }).waitFor();
    await held.locator(".picture img").waitFor();
    await b.page.getByRole("dialog").getByRole("button", { name: "Back" }).click();
    await held.filter({ hasText: "about the terns" }).waitFor();
    await b.page.keyboard.press("Escape");
    await openGroup(a, "Terns");
    await a.choose("who has seen terns?", "Select several");
    // A touch anywhere on a message picks it, or no longer.
    for (const count of [2, 1]) {
      await a.message("I have").first().click();
      await a.page.locator(".pick-bar", { hasText: `${count} selected` }).waitFor();
    }
    await a.page.getByRole("button", { name: "Forward each" }).click();
    await to(bob);
    await a.open(bob);
    await a.message("who has seen terns?").locator(".forwarded").waitFor();
  });
});
