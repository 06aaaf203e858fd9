import { type Channel, type Client, type PublishOptions, type SendOptions, WigwagError } from "../../src/client/index.ts";
import type { Attempt, DeviceName, MessageName, RunEvent, Target, Untimed, Writer } from "./event.ts";
import { payloadOf, readPayload } from "./payload.ts";

/** A channel's states, in the words of a login's. */
const LINK_STATE = { joining: "connecting", joined: "connected", reconnecting: "reconnecting", closed: "closed" } as const;

/** A message that was heard and that no writer of ours has said. */
const INVENTED = { writer: "?", n: 1 } as const;

export interface RecorderOptions {
  readonly device: DeviceName;
  readonly note: (event: RunEvent) => void;
  /** Ms on the run's one clock. */
  readonly now: () => number;
  /** Which life of the device this is, where its process is killed and started again: messages are numbered anew, so their writers need other names. */
  readonly life?: number;
}

export interface SpeakOptions {
  readonly size?: number;
  readonly forbidden?: boolean;
  /** Told when the application was told yes. */
  readonly acknowledged?: (name: MessageName) => void;
}

/** Notes what one device's application says, is told and hears, at the SDK's public surface. */
export class Recorder {
  readonly device: DeviceName;
  readonly #options: RecorderOptions;
  readonly #counters = new Map<Writer, number>();

  constructor(options: RecorderOptions) {
    this.device = options.device;
    this.#options = options;
  }

  get user(): string {
    return this.device.slice(0, this.device.indexOf("/"));
  }

  note(event: Untimed): void {
    this.#options.note({ ...event, at: this.#options.now() } as RunEvent);
  }

  /** Notes a login's states and the peer messages it hears. */
  watch(client: Client): void {
    const target: Target = `user:${client.user}`;
    this.note({ is: "link", device: this.device, state: client.state });
    this.note({ is: "listens", device: this.device, target });
    client.on("state", ({ state, code, reason }) => this.note({ is: "link", device: this.device, state, code, reason }));
    client.on("message", ({ data, waited, to }) => {
      // A copy of what another device of this user sent is nobody's message to this user.
      if (to === undefined) this.note({ is: "delivery", device: this.device, target, ...(readPayload(data) ?? INVENTED), waited });
    });
    client.on("truncated", ({ from, to }) => this.note({ is: "gap", device: this.device, target, reason: "truncated", from, to }));
  }

  /** Notes what a member hears. */
  follow(channel: Channel): void {
    const target: Target = `channel:${channel.name}`;
    const { device } = this;
    this.note({ is: "listens", device, target, ...channel.position });
    channel.on("message", ({ data, seq }) =>
      this.note({ is: "delivery", device, target, ...(readPayload(data) ?? INVENTED), epoch: channel.position?.epoch, seq }),
    );
    channel.on("gap", ({ reason, from, to, skipped }) => this.note({ is: "gap", device, target, reason, from, to, skipped, ...channel.position }));
    this.note({ is: "link", device, target, state: LINK_STATE[channel.state] });
    channel.on("state", ({ state, code, reason }) => this.note({ is: "link", device, target, state: LINK_STATE[state], code, reason }));
    channel.on("joined", ({ users }) => this.note({ is: "members", device, target, change: "joined", users }));
    channel.on("left", ({ users }) => this.note({ is: "members", device, target, change: "left", users }));
    channel.on("members", ({ users }) => this.note({ is: "members", device, target, change: "all", users }));
    channel.on("closed", () => this.note({ is: "leaves", device, target }));
  }

  /** Publishes the writer's next message; resolves with its outcome noted, whether the application was told yes or no. */
  async publish(by: Client | Channel, name: string, { size, forbidden, acknowledged, ...options }: PublishOptions & SpeakOptions = {}): Promise<void> {
    const target: Target = `channel:${name}`;
    const stored = options.store === true;
    const said = await this.#say(target, { ...(stored && { stored }), ...(forbidden === true && { forbidden }) }, size, async (data) => {
      const { epoch, seq, duplicate } = await ("join" in by ? by.publish(name, data, options) : by.publish(data, options));
      return { epoch, seq, ...(duplicate && { duplicate }) };
    });
    if (said !== undefined) acknowledged?.(said);
  }

  /** The same to a user. */
  async send(client: Client, to: string, { size, forbidden, ...options }: SendOptions & SpeakOptions = {}): Promise<void> {
    const stored = options.store === true;
    const { ifAbsent } = options;
    await this.#say(
      `user:${to}`,
      { ...(stored && { stored }), ...(forbidden === true && { forbidden }), ...(ifAbsent && { ifAbsent }) },
      size,
      async (data) => {
        const { delivered, waiting } = await client.send(to, data, options);
        return { delivered, waiting };
      },
    );
  }

  async #say(
    target: Target,
    traits: Pick<Attempt, "stored" | "forbidden" | "ifAbsent">,
    size: number | undefined,
    say: (data: string) => Promise<object>,
  ): Promise<MessageName | undefined> {
    const { life } = this.#options;
    const writer = `${this.device}${life === undefined ? "" : `~${life}`}>${target}`;
    const n = (this.#counters.get(writer) ?? 0) + 1;
    this.#counters.set(writer, n);
    const common = { device: this.device, target, writer, n };
    this.note({ is: "attempt", ...common, ...traits });
    try {
      this.note({ is: "ack", ...common, ...(await say(payloadOf({ writer, n }, size))) });
      return { writer, n };
    } catch (error) {
      this.note({ is: "refused", ...common, code: error instanceof WigwagError ? error.code : String(error) });
      return undefined;
    }
  }
}
