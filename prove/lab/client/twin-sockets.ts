import { buildToken } from "../../../src/client/token.ts";
import { isRecord } from "../../../src/util/record.ts";
import { type Json, RawClient } from "../../../test/support/raw-client.ts";
import { APP, CERTIFICATE } from "../app.ts";

/** What the service said of a submission. */
export type Answer =
  | { readonly id: number; readonly ok: { readonly epoch?: string; readonly seq?: number; readonly duplicate?: true } }
  | { readonly id: number; readonly error: string; readonly retry: string };

export interface Place {
  readonly user: string;
  readonly device: string;
  readonly instance: string;
  /** The channel's. */
  readonly name: string;
}

const KEEP_ALIVE_MS = 10_000;

/** One login that has a session socket and a direct one, and speaks the same over both. The SDK never would. */
export class TwinSockets {
  readonly #session: RawClient;
  readonly #direct: RawClient;
  readonly #channel: { type: "message"; name: string };
  readonly firstId: number;

  private constructor(session: RawClient, direct: RawClient, firstId: number, place: Place, answered: (answer: Answer) => void) {
    this.#session = session;
    this.#direct = direct;
    this.#channel = { type: "message", name: place.name };
    this.firstId = firstId;
    for (const client of [session, direct]) {
      client.onMessage = (message) => {
        for (const answer of answersIn(message, place)) answered(answer);
        // Nobody asks for these, and a run is long.
        client.unread.length = 0;
        client.frames.length = 0;
      };
    }
  }

  static async open(url: string, place: Place, answered: (answer: Answer) => void): Promise<TwinSockets> {
    const { user, device, instance, name } = place;
    const ws = url.replace(/^http/, "ws");
    const token = await buildToken({ appId: APP, certificate: CERTIFICATE, userId: user, expireSeconds: 24 * 3_600 });
    const query = new URLSearchParams({ app: APP, user, device, kind: "test", instance, keepAlive: String(KEEP_ALIVE_MS) });
    const session = RawClient.withSecret(`${ws}/v1/session?${query}`, token);
    try {
      const welcome = await session.nextOf("welcome");
      session.startIds(Number(welcome.firstId));
      const { path, ticket } = await session.ok("channel.join", { channel: { type: "message", name }, via: "direct" });
      const direct = RawClient.withSecret(`${ws}${String(path)}&keepAlive=${KEEP_ALIVE_MS}`, String(ticket));
      await direct.nextOf("welcome");
      return new TwinSockets(session, direct, session.nextId() + 1, place, answered);
    } catch (error) {
      session.terminate();
      throw error;
    }
  }

  get open(): boolean {
    return this.#session.isOpen && this.#direct.isOpen;
  }

  /** The same message under the same id, over both at once. */
  submit(id: number, data: string): void {
    this.#direct.post({ type: "request", id, op: "channel.publish", input: { data } });
    this.#session.post({ type: "request", id, op: "channel.publish", input: { channel: this.#channel, data } });
  }

  ping(): void {
    for (const client of [this.#session, this.#direct]) if (client.isOpen) client.raw("ping");
  }

  terminate(): void {
    this.#session.terminate();
    this.#direct.terminate();
  }

  /** Leaves no trace: neither a member nor a device. */
  async leave(): Promise<void> {
    await this.#direct.close();
    this.#session.post({ type: "request", id: this.#session.nextId(), op: "session.logout", input: {} });
    await this.#session.closed;
  }
}

/** What a message says of this device's submissions. */
export function answersIn(message: Json, { user, device }: Pick<Place, "user" | "device">): Answer[] {
  if (message.type === "reply" && typeof message.id === "number") {
    const { id, ok, error } = message;
    if (isRecord(ok)) return [{ id, ok }];
    if (isRecord(error)) return [{ id, error: String(error.code), retry: String(error.retry) }];
  }
  if (message.type !== "events" || !Array.isArray(message.items)) return [];
  const { epoch } = message;
  return message.items.flatMap((item: unknown): Answer[] => {
    if (!isRecord(item) || item.from !== user || item.device !== device || typeof item.id !== "number") return [];
    return [{ id: item.id, ok: { epoch: String(epoch), seq: Number(item.seq) } }];
  });
}
