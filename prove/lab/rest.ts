import * as z from "zod";
import { isRecord } from "../../src/util/record.ts";
import type { MessageName, Place } from "../record/event.ts";
import { readPayload } from "../record/payload.ts";
import { API_KEY, APP } from "./app.ts";

const page = z.object({ messages: z.array(z.object({ seq: z.int(), data: z.unknown() })), next: z.string().optional() });
const members = z.object({ members: z.array(z.object({ user: z.string() })) });
const presence = z.object({ users: z.array(z.object({ user: z.string(), state: z.string() })) });

/** More pages than any run stores. */
const PAGES_MAX = 10_000;
const ATTEMPTS = 5;
const RETRY_MS = 500;

/** The service as the app's own server sees it. */
export class Rest {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /** Whatever stands under a path. */
  get(path: string): Promise<unknown> {
    return this.#call("GET", path);
  }

  async settings(changes: object): Promise<void> {
    await this.#call("PATCH", "/v1/settings", changes);
  }

  async configure(channel: string, log: "durable" | "memory"): Promise<void> {
    await this.#call("PATCH", `/v1/channels/message/${channel}`, { log });
  }

  /** Ends all of a user's logins. Tried once. */
  async kick(user: string): Promise<void> {
    await this.#once("POST", `/v1/users/${user}/kick`, {});
  }

  async members(channel: string): Promise<string[]> {
    return members.parse(await this.#call("GET", `/v1/channels/message/${channel}/members`)).members.map(({ user }) => user);
  }

  /** Those who are ONLINE. */
  async online(users: readonly string[]): Promise<string[]> {
    const states = presence.parse(await this.#call("POST", "/v1/presence/query", { users }));
    return states.users.filter(({ state }) => state === "ONLINE").map(({ user }) => user);
  }

  /** For whoever has to explain it: what the service knows of users. */
  async whereabouts(users: readonly string[]): Promise<unknown> {
    const states = await this.#call("POST", "/v1/presence/query", { users });
    const devices = await Promise.all(users.map((user) => this.#call("GET", `/v1/users/${user}/devices`)));
    return [states, devices, Date.now()];
  }

  /** A stored message, in somebody's name. Tried once. */
  async publish(channel: string, from: string, data: string): Promise<void> {
    await this.#once("POST", `/v1/channels/message/${channel}/messages`, { from, data, store: true });
  }

  /** The newest stored messages of a channel, as they are. */
  async texts(channel: string): Promise<string[]> {
    return page.parse(await this.#call("GET", `/v1/channels/message/${channel}/messages`)).messages.map(({ data }) => String(data));
  }

  /** All that history holds, oldest first. `of`: `channels/message/<name>` or `users/<id>`. */
  async history(of: string): Promise<(MessageName & Place)[]> {
    const items: (MessageName & Place)[] = [];
    let cursor = "";
    for (let pages = 0; pages < PAGES_MAX; pages++) {
      const { messages, next } = page.parse(await this.#call("GET", `/v1/${of}/messages?order=oldest-first&limit=100${cursor}`));
      for (const { seq, data } of messages) items.push({ ...named(data), seq });
      if (next === undefined) return items;
      cursor = `&cursor=${encodeURIComponent(next)}`;
    }
    throw new Error(`the history of ${of} does not end`);
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#once(method, path, body);
      } catch (error) {
        if (attempt >= ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  async #once(method: string, path: string, body?: object): Promise<unknown> {
    const headers = { authorization: `Bearer ${API_KEY}`, "x-wigwag-app": APP, "content-type": "application/json" };
    const answer = await fetch(this.#url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return await answer.json();
  }
}

/** Binary payloads come as `{ base64 }`; what nobody of ours has said keeps no name. */
function named(data: unknown): MessageName {
  const text = typeof data === "string" ? data : isRecord(data) && typeof data.base64 === "string" ? Buffer.from(data.base64, "base64") : "";
  return readPayload(text) ?? { writer: "?", n: 1 };
}
