import type { MessageRecord, News } from "../../src/protocol/messages/conversation.ts";
import type { SessionTrust } from "../../src/server/trust.ts";
import { Device } from "./device.ts";

export const token: Partial<SessionTrust> = { tokenExpiresAt: Date.now() + 7_200_000 };
export const words = (text: string) => ({ type: "text", text });

/** A device that uses chat: it keeps what it is told, and where it stands. */
export class Chatter {
  readonly device: Device;
  readonly listed: Record<string, unknown>;
  readonly news: News[] = [];
  readonly passed: unknown[] = [];
  readonly entries: unknown[] = [];
  #taken = 0;

  constructor(device: Device, listed: Record<string, unknown>) {
    this.device = device;
    this.listed = listed;
  }

  static async login(user: string, changes: Partial<SessionTrust> = {}): Promise<Chatter> {
    const { device } = await Device.login(user, { ...token, ...changes });
    const reply = await device.request("conversation.list", {});
    return new Chatter(device, reply.ok as Record<string, unknown>);
  }

  async ok(op: string, input: object): Promise<Record<string, unknown>> {
    const reply = await this.device.request(op, input);
    if (reply.ok === undefined) throw new Error(`${op}: ${JSON.stringify(reply)}`);
    return reply.ok as Record<string, unknown>;
  }

  async code(op: string, input: object): Promise<unknown> {
    return ((await this.device.request(op, input)).error as { code?: string } | undefined)?.code;
  }

  send(to: string, text: string, more: object = {}): Promise<Record<string, unknown>> {
    return this.ok("message.send", { conversation: { type: "single", id: to }, key: text.replaceAll(/\W/g, "-"), content: words(text), ...more });
  }

  /** Takes in what has come. */
  read(): this {
    for (const message of this.device.seen.slice(this.#taken)) {
      if (message.type !== "notice") continue;
      if (message.name === "conversation.entry") this.entries.push(message.entry);
      if (message.name !== "conversation.news") continue;
      const news = message as unknown as News;
      if (news.passing !== undefined) this.passed.push(...news.passing);
      this.news.push(news);
    }
    this.#taken = this.device.seen.length;
    return this;
  }

  /** The latest that was told, once it reaches `upTo`. */
  async until(upTo: number, also: (news: News) => boolean = () => true): Promise<News> {
    for (;;) {
      const last = this.read().news.findLast((news) => news.upTo >= upTo && also(news));
      if (last !== undefined) return last;
      await this.device.next("notice");
    }
  }

  async acknowledge(other: string, upTo: number): Promise<void> {
    await this.ok("conversation.received", { conversations: [{ conversation: { type: "single", id: other }, upTo }] });
  }

  async sync(other: string, since?: number): Promise<News & { restart?: true }> {
    const { conversations } = await this.ok("conversation.sync", {
      conversations: [{ conversation: { type: "single", id: other }, ...(since !== undefined && { since }) }],
    });
    return (conversations as News[])[0] as News;
  }

  get texts(): string[] {
    return textsOf(this.read().news.flatMap(({ records }) => records));
  }
}

export const textsOf = (records: readonly MessageRecord[]): string[] => records.flatMap(({ content }) => (content?.type === "text" ? [content.text] : []));
