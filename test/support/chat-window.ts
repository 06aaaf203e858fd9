import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";

/** What a browser says of itself when there is no network; no fault of the page. */
const NO_NETWORK = /net::ERR_INTERNET_DISCONNECTED|WebSocket connection to/;

/** A window of the chat, with the words of its page for what a person sees and does. */
export class ChatWindow {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors on its console, and what it threw. */
  readonly faults: string[] = [];
  /** Text frames that its sockets have sent. */
  readonly sent: string[] = [];

  constructor(page: Page) {
    this.page = page;
    this.context = page.context();
    page.on("console", (message) => {
      if (message.type() === "error" && !NO_NETWORK.test(message.text())) this.faults.push(message.text());
    });
    page.on("pageerror", (error) => this.faults.push(error.message));
    page.on("websocket", (socket) =>
      socket.on("framesent", ({ payload }) => {
        if (typeof payload === "string") this.sent.push(payload);
      }),
    );
  }

  async enter(url: string, name: string, room: string): Promise<this> {
    // A tab keeps its name; this one is to be somebody else.
    if (this.page.url().startsWith(url)) await this.page.evaluate(() => sessionStorage.clear());
    await this.page.goto(`${url}/demo/chat/?${new URLSearchParams({ room })}`);
    await this.page.getByLabel("Your name").fill(name);
    await this.page.getByLabel("Your name").press("Enter");
    await this.entered();
    return this;
  }

  async entered(): Promise<void> {
    await this.page.locator("#chat[data-connection=connected]").waitFor();
  }

  async say(text: string): Promise<void> {
    await this.words.fill(text);
    await this.words.press("Enter");
  }

  async openTalkWith(name: string): Promise<void> {
    await this.person(name).getByRole("button").click();
    await this.page.getByRole("heading", { name, exact: true }).waitFor();
  }

  async openRoom(): Promise<void> {
    await this.page.locator("#room").click();
  }

  async sendPicture(bytes: Buffer): Promise<void> {
    await this.page.locator("#picture").setInputFiles({ name: "noise.png", mimeType: "image/png", buffer: bytes });
  }

  get words(): Locator {
    return this.page.locator("#words");
  }

  get device(): Promise<string | null> {
    return this.page.locator("#chat").getAttribute("data-device");
  }

  get log(): Locator {
    return this.page.getByRole("log");
  }

  person(name: string): Locator {
    return this.page.locator(`[data-person="${name}"]`);
  }

  message(text: string): Locator {
    return this.log.getByRole("listitem").filter({ hasText: text });
  }

  /** Resolves when a message of this text is in this state. */
  async inState(text: string, state: string): Promise<void> {
    await this.log.locator(`[data-state=${state}]`, { hasText: text }).waitFor();
  }

  async connection(state: string): Promise<void> {
    await this.page.locator(`#chat[data-connection=${state}]`).waitFor();
  }

  /** All that was said in the open conversation, in order. */
  saidHere(): Promise<string[]> {
    return this.log.locator(".words").allTextContents();
  }
}

/** A browser window of its own: nothing is shared with the others. */
export async function openWindow(browser: Browser, options: BrowserContextOptions = {}): Promise<ChatWindow> {
  const context = await browser.newContext({ viewport: { width: 1180, height: 760 }, ...options });
  context.setDefaultTimeout(30_000);
  return new ChatWindow(await context.newPage());
}
