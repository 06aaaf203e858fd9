import { type Browser, chromium } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { growText, openChat } from "../../src/client/chat/index.ts";
import { connect } from "../../src/client/index.ts";
import { BROWSER_ARGS, closeContexts, findBrowser } from "../support/browser.ts";
import { type MessengerWindow, openMessenger } from "../support/messenger-window.ts";
import { noisePng } from "../support/noise-png.ts";

const executablePath = findBrowser();
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: "dark" } as const;

/** Ann sits at a desk, Bob has a phone; in each test they are new people. */
describe.runIf(executablePath !== undefined)("the messenger in a browser, with more than two", () => {
  const url = inject("siteUrl");
  let browser: Browser;
  let a: MessengerWindow;
  let b: MessengerWindow;
  let [ann, bob, cho] = ["", "", ""];
  let meetings = 0;

  const inMenu = (window: MessengerWindow, name: string) => window.page.getByRole("dialog").getByRole("button", { name, exact: true });
  const chatMenu = (window: MessengerWindow) => window.page.getByRole("button", { name: "This conversation" }).click();
  const openGroup = async (window: MessengerWindow, name: string): Promise<void> => {
    await window.page.locator('.row[data-kind="group"]', { hasText: name }).getByRole("link").click();
    await window.field.waitFor();
  };
  const member = (window: MessengerWindow, user: string) => window.page.locator(`.members li[data-user="${user}"]`);
  const actOn = async (window: MessengerWindow, user: string, act: string): Promise<void> => {
    await chatMenu(window);
    await member(window, user).getByRole("button").click();
    await inMenu(window, act).click();
    await window.told("Done.");
  };
  /** Ann makes a group with Bob. */
  const begin = async (name: string): Promise<void> => {
    await a.page.getByRole("button", { name: "New chat" }).click();
    await a.page.getByRole("button", { name: "New group" }).click();
    await a.page.getByLabel("Name of the group").fill(name);
    await a.page.getByLabel("Add somebody by name").fill(bob);
    await inMenu(a, "Add").click();
    await inMenu(a, "Create").click();
    await a.field.waitFor();
    await a.say("hello");
    await openGroup(b, name);
    await b.sees("hello");
  };
  /** Somebody who is no window. */
  const program = async (user: string) => {
    const response = await fetch(`${url}/demo/token`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ user }) });
    const { app, token } = (await response.json()) as { app: string; token: string };
    const client = await connect({ url, app, user, device: "program", token });
    return { client, chats: await openChat(client) };
  };

  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: BROWSER_ARGS });
  });
  beforeEach(async () => {
    meetings += 1;
    [ann, bob, cho] = [`ann g${meetings}`, `bob g${meetings}`, `cho g${meetings}`];
    [a, b] = await Promise.all([openMessenger(browser), openMessenger(browser, PHONE)]);
    await Promise.all([a.enter(url, ann), b.enter(url, bob)]);
  });
  afterEach(async () => {
    const faults = [a, b].flatMap((window) => window.faults.splice(0));
    await closeContexts(a.context, b.context);
    expect(faults).toEqual([]);
  });
  afterAll(() => browser?.close());

  it("[MS10] a text is seen while it is written", { timeout: 60_000 }, async () => {
    const { client, chats } = await program(cho);
    const text = await growText(chats, ann, { text: "Once upon" });
    await a.open(cho);
    const message = a.message("Once upon");
    await message.locator('[aria-busy="true"]').waitFor();
    await text.append(" a time,");
    await a.sees("Once upon a time,");
    await message.locator('[aria-busy="true"]').waitFor();
    await text.append(" all was well.");
    await text.end();
    await a.sees("Once upon a time, all was well.");
    await message.locator('[aria-busy="true"]').waitFor({ state: "detached" });
    chats.close();
    client.close();
  });

  it("[MS11] pinned messages stand above the others and lead to their place; a message says who has it and has read it", { timeout: 60_000 }, async () => {
    await begin("Larks");
    await a.choose("hello", "Pin");
    await b.page.locator(".pinned-bar", { hasText: "hello" }).waitFor();
    await b.say("second");
    await a.choose("second", "Pin");
    await b.page.locator(".pinned-bar", { hasText: "2 pinned" }).click();
    await b.page.getByRole("dialog").getByRole("button", { name: "hello" }).click();
    await expect.poll(() => b.page.evaluate("location.hash")).toMatch(/^#\/group\/.+\/\d+$/);
    await a.choose("hello", "Details");
    await a.page.locator('[data-receipt="read"]', { hasText: bob }).waitFor();
    await a.page.keyboard.press("Escape");
    for (const text of ["hello", "second"]) await a.choose(text, "Unpin");
    await b.page.locator(".pinned-bar").waitFor({ state: "detached" });
  });

  it("[MS12] a picture of one's own is seen by others, in the list, above the conversation and in the card", { timeout: 60_000 }, async () => {
    await a.tab("Me");
    const picture = { name: "me.png", mimeType: "image/png", buffer: Buffer.from(noisePng(300)) };
    await a.page.locator("input[type=file]").setInputFiles(picture);
    await a.told("Saved.");
    await a.page.locator('.me img.avatar[src^="data:image/"]').waitFor();
    await a.tab("Chats");
    await a.begin(bob);
    await a.say("it is me");
    await b.row(ann).locator("img.avatar").waitFor();
    await b.open(ann);
    const head = b.page.locator(".conversation-head img.avatar");
    await expect.poll(() => head.evaluate((image) => (image as { naturalWidth?: number }).naturalWidth)).toBeGreaterThanOrEqual(40);
    await chatMenu(b);
    await b.page.locator(".card-head img.avatar").waitFor();
    await b.page.keyboard.press("Escape");
    await a.tab("Me");
    await a.page.getByRole("button", { name: "Remove the picture" }).click();
    await a.page.locator(".me img.avatar").waitFor({ state: "detached" });
  });

  it("[MS20] [MS21] a group is made, spoken in, with mentions, an announcement, and people who come and go", { timeout: 90_000 }, async () => {
    await begin("Birds");
    await b.page.locator(".line.named", { hasText: "hello" }).locator(".sender", { hasText: ann }).waitFor();
    await b.back();
    await a.field.pressSequentially("look, @bo");
    await a.page.locator(".mention-choice button", { hasText: bob }).click();
    await a.field.press("Enter");
    const row = b.page.locator('.row[data-kind="group"]');
    await row.locator(".mentioned").waitFor();
    await openGroup(b, "Birds");
    await b
      .message("look")
      .locator(".mention.me", { hasText: `@${bob}` })
      .waitFor();
    await row.locator(".mentioned").waitFor({ state: "detached" });

    await chatMenu(a);
    await inMenu(a, "Name and announcement").click();
    await a.page.getByRole("textbox", { name: "Name of the group" }).fill("Birds of the city");
    await a.page.getByRole("textbox", { name: "Announcement" }).fill("On Sunday at six.");
    await inMenu(a, "Save").click();
    await b.page.locator(".who-name", { hasText: "Birds of the city" }).waitFor();
    await b.page.locator(".notice-bar", { hasText: "On Sunday at six." }).waitFor();

    await chatMenu(b);
    await inMenu(b, "Invite").click();
    await b.page.getByLabel("Add somebody by name").fill(cho);
    await inMenu(b, "Add").click();
    await inMenu(b, "Invite").click();
    await b.told("They are invited.");
    await a.page.locator(".who-status", { hasText: "3 members" }).waitFor();
    await a.log.locator(".tip", { hasText: `${bob} added ${cho}` }).waitFor();
    await expect.poll(() => b.page.evaluate("document.documentElement.scrollWidth > innerWidth")).toBe(false);

    await chatMenu(b);
    await inMenu(b, "Leave the group").click();
    await a.log.locator(".tip", { hasText: `${bob} left` }).waitFor();
    await row.waitFor({ state: "detached" });
  });

  it("[MS22] the owner appoints, mutes one and all, hands over and ends the group; who may say nothing sees why", { timeout: 90_000 }, async () => {
    await begin("Owls");
    await chatMenu(a);
    await member(a, bob).getByRole("button").click();
    await inMenu(a, "Mute …").click();
    await inMenu(a, "1 hour").click();
    await a.told("Done.");
    await b.page.locator(".silenced", { hasText: "You are muted." }).waitFor();
    await actOn(a, bob, "Let speak again");
    await b.field.waitFor();
    await chatMenu(a);
    await inMenu(a, "Mute all members").click();
    await b.page.locator(".silenced", { hasText: "All members are muted." }).waitFor();
    await actOn(a, bob, "Make admin");
    await b.field.waitFor();
    await b.say("I may");
    await a.sees("I may");
    await chatMenu(b);
    await inMenu(b, "Let all members speak").click();
    await actOn(a, bob, "Make owner in your place");
    await chatMenu(b);
    await member(b, bob).locator(".role", { hasText: "Owner" }).waitFor();
    await inMenu(b, "End the group").click();
    await b.page.getByRole("dialog").getByRole("alert").getByRole("button").click();
    await a.page.locator(".silenced", { hasText: "You are not in this group." }).waitFor();
  });
});
