import { LIMITS } from "../../src/protocol/limits.ts";
import type { Cast } from "./client/cast.ts";
import type { Crew } from "./crew.ts";
import type { LabRecord } from "./record.ts";
import type { Rest } from "./rest.ts";

const ASKED_MOST = 10;
const ASK_AGAIN_MS = 500;

/** What was promised for a lease, and a little. */
export const afterLeaseMs = (timeScale: number): number => LIMITS.leaseMs * timeScale + 2_000;

/** A channel that lost everybody with its object learns of it when it is asked: nobody was there to be told. From then on a lease runs. */
export async function wake(rest: Rest, cast: Cast): Promise<void> {
  for (const { name } of cast.channels) await rest.members(name);
}

/** Asks the service what it believes when all is quiet, and notes it beside what is true. */
export async function takeStock(rest: Rest, crew: Crew, cast: Cast, record: LabRecord): Promise<void> {
  const { channels, online } = crew.present();
  const users = [...new Set(cast.parts.map(({ user }) => user))];
  for (const { name } of cast.channels) {
    record.note({ is: "census", target: `channel:${name}`, said: (await rest.members(name)).sort(), live: (channels.get(name) ?? []).sort() });
    record.note({ is: "drained", target: `channel:${name}`, items: await rest.history(`channels/message/${name}`) });
  }
  const said = await onlineUsers(rest, users, online.length);
  const missing = online.filter((user) => !said.includes(user));
  const detail = missing.length === 0 ? undefined : JSON.stringify(await rest.whereabouts(missing).catch(String));
  record.note({ is: "census", target: "presence", said: said.sort(), live: online.sort(), ...(detail !== undefined && { detail }) });
  for (const user of users) record.note({ is: "drained", target: `user:${user}`, items: await rest.history(`users/${user}`) });
}

/** On a busy machine a ping may be late, and its user UNREACHABLE for a moment: asked again, until all whom it takes are ONLINE. */
async function onlineUsers(rest: Rest, users: readonly string[], enough: number): Promise<string[]> {
  for (let asked = 1; ; asked++) {
    const online = await rest.online(users);
    if (online.length >= enough || asked === ASKED_MOST) return online;
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}
