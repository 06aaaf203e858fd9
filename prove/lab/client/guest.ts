import { type Json, RawClient } from "../../../test/support/raw-client.ts";
import type { Place } from "../../record/event.ts";
import { APP } from "../app.ts";
import type { Part } from "./cast.ts";
import type { Stage } from "./stage.ts";
import { answersIn } from "./twin-sockets.ts";

const KEEP_ALIVE_MS = 10_000;

/** A login with a direct socket to one channel, made by hand: it can do what the SDK never would. */
export class Guest {
  readonly session: RawClient;
  readonly #direct: RawClient;
  readonly #address: string;
  readonly #ticket: string;
  readonly #who: Pick<Part, "user" | "device">;

  private constructor(session: RawClient, direct: RawClient, who: Pick<Part, "user" | "device">, address: string, ticket: string) {
    this.#who = who;
    this.session = session;
    this.#direct = direct;
    this.#address = address;
    this.#ticket = ticket;
  }

  static async enter(stage: Stage, { user, device }: Part, name: string): Promise<Guest> {
    const ws = stage.task.url.replace(/^http/, "ws");
    const query = new URLSearchParams({ app: APP, user, device, kind: "test", instance: crypto.randomUUID(), keepAlive: String(KEEP_ALIVE_MS) });
    const session = quiet(RawClient.withSecret(`${ws}/v1/session?${query}`, await stage.token(user)));
    try {
      const { firstId } = await session.nextOf("welcome");
      session.startIds(Number(firstId));
      const { path, ticket } = await session.ok("channel.join", { channel: { type: "message", name }, via: "direct" });
      const address = `${ws}${String(path)}&keepAlive=${KEEP_ALIVE_MS}`;
      const direct = quiet(RawClient.withSecret(address, String(ticket)));
      await direct.nextOf("welcome");
      return new Guest(session, direct, { user, device }, address, String(ticket));
    } catch (error) {
      session.terminate();
      throw error;
    }
  }

  /** Says something through the same door with the same ticket: resolves with its place, or rejects where that opens nothing. */
  async sayAgain(data: string): Promise<Place> {
    const direct = RawClient.withSecret(this.#address, this.#ticket);
    const id = this.session.nextId();
    try {
      await direct.nextOf("welcome");
      direct.post({ type: "request", id, op: "channel.publish", input: { data } });
      for (;;) {
        const message = await direct.next(({ type }) => type === "events" || type === "reply");
        const answer = answersIn(message, this.#who).find((one) => one.id === id);
        if (answer === undefined) continue;
        if ("error" in answer) throw new Error(answer.error);
        return answer.ok;
      }
    } finally {
      direct.terminate();
    }
  }

  /** Nobody is told. */
  vanish(): void {
    this.session.terminate();
    this.#direct.terminate();
  }
}

/** What others say in the channel is not asked for, and a run is long. */
function quiet(client: RawClient): RawClient {
  client.onMessage = () => {
    client.frames.length = 0;
    const asked = client.unread.filter(({ type }: Json) => type === "welcome" || type === "reply");
    client.unread.splice(0, client.unread.length, ...asked);
  };
  return client;
}
