import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";

/** A window of the live room, with the words of its page for what a person sees and does. */
export class LiveWindow {
  readonly page: Page;
  /** Errors on its console, and what it threw. */
  readonly faults: string[] = [];

  constructor(page: Page) {
    this.page = page;
    page.on("console", (message) => {
      // A refusal is told by the page; the browser tells of it, too.
      if (message.type() === "error" && !/status of 4\d\d/.test(message.text())) this.faults.push(message.text());
    });
    page.on("pageerror", (error) => this.faults.push(error.message));
  }

  async enter(url: string, user: string, room: string): Promise<void> {
    await this.page.goto(`${url}/demo/live/?${new URLSearchParams({ user, room })}`);
    await this.page.locator('.live[data-state="joined"]').waitFor();
    await this.field.waitFor();
  }

  get field(): Locator {
    return this.page.getByLabel("Say something");
  }

  async say(text: string): Promise<void> {
    await this.field.fill(text);
    await this.field.press("Enter");
  }

  line(text: string): Locator {
    return this.page.getByRole("log").locator(".line", { hasText: text });
  }

  /** What may be done about a message: one's own, or any for the host. */
  async act(text: string, name: string): Promise<void> {
    await this.line(text).locator(".line-words").click();
    await this.line(text).getByRole("button", { name, exact: true }).click();
  }

  seat(nth: number): Locator {
    return this.page.locator(`[data-seat="seat.${nth}"]`);
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole("button", { name });
  }

  told(text: string): Promise<void> {
    return this.page.locator('.toast[data-shown="true"]', { hasText: text }).waitFor();
  }
}

/** A browser of its own: nothing is shared with the others. */
export async function openLive(browser: Browser, options: BrowserContextOptions = {}): Promise<LiveWindow> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "en-GB", ...options });
  context.setDefaultTimeout(30_000);
  return new LiveWindow(await context.newPage());
}
