import { CLOSE, closeOrder } from "../protocol/close-codes.ts";
import type { Events } from "../protocol/messages/events.ts";
import type { Welcome } from "../protocol/messages/session.ts";
import { type ChannelRef, channelStream } from "../protocol/names.ts";
import type { InputOf, OperationName, OutputOf } from "../protocol/operations/catalogue.ts";
import { type Address, secretProtocols, socketUrl } from "./address.ts";
import type { ChannelPath, PathHooks } from "./channel-path.ts";
import type { ConnectionState, Drop } from "./connection.ts";
import { localError } from "./error.ts";
import { isDirectAdmission } from "./guards.ts";
import { Link, type Received } from "./link.ts";
import type { RequestOptions } from "./requests.ts";
import type { Session } from "./session.ts";

type Admission = Extract<OutputOf<"channel.join">, { via: "direct" }>;

/** A ticket that ends while it is on its way is no ticket. */
const TICKET_MARGIN_MS = 5_000;

/** A channel over a socket of its own: one hop to the object that holds it. */
export class DirectPath implements ChannelPath {
  readonly #session: Session;
  readonly #channel: ChannelRef;
  readonly #stream: string;
  readonly #hooks: PathHooks;
  readonly #link: Link;
  /** Kept, so that after a lost network this socket need not wait for the session's. */
  #admission: Admission | undefined;

  constructor(session: Session, channel: ChannelRef, hooks: PathHooks) {
    this.#session = session;
    this.#channel = channel;
    this.#stream = channelStream(channel);
    this.#hooks = hooks;
    this.#link = new Link(session.context, {
      address: () => this.#address(),
      renewable: () => true,
      keepAliveMs: () => session.context.timings.keepAliveDirectMs,
      welcomed: (welcome) => this.#welcomed(welcome),
      received: (message, bytes) => this.#received(message, bytes),
      changed: (state, previous) => this.#changed(state, previous),
      failed: hooks.failed,
    });
  }

  start(): void {
    this.#link.start();
  }

  publish(input: InputOf<"channel.publish">, options: RequestOptions): Promise<OutputOf<"channel.publish">> {
    // What was published before the join may still be on its way over the session; overtaking it would make it a duplicate.
    if (this.#session.link.requests.isBusy(this.#stream)) return this.#session.call("channel.publish", input, options);
    const { channel: _implied, ...rest } = input;
    return this.#link.requests.submit("channel.publish", rest, options, this.#stream) as Promise<OutputOf<"channel.publish">>;
  }

  ask<Name extends OperationName>(op: Name, input: InputOf<Name>, options: RequestOptions): Promise<OutputOf<Name>> {
    return this.#link.requests.submit(op, input, options) as Promise<OutputOf<Name>>;
  }

  resume(): void {
    this.#link.restart({ reason: "gap in the channel" });
  }

  acknowledge(upTo: number): void {
    this.#link.post({ type: "ack", stream: this.#stream, upTo });
  }

  settled(): Promise<void> {
    return this.#link.isOpen ? this.#link.requests.idle() : Promise.resolve();
  }

  wake(): void {
    this.#link.wake();
  }

  stop(drop: Drop): void {
    this.#link.end(drop);
  }

  async #address(): Promise<Address> {
    const { identity, context } = this.#session;
    const { path, ticket } = await this.#admitted();
    const position = this.#hooks.position();
    const place = position === undefined ? "" : `&position=${position.epoch}.${position.seq}`;
    const url = `${socketUrl(identity.service, path)}&keepAlive=${context.timings.keepAliveDirectMs}&brief=1${place}`;
    return { url, protocols: secretProtocols(ticket) };
  }

  async #admitted(): Promise<Admission> {
    const known = this.#admission;
    if (known !== undefined && known.expiresAt - TICKET_MARGIN_MS > this.#session.serverTime()) return known;
    const answer: unknown = await this.#session.call("channel.join", { channel: this.#channel, via: "direct" });
    if (!isDirectAdmission(answer)) throw localError("internal", { message: "the service answered a join with something else" });
    this.#admission = answer;
    return answer;
  }

  #welcomed(welcome: Welcome): boolean {
    if (welcome.kind !== "channel") return false;
    this.#hooks.joining();
    this.#hooks.joined(welcome);
    return true;
  }

  #received(message: Received, bytes: number): void {
    if (message.type === "notice") return this.#hooks.notice(message);
    if (message.type !== "events") return;
    this.#hooks.frame(message, bytes);
    this.#settleEchoes(message);
  }

  /** A message of this device that comes back is the answer to its publish. */
  #settleEchoes({ epoch, items }: Events): void {
    const { user, device } = this.#session.identity;
    for (const item of items) {
      if (item.from === user && item.device === device) this.#link.requests.echo(item.id, { epoch, seq: item.seq, ts: item.ts });
    }
  }

  #changed(state: ConnectionState, previous: ConnectionState): void {
    if (state.at === "closed") return this.#hooks.ended(state.drop);
    if (state.at !== "waiting") return;
    const { code, reason } = state.drop;
    if (code !== undefined && (closeOrder(code) === "new-token" || code === CLOSE.moved.code)) this.#admission = undefined;
    if (previous.at === "open") this.#hooks.interrupted(reason, code);
  }
}
