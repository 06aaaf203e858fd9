import { randomBytes } from "node:crypto";
import { isRecord } from "../../../src/util/record.ts";
import { type Json, RawClient } from "../../../test/support/raw-client.ts";
import type { Address } from "../support/service.ts";

/** What a door says: `open`, the code of a close, or that of an error. */
export type Verdict = "open" | number | string;

const socketUrl = ({ url }: Address, path: string): string => url.replace(/^http/, "ws") + path;

async function verdictOf(client: RawClient): Promise<Verdict> {
  const first = client.nextOf("welcome").then(
    () => "open" as const,
    () => undefined,
  );
  const verdict = (await first) ?? (await client.closed).code;
  client.terminate();
  return verdict;
}

/** A login over a socket. */
export function trySession(address: Address, user: string, secret: string | undefined, app = address.app): Promise<Verdict> {
  const query = new URLSearchParams({ app, user, device: "forger", kind: "x", instance: randomBytes(6).toString("hex") });
  return verdictOf(RawClient.withSecret(socketUrl(address, `/v1/session?${query}`), secret));
}

/** A channel's own socket. */
export const tryChannel = (address: Address, path: string, ticket: string | undefined): Promise<Verdict> =>
  verdictOf(RawClient.withSecret(socketUrl(address, path), ticket));

/** A question that any user may ask over REST. */
export async function tryRest({ url, app }: Address, user: string, secret: string): Promise<Verdict> {
  const headers = { authorization: `Bearer ${secret}`, "x-wigwag-app": app, "x-wigwag-user": encodeURIComponent(user) };
  const answer = await fetch(`${url}/v1/users/${encodeURIComponent(user)}/devices`, { headers });
  const body: unknown = await answer.json();
  if (answer.ok) return "open";
  return isRecord(body) && isRecord(body.error) ? String(body.error.code) : answer.status;
}

/** A login that holds, for what is stolen from it. */
export async function enter(address: Address, user: string, token: string, device = "owner"): Promise<RawClient> {
  const query = new URLSearchParams({ app: address.app, user, device, kind: "x", instance: randomBytes(6).toString("hex") });
  const client = RawClient.withSecret(socketUrl(address, `/v1/session?${query}`), token);
  client.startIds(Number((await client.nextOf("welcome")).firstId));
  return client;
}

export interface Admission {
  readonly path: string;
  readonly ticket: string;
}

export async function admission(client: RawClient, name: string): Promise<Admission> {
  const { path, ticket }: Json = await client.ok("channel.join", { channel: { type: "message", name }, via: "direct" });
  return { path: String(path), ticket: String(ticket) };
}
