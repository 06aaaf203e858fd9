import { type Browser, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { BROWSER_ARGS, closeContexts, findBrowser, MEDIA_ARGS } from "../support/browser.ts";
import { type MessengerWindow, openMessenger, MessengerWindow as Window } from "../support/messenger-window.ts";
import { noisePng } from "../support/noise-png.ts";

const executablePath = findBrowser();

/** Ann sits at a desk, Bob has a phone; in each test they are new people. */
describe.runIf(executablePath !== undefined)("the messenger in a browser", () => {
  const url = inject("siteUrl");
  let browser: Browser;
  let a: MessengerWindow;
  let b: MessengerWindow;
  let [ann, bob, cy] = ["", "", ""];
  let meetings = 0;

  const meet = async (): Promise<void> => {
    await Promise.all([a.enter(url, ann), b.enter(url, bob)]);
    await a.begin(bob);
    await a.say("hello");
    await b.row(ann).waitFor();
    await b.open(ann);
    await a.ticks("hello", "read");
  };

  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: [...BROWSER_ARGS, ...MEDIA_ARGS] });
  });
  beforeEach(async () => {
    meetings += 1;
    [ann, bob, cy] = [`ann ${meetings}`, `bob ${meetings}`, `cy ${meetings}`];
    [a, b] = await Promise.all([openMessenger(browser), openMessenger(browser, { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true })]);
  });
  afterEach(async () => {
    const faults = [a, b].flatMap((window) => window.faults.splice(0));
    await closeContexts(a.context, b.context);
    expect(faults).toEqual([]);
  });
  afterAll(() => browser?.close());

  it("[MS1] [MS2] [MS4] two people write, see how far it got, react, reply, edit, take back, forward and delete", { timeout: 60_000 }, async () => {
    await meet();
    await b.field.pressSequentially("hi");
    await a.page.locator(".who-status.types").waitFor();
    await b.say("hi, Ann");
    await a.sees("hi, Ann");
    await a.page.locator(".who-status.types").waitFor({ state: "detached" });

    await a.choose("hi, Ann", "React with 👍");
    await b
      .message("hi, Ann")
      .getByRole("button", { name: `👍 by ${ann}` })
      .click();
    await a.message("hi, Ann").locator(".reaction", { hasText: "2" }).waitFor();

    await a.choose("hi, Ann", "Reply");
    await a.say("how are you?");
    await b.message("how are you?").locator(".quote", { hasText: "hi, Ann" }).waitFor();

    await a.choose("how are you?", "Edit");
    await expect.poll(() => a.field.inputValue()).toBe("how are you?");
    await a.say("how are you, Bob?");
    await b.message("how are you, Bob?").getByText("edited").waitFor();

    await a.choose("hello", "Take back for both");
    await b.log.getByText(`${ann} took a message back`).waitFor();
    await a.log.getByText("You took a message back").waitFor();

    await b.back();
    await b.begin(cy);
    await b.say("first words");
    await b.ticks("first words", "sent");
    await b.back();
    await b.open(ann);
    await b.choose("how are you, Bob?", "Forward");
    await b.page.getByRole("dialog").getByRole("button", { name: cy }).click();
    await b.told(`Forwarded to ${cy}`);
    await b.choose("how are you, Bob?", "Delete for me");
    await b.message("how are you, Bob?").waitFor({ state: "detached" });
    await a.sees("how are you, Bob?");
    await b.back();
    await b.open(cy);
    await b.message("how are you, Bob?").getByText("Forwarded").waitFor();
    await expect.poll(() => a.texts()).toEqual(["hi, Ann", "how are you, Bob?"]);
  });

  it("[MS3] a picture and a voice note go up, and are seen and heard on the other side", { timeout: 60_000 }, async () => {
    await meet();
    const png = noisePng(600);
    await a.page.locator("input[type=file]").setInputFiles({ name: "noise.png", mimeType: "image/png", buffer: Buffer.from(png) });
    const picture = b.log.getByRole("button", { name: "noise.png" });
    await picture.locator("img").waitFor();
    await picture.click();
    const whole = b.page.getByRole("dialog").locator(".whole img");
    await whole.waitFor();
    await expect.poll(() => whole.evaluate((image) => (image as { naturalWidth?: number }).naturalWidth)).toBe(600);
    await b.page.getByRole("button", { name: "Close" }).click();

    await b.page.getByRole("button", { name: "Record a voice note" }).click();
    await b.page.locator(".recording-time", { hasText: "0:01" }).waitFor();
    await b.page.getByRole("button", { name: "Send voice note" }).click();
    const play = a.log.getByRole("button", { name: "Play" });
    await play.click();
    await a.log.getByRole("button", { name: "Pause" }).waitFor();
    await b.log.locator('.bubble.audio .tick[data-state="read"]').waitFor();

    await a.page.locator("input[type=file]").setInputFiles({ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("some notes") });
    const [download] = await Promise.all([b.page.waitForEvent("download"), b.log.getByRole("button", { name: "notes.txt" }).click()]);
    expect(download.suggestedFilename()).toBe("notes.txt");
  });

  it("[MS5] without a network all of it is there at once, and what is written goes when there is one", { timeout: 60_000 }, async () => {
    await meet();
    await expect.poll(() => a.page.evaluate("navigator.serviceWorker.controller !== null")).toBe(true);
    await b.say("before the tunnel");
    await a.sees("before the tunnel");
    await a.context.setOffline(true);
    await a.page.reload();
    await a.sees("before the tunnel");
    await a.connection("offline");
    await a.say("from the tunnel");
    await a.ticks("from the tunnel", "waiting");
    await a.page.locator(".banner", { hasText: "No connection" }).waitFor();
    // To somebody new, too; and it outlives the page.
    await a.begin(cy);
    await a.say("are you there?");
    await a.row(cy).locator('.tick[data-state="waiting"]').waitFor();
    await b.say("meanwhile");
    await a.page.reload();
    await a.row(cy).locator('.tick[data-state="waiting"]').waitFor();
    await a.context.setOffline(false);
    await b.sees("from the tunnel");
    await a.row(cy).locator('.tick[data-state="sent"]').waitFor();
    await a.open(bob);
    await a.sees("meanwhile");
    expect((await a.texts()).slice(-3).sort()).toEqual(["before the tunnel", "from the tunnel", "meanwhile"]);
  });

  it("[MS6] tabs share a connection; the last one goes on when the others are closed", { timeout: 60_000 }, async () => {
    await meet();
    const sockets: string[] = [];
    const second = new Window(await a.context.newPage());
    second.page.on("websocket", (socket) => sockets.push(socket.url()));
    await second.enter(url, ann);
    await second.open(bob);
    await second.say("from the second tab");
    await Promise.all([a.sees("from the second tab"), b.sees("from the second tab")]);
    const picture = noisePng(64);
    await second.page.locator("input[type=file]").setInputFiles({ name: "small.png", mimeType: "image/png", buffer: Buffer.from(picture) });
    await b.log.getByRole("button", { name: "small.png" }).locator("img").waitFor();
    expect(sockets).toEqual([]);
    await a.page.close();
    await second.say("alone now");
    await b.sees("alone now");
    expect(sockets.length).toBeGreaterThan(0);
    await b.say("yes");
    await second.sees("yes");
    expect((await second.texts()).slice(-3)).toEqual(["from the second tab", "alone now", "yes"]);
    expect(second.faults).toEqual([]);
  });

  it("[MS7] contacts are invited, accepted and named; profiles are seen; who is blocked cannot write", { timeout: 60_000 }, async () => {
    await meet();
    await b.back();
    await b.tab("Me");
    await b.page.getByLabel("Nickname").fill("Bobby");
    await b.page.getByRole("button", { name: "Save" }).click();
    await b.told("Saved.");
    await b.page.getByRole("button", { name: "🦊" }).click();
    await b.tab("Contacts");
    await b.page.getByLabel("Their name").fill(ann);
    await b.page.getByLabel("A word to them").fill("it is me");
    await b.page.getByRole("button", { name: "Invite" }).click();
    await a.tab("Contacts");
    const asked = a.page.locator(`.request[data-user="${bob}"]`, { hasText: "it is me" });
    await asked.getByRole("button", { name: "Accept" }).click();
    await b.page.locator(".person", { hasText: ann }).waitFor();
    await a.page.locator(".person").click();
    await a.page.getByRole("button", { name: "This conversation" }).click();
    await a.page.getByLabel("Your name for them").fill("Robert");
    await a.page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await a.page.locator(".who-name", { hasText: "Robert" }).waitFor();

    await a.chatMenu("Block");
    await a.page.locator(".banner", { hasText: "You have blocked this person" }).waitFor();
    await b.tab("Chats");
    await b.open(ann);
    await b.say("can you hear me?");
    await b.ticks("can you hear me?", "failed");
    await a.tab("Me");
    await a.page.getByRole("button", { name: "Unblock" }).click();
    await b.message("can you hear me?").getByRole("button", { name: "Try again" }).click();
    await b.ticks("can you hear me?", "delivered");
  });

  it("[MS8] the list has unread messages, pin, silence, and drafts; words are found on the device", { timeout: 60_000 }, async () => {
    await Promise.all([a.enter(url, ann), b.enter(url, bob)]);
    await b.begin(ann);
    for (const text of ["one apple", "two pears", "三个苹果"]) await b.say(text);
    await a.row(bob).locator(".badge", { hasText: "3" }).waitFor();
    await expect.poll(() => a.page.title()).toBe(`(3) ${ann} · Wigwag`);
    await a.begin(cy);
    await a.say("to cy");
    await a.ticks("to cy", "sent");
    await a.field.fill("half a sentence");
    await a.open(bob);
    await a.row(bob).locator(".badge").waitFor({ state: "detached" });
    await a.row(cy).getByText("half a sentence").waitFor();
    await a.chatMenu("Pin to the top");
    await a.page.locator(`.row[data-user="${bob}"][data-pinned=true]`).waitFor();
    await a.chatMenu("Do not disturb");
    await a.row(bob).locator(".icon-mute").waitFor();
    await a.page.getByLabel("Search messages").fill("苹果");
    await a.page.locator(".hits .row").waitFor();
    await a.page.getByLabel("Search messages").fill("PEARS two");
    const hit = a.page.locator(".hits a", { hasText: "two pears" });
    const place = String(await hit.getAttribute("href"));
    expect(place).toMatch(/\/\d+$/);
    await hit.click();
    await a.message("two pears").waitFor();
    await expect.poll(() => a.page.evaluate("location.hash")).toBe(place);
    await a.page.getByLabel("Search messages").fill("");
    await a.chatMenu("Delete all messages for me");
    await a.page.getByRole("dialog").getByRole("alert").getByRole("button").click();
    await expect.poll(() => a.texts()).toEqual([]);
    expect(await b.texts()).toHaveLength(3);
  });

  it("[MS9] nothing is cut off on a phone of 360 pixels; Chinese is one choice away; the keyboard is enough", { timeout: 60_000 }, async () => {
    await meet();
    const tooWide = () => b.page.evaluate("document.documentElement.scrollWidth > innerWidth");
    await a.say("https://example.com/a-very-long-address-without-any-place-to-break/it-would-push-the-page-to-the-side?and=more".repeat(2));
    await b.sees("a-very-long-address");
    await expect.poll(tooWide).toBe(false);
    await b.back();
    for (const tab of ["Contacts", "Me"] as const) {
      await b.tab(tab);
      await expect.poll(tooWide).toBe(false);
    }
    await b.page.getByLabel("Language").selectOption("zh");
    await b.page.getByRole("heading", { name: "我", exact: true }).waitFor();
    await expect.poll(() => b.page.evaluate("document.documentElement.lang")).toBe("zh-CN");
    await b.page.reload();
    await b.page.getByRole("button", { name: "消息" }).click();
    await b.row(ann).waitFor();
    await expect.poll(tooWide).toBe(false);

    // From the field to a message's menu, a reaction, and back.
    await a.field.focus();
    const menus = a.log.getByRole("button", { name: "More about this message" });
    await menus.last().focus();
    await a.page.keyboard.press("Enter");
    await a.page.getByRole("dialog").waitFor();
    await a.page.keyboard.press("Escape");
    await a.page.getByRole("dialog").waitFor({ state: "detached" });
    // It gives the focus back to where it was.
    await expect.poll(() => menus.last().evaluate((button) => button.matches(":focus"))).toBe(true);
    await a.page.keyboard.press("Enter");
    await a.page.getByRole("dialog").getByRole("button", { name: "React with 👍" }).press("Enter");
    await a.log.locator(".reaction").waitFor();
  });
});
