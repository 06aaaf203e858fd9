import type { RunEvent } from "../../../prove/record/event.ts";
import { payloadOf } from "../../../prove/record/payload.ts";
import { isRecord } from "../../../src/util/record.ts";
import type { End, Frame } from "../platform/link.ts";
import type { Platform } from "../platform/platform.ts";
import type { Scheduler } from "../platform/scheduler.ts";
import type { Device } from "./device.ts";
import { API_KEY, APP } from "./programs.ts";

export interface ThiefPorts {
  readonly scheduler: Scheduler;
  readonly platform: Platform;
  kill(device: Device): void;
  note(event: RunEvent): void;
}

interface Ticket {
  readonly channel: string;
  readonly url: string;
  readonly protocols: readonly string[];
}

/** Until who was thrown out has heard of it. */
const GRACE_MS = 1_000;
/** How long it waits for what it has said. */
const PATIENCE_MS = 5_000;

/** Keeps the tickets of others, and tries them when their logins have been ended. */
export class Thief {
  readonly #ports: ThiefPorts;
  /** The newest of each device and channel. */
  readonly #seen = new Map<string, Ticket>();
  readonly #stolen: Ticket[] = [];
  #said = 0;

  constructor(ports: ThiefPorts) {
    this.#ports = ports;
  }

  sees(device: Device, channel: string, url: string, protocols: readonly string[]): void {
    this.#seen.set(`${device.name} ${channel}`, { channel, url, protocols });
  }

  /** Has a device thrown out whose tickets it has. */
  async strike(device: Device): Promise<void> {
    const { platform, scheduler, kill } = this.#ports;
    const { client } = device;
    const tickets = [...this.#seen].flatMap(([key, ticket]) => (key.startsWith(`${device.name} `) ? [ticket] : []));
    if (tickets.length === 0) return;
    // From here on it may be out: the others may hear of it before it does.
    for (const channel of device.channels.keys()) device.recorder.note({ is: "leaves", device: device.name, target: `channel:${channel}` });
    const headers = { authorization: `Bearer ${API_KEY}`, "x-wigwag-app": APP, "content-type": "application/json" };
    const body = JSON.stringify({ device: device.name.slice(device.user.length + 1) });
    try {
      const answer = await platform.fetch(new Request(`http://wigwag/v1/users/${device.user}/kick`, { method: "POST", headers, body }));
      if (answer.ok) this.#stolen.push(...tickets);
    } catch {
      // Nobody knows whether it is out.
    }
    // Nor does it, where its way is broken: it would take itself for there.
    scheduler.after(GRACE_MS, "out", () => client !== undefined && device.client === client && kill(device));
  }

  /** When all is quiet, each of them must be refused: but by a channel whose clock was set, for it measures by that how long a ticket may be used. */
  async tryAll(wasSet: (channel: string) => boolean): Promise<void> {
    await Promise.all(this.#stolen.map((ticket) => !wasSet(ticket.channel) && this.#try(ticket)));
  }

  #try({ channel, url, protocols }: Ticket): Promise<void> {
    const { scheduler, platform, note } = this.#ports;
    const name = { device: "thief/t", target: `channel:${channel}`, writer: `thief/t>channel:${channel}`, n: ++this.#said } as const;
    return new Promise((resolve) => {
      const id = Number.MAX_SAFE_INTEGER;
      let outcome: "none" | "open" | "over" = "none";
      const end = (event: { readonly is: "ack" } | { readonly is: "refused"; readonly code: string }): void => {
        if (outcome === "open") note({ ...event, ...name, at: scheduler.now });
        outcome = "over";
        resolve();
      };
      const told = (message: unknown): void => {
        if (!isRecord(message)) return;
        if (message.type === "welcome") {
          outcome = "open";
          note({ is: "attempt", ...name, forbidden: true, at: scheduler.now });
          link.up(JSON.stringify({ type: "request", id, op: "channel.publish", input: { data: payloadOf(name) } }));
        } else if (message.type === "reply") end({ is: "refused", code: "refused" });
        else if (Array.isArray(message.items) && message.items.some((item) => isRecord(item) && item.id === id)) end({ is: "ack" });
      };
      const own: End & { opened(): void } = {
        opened: () => {},
        message: (frame: Frame) => {
          if (typeof frame !== "string" || frame === "pong") return;
          const read: unknown = JSON.parse(frame);
          for (const message of Array.isArray(read) ? read : [read]) told(message);
        },
        closing: (code, reason) => {
          link.closeUp(code, reason);
          end({ is: "refused", code: String(code) });
        },
        dropped: () => end({ is: "refused", code: "dropped" }),
      };
      const link = platform.open(url, protocols, own);
      scheduler.after(PATIENCE_MS, "thief gives up", () => {
        link.closeUp(1000, "");
        end({ is: "refused", code: "timeout" });
      });
    });
  }
}
