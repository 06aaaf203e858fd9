import { HUB, leafOf } from "../../../src/domain/channel/relay-plan.ts";
import type { ChannelRef } from "../../../src/protocol/names.ts";
import { ownerOfLeaf } from "../../builds/spread/owner.ts";
import { rest, type SpreadAddress } from "./service.ts";

const LOOK_MS = 500;

/**
 * To which of several processes the sockets of a channel's users go: that which has their leaf. What a balancer that knows the plan would do; without
 * it each socket would pass through a process that it has nothing to do in. Who comes by an old plan is passed on, and only slower.
 */
export class Places {
  readonly #at: SpreadAddress;
  readonly #channel: ChannelRef;
  #leaves = 0;

  constructor(at: SpreadAddress, channel: ChannelRef) {
    this.#at = at;
    this.#channel = channel;
    if (at.urls.length > 1) setInterval(() => void this.look().catch(() => {}), LOOK_MS).unref();
  }

  async look(): Promise<void> {
    const { status, body } = await rest(this.#at, "GET", `/v1/channels/${this.#channel.type}/${this.#channel.name}/load`);
    if (status === 200) this.#leaves = (body as { plan: { leaves: number } }).plan.leaves;
  }

  urlOf(user: string): string {
    const { urls, url } = this.#at;
    const leaf = leafOf(user, this.#leaves);
    return leaf === HUB ? url : (urls[ownerOfLeaf(leaf, urls.length)] ?? url);
  }
}
