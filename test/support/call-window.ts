import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from "playwright-core";

/** What a browser says of itself when there is no network; no fault of the page. */
const NO_NETWORK = /net::ERR_INTERNET_DISCONNECTED|WebSocket connection to/;

/** Small pictures: a machine under test codes all of them by itself. */
const PICTURE_LINES = "180";

export type CallScreen = "idle" | "ring" | "talk";

/** A window of the video call, with the words of its page for what a person sees and does. */
export class CallWindow {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors on its console, and what it threw. */
  readonly faults: string[] = [];

  constructor(page: Page) {
    this.page = page;
    this.context = page.context();
    page.on("console", (message) => {
      if ((message.type() === "error" || message.type() === "warning") && !NO_NETWORK.test(message.text())) this.faults.push(message.text());
    });
    page.on("pageerror", (error) => this.faults.push(error.message));
  }

  async enter(url: string, name: string, query: Readonly<Record<string, string>> = {}): Promise<this> {
    // A tab keeps its name; this one is to be somebody else.
    if (this.page.url().startsWith(url)) await this.page.evaluate(() => sessionStorage.clear());
    await this.page.goto(`${url}/demo/call/?${new URLSearchParams({ height: PICTURE_LINES, ...query })}`);
    await this.page.getByLabel("Your name").fill(name);
    await this.page.getByLabel("Your name").press("Enter");
    await this.connection("connected");
    return this;
  }

  async connection(state: string): Promise<void> {
    await this.page.locator(`#phone[data-connection=${state}]`).waitFor();
  }

  async screen(screen: CallScreen): Promise<void> {
    await this.page.locator(`#phone[data-screen=${screen}]`).waitFor();
  }

  person(name: string): Locator {
    return this.page.locator(`#book [data-person="${name}"]`);
  }

  async call(...names: string[]): Promise<void> {
    await this.page.locator("#dial-names").fill(names.join(", "));
    await this.page.locator("#dial-names").press("Enter");
  }

  /** It rings here. */
  async rings(from: string): Promise<void> {
    await this.page.locator("#ring[data-direction=incoming]").getByRole("heading", { name: from, exact: true }).waitFor();
  }

  async accept(): Promise<void> {
    await this.page.getByRole("button", { name: "Accept" }).click();
  }

  async press(name: string): Promise<void> {
    await this.page.getByRole("button", { name, exact: true }).click();
  }

  async hangUp(): Promise<void> {
    await this.press("Hang up");
  }

  async says(text: string | RegExp): Promise<void> {
    await this.page.locator("#toast[data-shown=true]", { hasText: text }).waitFor();
  }

  tile(name: string): Locator {
    return this.page.locator(`#tiles [data-person="${name}"]`);
  }

  /** From `call()`, or the ring, to the first picture of somebody. */
  async firstFrameMs(): Promise<number> {
    const stage = this.page.locator("#stage[data-first-frame-ms]");
    await stage.waitFor();
    return Number(await stage.getAttribute("data-first-frame-ms"));
  }

  /** Nothing comes from this person, and the page shows it. */
  async loses(name: string): Promise<void> {
    await this.tile(name).and(this.page.locator("[data-media=connecting]")).waitFor();
  }

  /** Resolves when so many more pictures of this person have been shown. */
  async sees(name: string, more = 5): Promise<void> {
    const video = this.tile(name).locator("video");
    await video.waitFor();
    await this.tile(name).and(this.page.locator("[data-media=connected]")).waitFor();
    await video.evaluate(
      (element: HTMLVideoElement, pictures) =>
        new Promise<void>((resolve) => {
          let seen = 0;
          const next = (): void => {
            seen += 1;
            if (seen > pictures) resolve();
            else element.requestVideoFrameCallback(next);
          };
          element.requestVideoFrameCallback(next);
        }),
      more,
    );
  }
}

/** A browser window of its own: nothing is shared with the others. */
export async function openCallWindow(browser: Browser, options: BrowserContextOptions = {}): Promise<CallWindow> {
  const context = await browser.newContext({ viewport: { width: 1180, height: 760 }, permissions: ["camera", "microphone"], ...options });
  context.setDefaultTimeout(30_000);
  return new CallWindow(await context.newPage());
}
