import { writeSync } from "node:fs";
import { calls } from "../../../src/client/call/index.ts";
import { type Channel, type Client, connect } from "../../../src/client/index.ts";
import { buildToken, type TokenPermissions } from "../../../src/client/token.ts";
import type { RunEvent } from "../../record/event.ts";
import { Recorder } from "../../record/recorder.ts";
import { APP, CERTIFICATE } from "../app.ts";
import type { Part } from "./cast.ts";
import { cutSocket, PlainSocket } from "./plain-socket.ts";
import type { Task } from "./task.ts";

/** Reconnecting must not make the faults longer than they are. */
const RECONNECT_CAP_MS = 1_000;
const LOGIN_RETRY_MS = 300;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What all devices of a process share: the run's clock, the file of events, and whether the play goes on. */
export class Stage {
  readonly task: Task;
  readonly random: () => number;
  readonly clients = new Map<Part, Client>();
  readonly channels = new Map<Channel, string>();
  readonly counts = { acked: 0, said: 0, heard: 0, underWay: 0 };
  running = true;
  #isOver = false;
  readonly #file: number;

  constructor(task: Task, random: () => number, file: number) {
    this.task = task;
    this.random = random;
    this.#file = file;
  }

  readonly now = (): number => performance.timeOrigin + performance.now();

  /** Written at once: what the SDK goes on to acknowledge must be noted even if the process is killed then. */
  readonly note = (event: RunEvent): void => {
    if (this.#isOver) return;
    writeSync(this.#file, `${JSON.stringify(event)}\n`);
    if (event.is === "ack") this.counts.acked += 1;
    else if (event.is === "attempt") this.counts.said += 1;
    else if (event.is === "delivery") this.counts.heard += 1;
  };

  recorder({ user, device }: Part): Recorder {
    return new Recorder({ device: `${user}/${device}`, note: this.note, now: this.now, life: this.task.life });
  }

  /** A moment, of `ms` on average. */
  moment(ms: number): Promise<void> {
    return pause(ms * (0.5 + this.random()));
  }

  token(user: string, permissions?: TokenPermissions): Promise<string> {
    return buildToken({ appId: APP, certificate: CERTIFICATE, userId: user, expireSeconds: 24 * 3_600, ...(permissions && { permissions }) });
  }

  /** Whatever it takes. */
  async login(part: Part, recorder: Recorder, token = () => this.token(part.user, part.permissions)): Promise<Client> {
    const { url, timeScale } = this.task;
    const { user, device, role, compresses } = part;
    const own = role === "wanderer" ? cutSocket(() => (this.running ? this.random() : 1)) : PlainSocket;
    for (;;) {
      try {
        const client = await connect({
          ...{ url, app: APP, user, token, device, singleSocket: role === "rider", ...((!compresses || role === "wanderer") && { WebSocket: own }) },
          timings: { scale: timeScale, requestTimeoutMs: 10_000, loginTimeoutMs: 12_000, probeMs: 2_500, reconnectCapMs: RECONNECT_CAP_MS },
        });
        // Without a server no connection can be made: that is what this is about.
        client.on("error", () => {});
        recorder.watch(client);
        this.clients.set(part, client);
        return client;
      } catch {
        await pause(LOGIN_RETRY_MS);
      }
    }
  }

  async join(client: Client, recorder: Recorder, name: string): Promise<Channel | undefined> {
    while (this.running && client.state !== "closed") {
      try {
        const channel = await client.join(name);
        recorder.follow(channel);
        this.channels.set(channel, client.user);
        channel.on("closed", () => this.channels.delete(channel));
        return channel;
      } catch {
        await pause(LOGIN_RETRY_MS);
      }
    }
    return undefined;
  }

  /** Something whose outcome the end of the play waits for. */
  async under<T>(work: Promise<T>): Promise<T> {
    this.counts.underWay += 1;
    try {
      return await work;
    } finally {
      this.counts.underWay -= 1;
    }
  }

  away(): number {
    const lost = [...this.clients.values()].filter(({ state }) => state !== "connected").length;
    return lost + [...this.channels.keys()].filter(({ state }) => state !== "joined").length;
  }

  present(): { channels: Record<string, string[]>; online: string[] } {
    const channels = new Map<string, Set<string>>();
    for (const [{ name }, user] of this.channels) channels.set(name, (channels.get(name) ?? new Set()).add(user));
    const online = [...this.clients.values()].filter(({ state }) => state === "connected").map(({ user }) => user);
    return { channels: Object.fromEntries([...channels].map(([name, users]) => [name, [...users]])), online: [...new Set(online)] };
  }

  /** Nothing is noted of it: who goes now was there to the end, and is judged so. */
  end(): void {
    this.#isOver = true;
    for (const client of this.clients.values()) {
      calls(client).close();
      client.close();
    }
  }
}
