import { randomBytes } from "node:crypto";
import { inject } from "vitest";
import { buildToken, type TokenOptions } from "../../src/client/token.ts";
import { type Json, RawClient } from "./raw-client.ts";
import { type Service, serviceOf } from "./service.ts";

export const service = (): Service => serviceOf(inject("services"), process.env);

/** A name nobody has had before: a deployment is not emptied between runs. */
export const fresh = (what: string): string => `${what}-${randomBytes(6).toString("hex")}`;

/** Whose certificate signs, and with which key servers call. */
export interface App {
  readonly id: string;
  readonly certificate: string;
  readonly apiKey: string;
  readonly secondaryCertificate?: string;
}

export const sharedApp = (): App => ({ id: service().app, certificate: service().certificate, apiKey: service().apiKey });

export const tokenFor = (userId: string, { app = sharedApp(), ...options }: Partial<TokenOptions> & { app?: App } = {}): Promise<string> =>
  buildToken({ appId: app.id, certificate: app.certificate, userId, expireSeconds: 3600, ...options });

export async function http(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: Json; headers: Headers }> {
  const answer = await fetch(service().url + path, {
    method,
    headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? {} : (JSON.parse(text) as Json), headers: answer.headers };
}

export const serverHeaders = (app: App = sharedApp()): Record<string, string> => ({ authorization: `Bearer ${app.apiKey}`, "x-wigwag-app": app.id });

/** A call with the app's key. */
export const asServer = (method: string, path: string, body?: unknown, { app = sharedApp(), ...headers }: { app?: App; [name: string]: string | App } = {}) =>
  http(method, path, body, { ...serverHeaders(app), ...(headers as Record<string, string>) });

/** An app of its own, for tests that change settings. */
export async function createApp(): Promise<App> {
  const { status, body } = await http("POST", "/v1/apps", { name: fresh("conformance") }, { authorization: `Bearer ${service().operatorKey}` });
  if (status !== 200 && status !== 201) throw new Error(`the app could not be created: ${JSON.stringify(body)}`);
  const { id, primaryCertificate, secondaryCertificate, apiKey } = body as Record<string, string>;
  return { id: id ?? "", certificate: primaryCertificate ?? "", secondaryCertificate: secondaryCertificate ?? "", apiKey: apiKey ?? "" };
}

export interface LoginOptions {
  readonly app?: App;
  readonly device?: string;
  readonly instance?: string;
  readonly kind?: string;
  readonly keepAlive?: number;
  /** Undefined stands for a good one, null for none. */
  readonly token?: string | null;
}

export const wsUrl = (path: string): string => service().url.replace(/^http/, "ws") + path;

const open: RawClient[] = [];
/** Ends what a test has opened. */
export function closeAll(): void {
  for (const client of open.splice(0)) client.terminate();
}
export function tracked(client: RawClient): RawClient {
  open.push(client);
  return client;
}

/** A session socket, welcome not awaited. */
export async function openSession(
  user: string,
  { app = sharedApp(), device = "phone", instance = "one", kind = "test", keepAlive = 10_000, token }: LoginOptions = {},
): Promise<RawClient> {
  const query = new URLSearchParams({ app: app.id, user, device, kind, instance, keepAlive: String(keepAlive) });
  const secret = token === undefined ? await tokenFor(user, { app }) : (token ?? undefined);
  return tracked(RawClient.withSecret(wsUrl(`/v1/session?${query}`), secret));
}

export interface Session {
  readonly user: string;
  readonly client: RawClient;
  readonly welcome: Json;
}

export async function login(user: string, options: LoginOptions = {}): Promise<Session> {
  const client = await openSession(user, options);
  const welcome = await client.nextOf("welcome");
  client.startIds(Number(welcome.firstId));
  return { user, client, welcome };
}

export const messageChannel = (name: string) => ({ type: "message" as const, name });

export interface Admission {
  readonly path: string;
  readonly ticket: string;
}

export async function admit({ client }: Session, name: string): Promise<Admission> {
  const { path, ticket } = await client.ok("channel.join", { channel: messageChannel(name), via: "direct" });
  return { path: String(path), ticket: String(ticket) };
}

export interface Direct {
  readonly client: RawClient;
  readonly welcome: Json;
  readonly admission: Admission;
}

export const openDirect = ({ path, ticket }: Admission, position?: { epoch: unknown; seq: unknown }, keepAlive = 30_000, more = ""): RawClient =>
  tracked(
    RawClient.withSecret(wsUrl(`${path}&keepAlive=${keepAlive}${position === undefined ? "" : `&position=${position.epoch}.${position.seq}`}${more}`), ticket),
  );

let firstIds = 0;

/** A socket straight to a channel. Ids go on from the session's. */
export async function joinDirect(session: Session, name: string, position?: { epoch: unknown; seq: unknown }): Promise<Direct> {
  const admission = await admit(session, name);
  const client = openDirect(admission, position);
  const welcome = await client.nextOf("welcome");
  // A device's ids rise over all its sockets: a later socket of one session starts above an earlier one.
  firstIds += 100_000;
  client.startIds(session.client.nextId() + firstIds);
  return { client, welcome, admission };
}

/** The place that the echo of a publish over a direct socket names. */
export async function publish(client: RawClient, data: string | Uint8Array, more: object = {}): Promise<Json> {
  const id = client.submit("channel.publish", { data, ...more });
  const answer = await client.next(
    (message) => (message.type === "reply" && message.id === id) || (message.type === "events" && (message.items as Json[]).some((item) => item.id === id)),
  );
  if (answer.type === "reply") throw new Error(`not published: ${JSON.stringify(answer)}`);
  return (answer.items as Json[]).find((item) => item.id === id) as Json;
}
