import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../../scripts/lib/free-port.ts";
import { root } from "../../../scripts/lib/root.ts";
import { readWorkerConfig } from "../../../scripts/lib/worker-config.ts";
import { startWorkerd, type Workerd } from "../../../scripts/lib/workerd.ts";
import { buildToken } from "../../../src/client/token.ts";
import { type Patch, patchPlugin } from "../../builds/patch.ts";

export const APP = "00000000000000000000000000000de7";
export const CERTIFICATE = "0000000000000000000000000000ce27";
export const API_KEY = "wk_0123456789abcdef0123456789abcdef0123456789abcdef";

export const SECRET = "experiment-experiment-experiment-experiment";

/** What a process needs to be a client of the service: plain, so that it may be handed to one. */
export interface Address {
  readonly url: string;
  readonly app: string;
  readonly certificate: string;
}

/** The service of one experiment, in a bare workerd on storage of its own. */
export interface Service extends Address {
  readonly server: Workerd;
  /** Where the objects' databases are. */
  readonly storage: string;
}

export interface ServiceOptions {
  readonly directory: string;
  readonly patches?: readonly Patch[];
  readonly variables?: Readonly<Record<string, string>>;
  /** Where a debugger may connect. */
  readonly inspectorPort?: number;
  /** Of the app. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export async function startService({ directory, patches = [], variables = {}, inspectorPort, settings }: ServiceOptions): Promise<Service> {
  const { entry, durableObjects, variables: configured, compatibilityFlags } = readWorkerConfig(join(root, "wrangler.toml"));
  const home = join(directory, "server");
  await mkdir(home, { recursive: true });
  const own = {
    WIGWAG_SECRET: SECRET,
    WIGWAG_DEV_APP_ID: APP,
    WIGWAG_DEV_APP_CERTIFICATE: CERTIFICATE,
    WIGWAG_DEV_API_KEY: API_KEY,
  };
  const server = await startWorkerd({
    entry,
    directory: home,
    port: await freePort(),
    durableObjects,
    compatibilityFlags,
    variables: { ...configured, ...own, ...variables },
    plugins: [patchPlugin(patches)],
    inspectorPort,
  });
  const service: Service = { server, url: server.url, app: APP, certificate: CERTIFICATE, storage: join(home, "storage") };
  if (settings === undefined) return service;
  const { status, body } = await rest(service, "PATCH", "/v1/settings", settings);
  if (status === 200) return service;
  await server.kill();
  throw new Error(`the app's settings could not be set: ${status} ${JSON.stringify(body)}`);
}

export const tokenOf = ({ app, certificate }: Address, userId: string, expireSeconds = 24 * 3600): Promise<string> =>
  buildToken({ appId: app, certificate, userId, expireSeconds });

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A call with the app's key. */
export async function rest({ url, app }: Address, method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${API_KEY}`, "x-wigwag-app": app, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
}
