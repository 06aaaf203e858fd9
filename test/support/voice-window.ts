import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";

/** What a browser says of itself when there is no network; no fault of the page. */
const NO_NETWORK = /net::ERR_INTERNET_DISCONNECTED|WebSocket connection to/;

/** A window of the voice room, with the words of its page for what a person sees and does. */
export class VoiceWindow {
  readonly page: Page;
  /** Errors on its console, and what it threw. */
  readonly faults: string[] = [];
  #named = false;

  constructor(page: Page) {
    this.page = page;
    page.on("console", (message) => {
      if (message.type() === "error" && !NO_NETWORK.test(message.text())) this.faults.push(message.text());
    });
    page.on("pageerror", (error) => this.faults.push(error.message));
  }

  /** A tab keeps the name under which it was entered first, until somebody leaves. */
  async enter(url: string, name: string, room: string): Promise<void> {
    await this.page.goto(`${url}/demo/voice-room/?${new URLSearchParams({ room })}`);
    if (!this.#named) {
      await this.page.getByLabel("Your name").fill(name);
      await this.page.getByLabel("Your name").press("Enter");
    }
    await this.connection("connected");
    this.#named = true;
  }

  /** Resolves when the page asks who one is. */
  async leave(): Promise<void> {
    await this.press("leave");
    await this.page.getByLabel("Your name").waitFor();
    this.#named = false;
  }

  connection(state: string): Promise<void> {
    return this.page.locator(`#room[data-connection=${state}]`).waitFor();
  }

  /** By the switch of the page. */
  async online(on: boolean): Promise<void> {
    await this.page.getByRole("switch", { name: "Online" }).click();
    await this.connection(on ? "connected" : "off");
  }

  seat(number: number): Locator {
    return this.page.locator(`#seats > li:nth-child(${number})`);
  }

  /** Resolves when this person is seen on this seat. */
  sees(name: string, number: number, also = ""): Promise<void> {
    return this.page.locator(`#seats > li:nth-child(${number})[data-user="${name}"]${also}`).waitFor();
  }

  seesNobodyOn(number: number): Promise<void> {
    return this.page.locator(`#seats > li:nth-child(${number})[data-kind=free]`).waitFor();
  }

  /** Resolves when the crown is on this person's head. */
  seesHost(name: string): Promise<void> {
    return this.page.locator(`#seats > li[data-user="${name}"] .mark.crown`).waitFor();
  }

  /** Of everything on the stage what a person would compare. */
  stage(): Promise<(string | null)[][]> {
    return this.page
      .locator("#seats > li")
      .evaluateAll((seats) => seats.map((seat) => ["data-kind", "data-user", "data-muted"].map((name) => seat.getAttribute(name))));
  }

  listener(name: string): Locator {
    return this.page.locator(`#audience [data-person="${name}"]`);
  }

  /** Opens the menu of a seat, or takes the seat where that is all there is to do. */
  async touch(number: number): Promise<void> {
    await this.seat(number).getByRole("button").click();
  }

  async choose(action: string): Promise<void> {
    await this.page.locator("#sheet").getByRole("button", { name: action, exact: true }).click();
  }

  async press(id: string): Promise<void> {
    await this.page.locator(`#${id}`).click();
  }

  async say(text: string): Promise<void> {
    await this.page.locator("#words").fill(text);
    await this.page.locator("#words").press("Enter");
  }

  line(text: string): Locator {
    return this.page.getByRole("log").getByRole("listitem").filter({ hasText: text });
  }

  told(text: string): Promise<void> {
    return this.page.locator("#toast", { hasText: text }).waitFor();
  }

  async invite(name: string, seat: number): Promise<void> {
    await this.touch(seat);
    await this.choose(`Invite ${name} to seat ${seat}`);
  }

  get ringing(): Locator {
    return this.page.locator("#ringing");
  }
}

/** A browser window of its own: nothing is shared with the others. */
export async function openVoiceWindow(browser: Browser, options: BrowserContextOptions = {}): Promise<VoiceWindow> {
  const context = await browser.newContext({ viewport: { width: 1180, height: 760 }, ...options });
  context.setDefaultTimeout(30_000);
  return new VoiceWindow(await context.newPage());
}
