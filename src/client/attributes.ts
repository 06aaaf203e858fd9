import type { ChannelAttribute } from "../protocol/messages/notice.ts";
import type { ChannelRef, UserId } from "../protocol/names.ts";
import type { Attribute } from "../protocol/operations/attributes.ts";
import type { Session } from "./session.ts";

export type { Attribute, ChannelAttribute };
/** Pairs, or an object of own keys. */
export type AttributesInput = readonly Attribute[] | Readonly<Record<string, string>>;

const pairs = (given: AttributesInput): Attribute[] =>
  isPairs(given) ? given.map(({ key, value }) => ({ key, value })) : Object.entries(given).map(([key, value]) => ({ key, value }));
const isPairs = (given: AttributesInput): given is readonly Attribute[] => Array.isArray(given);

/** Attributes of users: anybody's are read, one's own are written. */
export class UserAttributes {
  readonly #session: Session;

  constructor(session: Session) {
    this.#session = session;
  }

  /** One's own without a user. */
  async get(user?: UserId, keys?: readonly string[]): Promise<Attribute[]> {
    const input = { ...(user !== undefined && { user }), ...(keys !== undefined && { keys: [...keys] }) };
    return (await this.#session.call("user-attributes.get", input)).attributes;
  }

  /** Replaces all of them. */
  async set(attributes: AttributesInput): Promise<void> {
    await this.#session.call("user-attributes.set", { attributes: pairs(attributes) });
  }

  /** Adds or overwrites some. */
  async update(attributes: AttributesInput): Promise<void> {
    await this.#session.call("user-attributes.update", { attributes: pairs(attributes) });
  }

  async remove(keys: readonly string[]): Promise<void> {
    await this.#session.call("user-attributes.remove", { keys: [...keys] });
  }

  async clear(): Promise<void> {
    await this.#session.call("user-attributes.clear", {});
  }
}

export interface AttributeWrite {
  /** Have the members told. */
  readonly notify?: boolean;
}

export class ChannelAttributes {
  readonly #session: Session;
  readonly #channel: ChannelRef;

  constructor(session: Session, channel: ChannelRef) {
    this.#session = session;
    this.#channel = channel;
  }

  async get(keys?: readonly string[]): Promise<ChannelAttribute[]> {
    const input = { channel: this.#channel, ...(keys !== undefined && { keys: [...keys] }) };
    return (await this.#session.call("channel-attributes.get", input)).attributes;
  }

  async set(attributes: AttributesInput, options?: AttributeWrite): Promise<void> {
    await this.#session.call("channel-attributes.set", { ...this.#where(options), attributes: pairs(attributes) });
  }

  async update(attributes: AttributesInput, options?: AttributeWrite): Promise<void> {
    await this.#session.call("channel-attributes.update", { ...this.#where(options), attributes: pairs(attributes) });
  }

  async remove(keys: readonly string[], options?: AttributeWrite): Promise<void> {
    await this.#session.call("channel-attributes.remove", { ...this.#where(options), keys: [...keys] });
  }

  async clear(options?: AttributeWrite): Promise<void> {
    await this.#session.call("channel-attributes.clear", this.#where(options));
  }

  #where({ notify }: AttributeWrite = {}): { channel: ChannelRef; notify?: boolean } {
    return { channel: this.#channel, ...(notify !== undefined && { notify }) };
  }
}
