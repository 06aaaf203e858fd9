import { randomBytes } from "node:crypto";
import { type Client, type ConnectOptions, connect } from "../../src/client/index.ts";
import type { CallView } from "../../src/protocol/messages/call.ts";
import { service, tokenFor } from "./accounts.ts";

const DEADLINE_MS = 20_000;

export const newCall = (): string => randomBytes(16).toString("hex");

/** A device of a user with the core client, and what it was told of calls. */
export class Phone {
  readonly client: Client;
  readonly user: string;
  /** Every notice, in order. */
  readonly seen: CallView[] = [];
  #changed: (() => void)[] = [];

  private constructor(client: Client, user: string) {
    this.client = client;
    this.user = user;
    client.on("notice", (notice) => {
      if (notice.name !== "call.changed") return;
      this.seen.push(notice.call);
      for (const wake of this.#changed.splice(0)) wake();
    });
  }

  static async connect(user: string, device = "phone", options: Partial<ConnectOptions> = {}): Promise<Phone> {
    const { url, app, scale } = service();
    const defaults = { url, app, token: () => tokenFor(user), timings: { scale } };
    const phone = new Phone(await connect({ user, device, ...defaults, ...options }), user);
    open.push(phone);
    return phone;
  }

  invite(to: string | readonly string[], more: object = {}): Promise<CallView> {
    const call = newCall();
    return this.client.call("call.invite", { call, to: [to].flat(), ...more }).then((answer) => answer.call);
  }

  async do(op: "ringing" | "accept" | "refuse" | "leave", call: string, more: object = {}): Promise<CallView> {
    return (await this.client.call(`call.${op}`, { call, ...more })).call;
  }

  async list(known: string[] = []): Promise<CallView[]> {
    return (await this.client.call("call.list", { known })).calls;
  }

  /** The first view, of those that came and come, that fits. */
  async until(wanted: (view: CallView) => boolean, deadlineMs = DEADLINE_MS): Promise<CallView> {
    const deadline = performance.now() + deadlineMs;
    for (;;) {
      const found = this.seen.find(wanted);
      if (found !== undefined) return found;
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`it did not come within ${deadlineMs} ms; seen by ${this.user}: ${JSON.stringify(this.seen)}`);
      await new Promise<void>((resume) => {
        const timer = setTimeout(resume, left);
        this.#changed.push(() => {
          clearTimeout(timer);
          resume();
        });
      });
    }
  }

  /** It stands so with `user`. */
  stands(user: string, state: string): Promise<CallView> {
    return this.until((view) => stateOf(view, user) === state);
  }

  ended(end?: string): Promise<CallView> {
    return this.until((view) => view.phase === "ended" && (end === undefined || view.end === end));
  }
}

export const stateOf = (view: CallView, user: string): string | undefined => view.members.find((member) => member.user === user)?.state;

const open: Phone[] = [];
/** Logs out whoever a test has connected. */
export async function hangUpAll(): Promise<void> {
  await Promise.all(open.splice(0).map(({ client }) => client.logout()));
}
