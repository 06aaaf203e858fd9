import { readFile } from "node:fs/promises";
import { type Browser, chromium, type Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { type Chats, groupsOf, type NewGroup, openChat } from "../../src/client/chat/index.ts";
import { type Client, connect } from "../../src/client/index.ts";
import { BROWSER_ARGS, closeContexts, findBrowser } from "../support/browser.ts";
import { type MessengerWindow, openMessenger } from "../support/messenger-window.ts";
import { noisePng } from "../support/noise-png.ts";

const executablePath = findBrowser();
const PHONE = { viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true, colorScheme: "dark", acceptDownloads: true } as const;
/** Where screenshots go, if somebody wants to look. */
const SHOTS = process.env.SHOTS;

/** Ann owns the groups and sits at a desk, Bob has a phone; in each test they are new people. */
describe.runIf(executablePath !== undefined)("the messenger in a browser, where groups are led", () => {
  const url = inject("siteUrl");
  let browser: Browser;
  let a: MessengerWindow;
  let b: MessengerWindow;
  let [ann, bob, cho] = ["", "", ""];
  let meetings = 0;
  const programs: { close(): void }[] = [];

  const dialog = (window: MessengerWindow): Locator => window.page.getByRole("dialog");
  const press = (window: MessengerWindow, name: string | RegExp) => dialog(window).getByRole("button", { name, exact: true }).click();
  const menu = async (window: MessengerWindow, choice?: string): Promise<void> => {
    await window.page.getByRole("button", { name: "This conversation" }).click();
    if (choice !== undefined) await dialog(window).locator(".choice", { hasText: choice }).click();
  };
  const leave = (window: MessengerWindow) => window.page.keyboard.press("Escape");
  const shot = async (window: MessengerWindow, name: string): Promise<void> => {
    if (SHOTS !== undefined) await window.page.screenshot({ path: `${SHOTS}/${name}.png` });
  };
  const fits = (window: MessengerWindow) => expect.poll(() => window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  const openGroup = (window: MessengerWindow, group: string): Promise<unknown> => window.page.evaluate(`location.hash = ${JSON.stringify(`#/group/${group}`)}`);

  /** Somebody who is no window. */
  const program = async (user: string): Promise<{ client: Client; chats: Chats }> => {
    const response = await fetch(`${url}/demo/token`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ user }) });
    const { app, token } = (await response.json()) as { app: string; token: string };
    const client = await connect({ url, app, user, device: "program", token });
    const chats = await openChat(client);
    programs.push(client, chats);
    return { client, chats };
  };
  /** Ann's group, made by a program of hers, open in her window; and in Bob's, if he is in it. */
  const begin = async (name: string, change: NewGroup = {}): Promise<string> => {
    const { chats } = await program(ann);
    const id = `${name.toLowerCase()}-${meetings}-${crypto.randomUUID().slice(0, 8)}`;
    await groupsOf(chats).create({ id, name, ...change });
    await openGroup(a, id);
    await a.page.locator(".who-name", { hasText: name }).waitFor();
    if (!change.members?.includes(bob)) return id;
    await openGroup(b, id);
    await b.field.waitFor();
    return id;
  };

  beforeAll(async () => {
    browser = await chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: BROWSER_ARGS });
  });
  beforeEach(async () => {
    meetings += 1;
    [ann, bob, cho] = [`ann l${meetings}`, `bob l${meetings}`, `cho l${meetings}`];
    [a, b] = await Promise.all([openMessenger(browser), openMessenger(browser, PHONE)]);
    await Promise.all([a.enter(url, ann), b.enter(url, bob)]);
  });
  afterEach(async () => {
    for (const one of programs.splice(0)) one.close();
    const faults = [a, b].flatMap((window) => window.faults.splice(0));
    await closeContexts(a.context, b.context);
    expect(faults).toEqual([]);
  });
  afterAll(() => browser?.close());

  it("[MS23] who is not in a public group sees its card and asks to join; its owner says no with a reason, or yes", { timeout: 90_000 }, async () => {
    const id = await begin("Larks", { public: true, approval: true, description: "Who sings before sunrise, in the fields behind the mill." });
    await openGroup(b, id);
    const card = b.page.locator(".group-card");
    await card.getByText("Who sings before sunrise").waitFor();
    await fits(b);
    await shot(b, "card-phone");
    await card.getByLabel("A word to them").fill("I sing, too");
    await card.getByRole("button", { name: "Ask to join" }).click();
    await card.getByText("They were asked.").waitFor();
    await a.told(`${bob} asks to join Larks.`);
    await a.page.locator(".asking-bar", { hasText: "Somebody asks to join" }).click();
    const request = dialog(a).locator(`li[data-user="${bob}"]`);
    await request.getByText("I sing, too").waitFor();
    await shot(a, "requests");
    await request.getByRole("button", { name: "Decline" }).click();
    await request.getByLabel("Why not (they see it)").fill("Not in winter");
    await shot(a, "requests-decline");
    await request.getByRole("button", { name: "Decline" }).click();
    await b.told("Larks said no: Not in winter");
    await dialog(a).getByText("Nobody waits.").waitFor();
    await leave(a);
    await b.page.reload();
    await b.connection("connected");
    await card.getByRole("button", { name: "Ask to join" }).click();
    await menu(a, "Requests and invitations");
    await request.getByRole("button", { name: "Accept" }).click();
    await b.field.waitFor();
    await b.say("good morning");
    await leave(a);
    await a.sees("good morning");
    // Nobody waits at the door of an open group.
    await menu(a, "Joining and history");
    await dialog(a).getByRole("switch", { name: "Who asks to join waits for a yes" }).click();
    await dialog(a).locator('[aria-checked="false"]', { hasText: "waits for a yes" }).waitFor();
    await shot(a, "rules");
    await leave(a);
    await menu(b, "Leave the group");
    await b.row(id).waitFor({ state: "detached" });
    await openGroup(b, id);
    await b.page.getByRole("button", { name: "Join", exact: true }).click();
    await b.field.waitFor();
    await openGroup(b, "no-such-group");
    await b.page.getByText("There is no such group").waitFor();
  });

  it("[MS24] who is muted, for how long, who may speak all the same and who is kept out stand in lists", { timeout: 90_000 }, async () => {
    const id = await begin("Owls", { members: [bob, cho] });
    await menu(a);
    await dialog(a).locator(`.members li[data-user="${bob}"] button`).click();
    await press(a, "Mute …");
    await shot(a, "mute");
    await press(a, "7 days");
    await a.told("Done.");
    await b.page.locator(".silenced", { hasText: "You are muted." }).waitFor();
    await menu(a, "Muted, allowed, blocked");
    const listed = (user: string) => dialog(a).locator(`li[data-user="${user}"]`);
    await listed(bob)
      .getByText(/^until /)
      .waitFor();
    await shot(a, "lists");
    await listed(bob).getByRole("button", { name: "Take off" }).click();
    await dialog(a).getByText("Nobody is on this list.").waitFor();
    await b.field.waitFor();
    await dialog(a).getByRole("tab", { name: "Allowed" }).click();
    await press(a, "Add somebody");
    await dialog(a).getByLabel("Add somebody by name").fill(bob);
    await press(a, "Add");
    await press(a, "Save");
    await listed(bob).waitFor();
    await press(a, "Back");
    await press(a, "Mute all members");
    await a.log.locator(".tip", { hasText: "muted all members" }).waitFor();
    await b.say("I may");
    await a.sees("I may");
    await menu(a, "Muted, allowed, blocked");
    await dialog(a).getByRole("tab", { name: "Blocked" }).click();
    await press(a, "Add somebody");
    await dialog(a).getByLabel("Add somebody by name").fill(cho);
    await press(a, "Add");
    await press(a, "Save");
    await listed(cho).waitFor();
    await a.page.locator(".who-status", { hasText: "2 members" }).waitFor();
    await a.page.setViewportSize({ width: 360, height: 740 });
    await fits(a);
    await shot(a, "lists-phone");
    const { chats } = await program(cho);
    await expect(groupsOf(chats).get(id)).rejects.toMatchObject({ code: "not_found" });
  });

  it("[MS25] files are shared with progress, stand in a list that all see, are loaded, and taken off", { timeout: 90_000 }, async () => {
    await begin("Wrens", { members: [bob] });
    await menu(b, "Shared files");
    await dialog(b).getByText("Nothing is shared here yet.").waitFor();
    await shot(b, "files-empty-phone");
    const bytes = Buffer.from(noisePng(800));
    const chooser = b.page.waitForEvent("filechooser");
    await press(b, "Share a file");
    await (await chooser).setFiles({ name: "a nest, seen from the north side of the old mill in April.png", mimeType: "image/png", buffer: bytes });
    const file = (window: MessengerWindow) => dialog(window).locator(".shared-file[data-file]", { hasText: "a nest" });
    await file(b).getByText(bob).waitFor();
    await fits(b);
    await shot(b, "files-phone");
    await a.log.locator(".tip", { hasText: `${bob} shared the file a nest` }).waitFor();
    await menu(a, "Shared files");
    await shot(a, "files");
    const download = a.page.waitForEvent("download");
    await file(a)
      .getByRole("button", { name: /a nest/ })
      .click();
    const saved = await download;
    expect(saved.suggestedFilename()).toContain("a nest");
    expect((await readFile(await saved.path())).equals(bytes)).toBe(true);
    await file(a).getByRole("button", { name: "Take off the list" }).first().click();
    await shot(a, "files-drop");
    await file(a).getByRole("alert").getByRole("button", { name: "Take off the list" }).click();
    await dialog(b).getByText("Nothing is shared here yet.").waitFor();
  });

  it("[MS26] one has a name in a group, which its members see there and nobody elsewhere", { timeout: 60_000 }, async () => {
    const id = await begin("Finches", { members: [bob] });
    await menu(b);
    await dialog(b).getByLabel("Your name in this group").fill("The bold one");
    await press(b, "Save");
    await b.told("Saved.");
    await shot(b, "menu-phone");
    await leave(b);
    await b.say("it is me");
    await a.message("it is me").locator(".sender", { hasText: "The bold one" }).waitFor();
    await a.row(id).getByText("The bold one:").waitFor();
    await menu(a);
    await dialog(a).locator(`.members li[data-user="${bob}"]`, { hasText: "The bold one" }).waitFor();
    await shot(a, "menu");
    await dialog(a).locator(`.members li[data-user="${bob}"] button`).click();
    await dialog(a).getByLabel("Their name in this group").fill("Goldie");
    await shot(a, "member");
    await press(a, "Save");
    await a.message("it is me").locator(".sender", { hasText: "Goldie" }).waitFor();
    // Also before there is a network.
    await a.context.setOffline(true);
    await a.page.reload();
    await a.message("it is me").locator(".sender", { hasText: "Goldie" }).waitFor();
    await a.context.setOffline(false);
    await a.connection("connected");
  });

  it("[MS27] a message in a group says how many have read it, and who has confirmed that", { timeout: 90_000 }, async () => {
    const id = await begin("Rooks", { members: [bob, cho] });
    await a.field.fill("Who comes on Sunday?");
    await a.page.getByRole("button", { name: "Ask readers to confirm" }).click();
    await shot(a, "composer-confirm");
    await a.field.press("Enter");
    await b.sees("Who comes on Sunday?");
    await a.message("Sunday").locator(".tick-count", { hasText: "1/2" }).waitFor();
    await a.message("Sunday").getByText("Read by 1 of 2").waitFor({ state: "attached" });
    await shot(b, "confirm-phone");
    await b.message("Sunday").getByRole("button", { name: "I have read it" }).click();
    await b.message("Sunday").getByText("You have confirmed").waitFor();
    await a.message("Sunday").getByRole("button", { name: "Who has confirmed" }).click();
    await dialog(a).locator('[data-receipt="confirmed"]', { hasText: bob }).waitFor();
    await shot(a, "confirmed");
    await leave(a);
    await a.choose("Sunday", "Details");
    await dialog(a).locator('[data-receipt="read"]', { hasText: bob }).waitFor();
    await shot(a, "details");
    await leave(a);
    const { chats } = await program(cho);
    await expect.poll(() => chats.conversation({ type: "group", id }).state?.last?.content).toMatchObject({ text: "Who comes on Sunday?" });
    await chats.conversation({ type: "group", id }).read();
    await a.ticks("Sunday", "read");
    await shot(a, "read-by-all");
    await a.row(id).locator('.tick[data-state="read"]').waitFor();
  });

  it("[MS29] public groups are found in a list, and lead to their cards", { timeout: 90_000 }, async () => {
    const id = await begin("Kites", { public: true, approval: false, description: "Who looks up." });
    const secret = await begin("Shrikes");
    const listed = dialog(b).locator(`li[data-group="${id}"]`);
    // What is new is in the list soon after, and not at once.
    await expect
      .poll(
        async () => {
          await b.page.getByRole("button", { name: "New chat" }).click();
          await press(b, "Public groups");
          await dialog(b).getByLabel("Find among these").fill(id);
          const there = await listed.waitFor({ timeout: 1_000 }).then(
            () => true,
            () => false,
          );
          if (!there) await leave(b);
          return there;
        },
        { timeout: 30_000 },
      )
      .toBe(true);
    await listed.getByText("1 member · open to all").waitFor();
    await fits(b);
    await shot(b, "public-phone");
    await dialog(b).getByLabel("Find among these").fill(secret);
    await dialog(b).getByText("Nothing found.").waitFor();
    await dialog(b).getByLabel("Find among these").fill(id);
    await listed.getByRole("button").click();
    await b.page.locator(".group-card").getByRole("button", { name: "Join", exact: true }).click();
    await b.field.waitFor();
  });

  it("[MS9] the screens of a group fit a phone, in Chinese too", { timeout: 60_000 }, async () => {
    const id = await begin("Swifts", { members: [bob, cho], public: true, announcement: "On Sunday at six, behind the mill; bring something warm to drink." });
    await a.tab("Me");
    await a.page.locator(".language select").selectOption("zh");
    await a.page.setViewportSize({ width: 360, height: 740 });
    await openGroup(a, id);
    const open = async (choice: string): Promise<void> => {
      await a.page.getByRole("button", { name: "会话设置" }).click();
      if (choice !== "") await dialog(a).locator(".choice", { hasText: choice }).click();
    };
    for (const choice of ["", "群文件", "申请与邀请", "群名称与公告", "入群与可见范围", "禁言、白名单、黑名单"]) {
      await open(choice);
      await dialog(a).locator("h2").waitFor();
      await fits(a);
      expect(await dialog(a).evaluate((sheet) => sheet.scrollWidth <= sheet.clientWidth)).toBe(true);
      await shot(a, `zh ${choice || "menu"}`);
      await leave(a);
    }
  });

  it("[MS28] who is asked into a group says yes or no; who wants nothing more of it takes nothing, and stays", { timeout: 90_000 }, async () => {
    const id = await begin("Terns", { consent: true });
    const invite = async (user: string): Promise<void> => {
      await menu(a, "Invite");
      await dialog(a).getByLabel("Add somebody by name").fill(user);
      await press(a, "Add");
      await press(a, "Invite");
      await a.told("They are invited.");
    };
    await invite(bob);
    await menu(a, "Requests and invitations");
    await dialog(a)
      .locator(`li[data-user="${bob}"]`, { hasText: `invited by ${ann}` })
      .waitFor();
    await shot(a, "invited");
    await leave(a);
    await b.tab("Contacts");
    const request = b.page.locator(`li[data-group="${id}"]`);
    await request.getByText(`${ann} invites you`).waitFor();
    await shot(b, "invitation-phone");
    await request.getByRole("button", { name: "Decline" }).click();
    await a.told(`${bob} does not join Terns.`);
    await invite(bob);
    await request.getByRole("button", { name: "Accept" }).click();
    await b.field.waitFor();
    await menu(b, "Take nothing more from this group");
    await b.page.locator(".banner", { hasText: "You take nothing from this group" }).waitFor();
    await a.say("not for you");
    await a.ticks("not for you", "sent");
    await menu(b, "Take messages of this group again");
    await a.say("for you again");
    await b.sees("for you again");
    await b.sees("not for you");
  });
});
