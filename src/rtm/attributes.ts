import type { Client } from "../client/client.ts";
import { LIMITS } from "../protocol/limits.ts";
import type { ChannelAttribute } from "../protocol/messages/notice.ts";
import { checkedAttributes, checkedKeys, isRtmId } from "./checks.ts";
import type { RtmContext } from "./context.ts";
import { rtmError } from "./errors.ts";
import type { Rates } from "./rates.ts";
import type { AttributesMap, ChannelAttributeOptions, ChannelAttributes } from "./types.ts";

const pairs = (attributes: AttributesMap): { key: string; value: string }[] => Object.entries(attributes).map(([key, value]) => ({ key, value }));

/** Attributes of users, which in RTM 1.x last as long as the login. */
export class UserAttributes {
  readonly #context: RtmContext;
  readonly #rates: Rates;
  /** What this login has set. */
  #own = new Map<string, string>();

  constructor(context: RtmContext, rates: Rates) {
    this.#context = context;
    this.#rates = rates;
  }

  async set(given: unknown): Promise<void> {
    const client = this.#client();
    const attributes = checkedAttributes(given, LIMITS.userAttributesBytes);
    this.#take("writeUserAttributes");
    await upload(client, attributes);
    this.#own = new Map(Object.entries(attributes));
  }

  async update(given: unknown): Promise<void> {
    const client = this.#client();
    const attributes = checkedAttributes(given, LIMITS.userAttributesBytes);
    this.#take("writeUserAttributes");
    await client.call("user-attributes.update", { attributes: pairs(attributes), lifetime: "login" });
    for (const [key, value] of Object.entries(attributes)) this.#own.set(key, value);
  }

  async remove(given: unknown): Promise<void> {
    const client = this.#client();
    const keys = checkedKeys(given);
    this.#take("writeUserAttributes");
    await client.attributes.remove(keys);
    for (const key of keys) this.#own.delete(key);
  }

  async clear(): Promise<void> {
    const client = this.#client();
    this.#take("writeUserAttributes");
    await client.attributes.clear();
    this.#own.clear();
  }

  async get(user: unknown, given?: unknown): Promise<AttributesMap> {
    const client = this.#client();
    if (!isRtmId(user)) throw rtmError("attributes", 3, "a user id is malformed");
    const keys = given === undefined ? undefined : checkedKeys(given);
    this.#take("readUserAttributes");
    const { attributes, online } = await client.call("user-attributes.get", { user, ...(keys !== undefined && { keys }) });
    if (!online) throw rtmError("attributes", 6, "the user is not logged in");
    return Object.fromEntries(attributes.map(({ key, value }) => [key, value]));
  }

  /** After a loss that others may have seen: the service forgets them with the user. */
  async restore(client: Client): Promise<void> {
    if (this.#own.size > 0) await upload(client, Object.fromEntries(this.#own));
  }

  forget(): void {
    this.#own.clear();
  }

  #client(): Client {
    return this.#context.client("attributes");
  }

  #take(rate: "writeUserAttributes" | "readUserAttributes"): void {
    if (!this.#rates.take(rate)) throw rtmError("attributes", 5);
  }
}

async function upload(client: Client, attributes: AttributesMap): Promise<void> {
  await client.call("user-attributes.set", { attributes: pairs(attributes), lifetime: "login" });
}

/** Attributes of channels, which anybody reads and writes, in the channel or not. */
export class ChannelAttributeStore {
  readonly #context: RtmContext;
  readonly #rates: Rates;

  constructor(context: RtmContext, rates: Rates) {
    this.#context = context;
    this.#rates = rates;
  }

  async set(channelId: unknown, given: unknown, options: unknown): Promise<void> {
    const client = this.#client();
    const input = { ...where(channelId, options), attributes: pairs(checkedAttributes(given, LIMITS.channelAttributesBytes)) };
    this.#take("writeChannelAttributes");
    await client.call("channel-attributes.set", input);
  }

  async update(channelId: unknown, given: unknown, options: unknown): Promise<void> {
    const client = this.#client();
    const input = { ...where(channelId, options), attributes: pairs(checkedAttributes(given, LIMITS.channelAttributesBytes)) };
    this.#take("writeChannelAttributes");
    await client.call("channel-attributes.update", input);
  }

  async remove(channelId: unknown, given: unknown, options: unknown): Promise<void> {
    const client = this.#client();
    const input = { ...where(channelId, options), keys: checkedKeys(given) };
    this.#take("writeChannelAttributes");
    await client.call("channel-attributes.remove", input);
  }

  async clear(channelId: unknown, options: unknown): Promise<void> {
    const client = this.#client();
    const input = where(channelId, options);
    this.#take("writeChannelAttributes");
    await client.call("channel-attributes.clear", input);
  }

  async get(channelId: unknown, given?: unknown): Promise<ChannelAttributes> {
    const client = this.#client();
    const { channel } = where(channelId, undefined);
    const keys = given === undefined ? {} : { keys: checkedKeys(given) };
    this.#take("readChannelAttributes");
    return asChannelAttributes((await client.call("channel-attributes.get", { channel, ...keys })).attributes);
  }

  #client(): Client {
    return this.#context.client("attributes");
  }

  #take(rate: "writeChannelAttributes" | "readChannelAttributes"): void {
    if (!this.#rates.take(rate)) throw rtmError("attributes", 5);
  }
}

export const asChannelAttributes = (attributes: readonly ChannelAttribute[]): ChannelAttributes =>
  Object.fromEntries(attributes.map(({ key, value, updatedBy, updatedAt }) => [key, { value, lastUpdateUserId: updatedBy, lastUpdateTs: updatedAt }]));

function where(channelId: unknown, options: unknown): { channel: { type: "message"; name: string }; notify?: boolean } {
  if (!isRtmId(channelId)) throw rtmError("attributes", 3, "a channel id is malformed");
  const { enableNotificationToChannelMembers: notify }: ChannelAttributeOptions = options ?? {};
  return { channel: { type: "message", name: channelId }, ...(notify === true && { notify }) };
}
