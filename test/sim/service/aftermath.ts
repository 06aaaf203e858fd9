import type { MessageName, Place, RunEvent, Target } from "../../../prove/record/event.ts";
import { readPayload } from "../../../prove/record/payload.ts";
import { isRecord } from "../../../src/util/record.ts";
import type { Platform } from "../platform/platform.ts";
import type { Device } from "./device.ts";
import { API_KEY, APP } from "./programs.ts";

const ATTEMPTS = 20;

/** A call of the app's own server. It comes again until it is answered. */
export async function ask(platform: Platform, method: string, path: string, body?: object): Promise<Record<string, unknown>> {
  let answered = "nothing";
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const headers = { authorization: `Bearer ${API_KEY}`, "x-wigwag-app": APP, "content-type": "application/json" };
    const request = new Request(`http://wigwag/v1${path}`, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
    const answer = await platform.fetch(request);
    const text = await answer.text();
    const read: unknown = JSON.parse(text);
    if (answer.ok && isRecord(read)) return read;
    answered = text;
  }
  throw new Error(`${method} ${path} is not answered: ${answered}`);
}

/** Makes every object run that says who is there. */
export async function lookAt(platform: Platform, channels: readonly string[], users: readonly string[]): Promise<void> {
  for (const name of channels) await ask(platform, "GET", `/channels/message/${name}/members`);
  await ask(platform, "POST", "/presence/query", { users });
}

/** What history holds, and who is said to be there: what the run is compared with in the end. */
export async function takeStock(platform: Platform, channels: readonly string[], devices: readonly Device[], at: () => number): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for (const name of channels) {
    const target: Target = `channel:${name}`;
    events.push({ is: "drained", at: at(), target, items: await drain(platform, `/channels/message/${name}/messages`) });
    const { members } = await ask(platform, "GET", `/channels/message/${name}/members`);
    const there = devices.filter((device) => device.isConnected && device.channels.get(name)?.state === "joined");
    const [said, live] = [usersOf(members), sorted(there.map(({ user }) => user))];
    // Nobody learns of silence in a channel of one, so nobody watches for it.
    if (said.length !== 1 || live.length > 0) events.push({ is: "census", at: at(), target, said, live });
  }
  const everybody = sorted(devices.map(({ user }) => user));
  for (const user of everybody) events.push({ is: "drained", at: at(), target: `user:${user}`, items: await drain(platform, `/users/${user}/messages`) });
  const { users } = await ask(platform, "POST", "/presence/query", { users: everybody });
  const online = Array.isArray(users) ? users.filter((one) => isRecord(one) && one.state === "ONLINE") : [];
  const live = devices.filter((device) => device.isConnected).map(({ user }) => user);
  events.push({ is: "census", at: at(), target: "presence", said: usersOf(online), live: sorted(live) });
  return events;
}

async function drain(platform: Platform, path: string): Promise<(MessageName & Place)[]> {
  const items: (MessageName & Place)[] = [];
  for (let cursor: string | undefined = ""; cursor !== undefined; ) {
    const page = await ask(platform, "GET", `${path}?order=oldest-first${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`);
    for (const message of Array.isArray(page.messages) ? page.messages : []) {
      const name = isRecord(message) && typeof message.data === "string" ? readPayload(message.data) : undefined;
      if (name !== undefined) items.push({ ...name, ...(isRecord(message) && typeof message.seq === "number" && { seq: message.seq }) });
    }
    cursor = typeof page.next === "string" ? page.next : undefined;
  }
  return items;
}

const sorted = (users: readonly string[]): string[] => [...new Set(users)].sort();
const usersOf = (list: unknown): string[] =>
  sorted(Array.isArray(list) ? list.flatMap((one) => (isRecord(one) && typeof one.user === "string" ? one.user : [])) : []);
