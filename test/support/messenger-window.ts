import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";

/** What a browser says of itself when there is no network; no fault of the page. */
const NO_NETWORK = /net::ERR_INTERNET_DISCONNECTED|net::ERR_FAILED|WebSocket connection to/;

/** A window of the messenger, with the words of its page for what a person sees and does. */
export class MessengerWindow {
  readonly page: Page;
  /** Errors on its console, and what it threw. */
  readonly faults: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("console", (message) => {
      if (message.type() === "error" && !NO_NETWORK.test(message.text())) this.faults.push(message.text());
    });
    page.on("pageerror", (error) => this.faults.push(error.message));
  }

  get context(): BrowserContext {
    return this.page.context();
  }

  /** By the address that names the person. */
  async enter(url: string, user: string): Promise<void> {
    await this.page.goto(`${url}/demo/messenger/?${new URLSearchParams({ user })}`);
    await this.connection("connected");
  }

  connection(state: "connected" | "syncing" | "offline"): Promise<void> {
    return this.page.locator(`.messenger[data-connection="${state}"]`).waitFor();
  }

  async tab(name: "Chats" | "Contacts" | "Me"): Promise<void> {
    await this.page.locator(".tabs").getByRole("button", { name }).click();
  }

  row(user: string): Locator {
    return this.page.locator(`.row[data-user="${user}"]`);
  }

  /** Begins a conversation, or goes on with it. */
  async begin(user: string): Promise<void> {
    await this.page.getByRole("button", { name: "New chat" }).click();
    await this.page.getByLabel("Their name").fill(user);
    await this.page.getByRole("button", { name: "Start" }).click();
    await this.field.waitFor();
  }

  async open(user: string): Promise<void> {
    await this.row(user).getByRole("link").click();
    await this.field.waitFor();
  }

  async back(): Promise<void> {
    await this.page.getByRole("button", { name: "Back" }).click();
  }

  get field(): Locator {
    return this.page.getByLabel("Message", { exact: true });
  }

  async say(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  get log(): Locator {
    return this.page.getByRole("log");
  }

  /** The message in which this stands. */
  message(text: string): Locator {
    return this.log.locator(".line").filter({ hasText: text });
  }

  sees(text: string): Promise<void> {
    return this.message(text).first().waitFor();
  }

  /** Resolves when a message of one's own is in this state. */
  ticks(text: string, state: string): Promise<void> {
    return this.message(text).locator(`.tick[data-state="${state}"]`).waitFor();
  }

  async menuOf(message: Locator): Promise<void> {
    await message.hover();
    await message.getByRole("button", { name: "More about this message" }).click();
  }

  async choose(text: string, choice: string): Promise<void> {
    await this.menuOf(this.message(text).last());
    await this.page.getByRole("dialog").getByRole("button", { name: choice, exact: true }).click();
  }

  async chatMenu(choice: string): Promise<void> {
    await this.page.getByRole("button", { name: "This conversation" }).click();
    await this.page.getByRole("dialog").getByRole("button", { name: choice, exact: true }).click();
  }

  texts(): Promise<string[]> {
    return this.log.locator(".bubble .text").allInnerTexts();
  }

  told(text: string): Promise<void> {
    return this.page.locator(".toast", { hasText: text }).waitFor();
  }
}

/** A browser of its own: nothing is shared with the others. */
export async function openMessenger(browser: Browser, options: BrowserContextOptions = {}): Promise<MessengerWindow> {
  const context = await browser.newContext({ viewport: { width: 1180, height: 760 }, locale: "en-GB", reducedMotion: "reduce", ...options });
  context.setDefaultTimeout(30_000);
  return new MessengerWindow(await context.newPage());
}
