import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { treeUsage } from "../../../bench/lib/server-usage.ts";
import { freePort } from "../../../scripts/lib/free-port.ts";
import { root } from "../../../scripts/lib/root.ts";
import { readWorkerConfig } from "../../../scripts/lib/worker-config.ts";
import { startWorkerd, type Workerd } from "../../../scripts/lib/workerd.ts";
import { buildToken } from "../../../src/client/token.ts";
import { type Patch, patchPlugin } from "../../builds/patch.ts";
import type { Counts } from "../../builds/spread/counts.ts";

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

/** Of one that may have several processes: any of them serves everything, and each has some of the objects (`ownerOf`). */
export interface SpreadAddress extends Address {
  readonly urls: readonly string[];
}

/** The service of one experiment, in a bare workerd on storage of its own. */
export interface Service extends SpreadAddress {
  /** The first of its processes. */
  readonly server: Workerd;
  readonly servers: readonly Workerd[];
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
  /** Over how many processes its objects are spread. */
  readonly processes?: number;
  /** Whether it counts calls and rows: `takeCounts`. Several processes always do. */
  readonly counts?: boolean;
}

export async function startService(options: ServiceOptions): Promise<Service> {
  const { directory, settings, processes = 1 } = options;
  const ports = await Promise.all(Array.from({ length: processes }, freePort));
  const begun = await Promise.allSettled(ports.map((_, process) => startProcess(options, ports, process)));
  const servers = begun.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const end = (): Promise<unknown> => Promise.all(servers.map((server) => server.kill()));
  const [server] = servers;
  const failed = begun.find((one) => one.status === "rejected");
  if (server === undefined || failed !== undefined) {
    await end();
    throw failed?.reason ?? new Error("no process");
  }
  const address = { url: server.url, urls: servers.map(({ url }) => url), app: APP, certificate: CERTIFICATE };
  const service: Service = { ...address, server, servers, storage: join(directory, "server", "storage") };
  if (settings === undefined) return service;
  const { status, body } = await rest(service, "PATCH", "/v1/settings", settings);
  if (status === 200) return service;
  await end();
  throw new Error(`the app's settings could not be set: ${status} ${JSON.stringify(body)}`);
}

async function startProcess(options: ServiceOptions, ports: readonly number[], process: number): Promise<Workerd> {
  const { directory, patches = [], variables = {}, inspectorPort, counts = false } = options;
  const { entry, durableObjects, variables: configured, compatibilityFlags } = readWorkerConfig(join(root, "wrangler.toml"));
  const home = join(directory, process === 0 ? "server" : `server-${process}`);
  await mkdir(home, { recursive: true });
  const own = {
    WIGWAG_SECRET: SECRET,
    WIGWAG_DEV_APP_ID: APP,
    WIGWAG_DEV_APP_CERTIFICATE: CERTIFICATE,
    WIGWAG_DEV_API_KEY: API_KEY,
    ...(ports.length > 1 && { SPREAD_PROCESSES: String(ports.length), SPREAD_PROCESS: String(process) }),
  };
  return startWorkerd({
    entry: ports.length > 1 || counts ? SPREAD_ENTRY : entry,
    directory: home,
    port: ports[process] ?? 0,
    durableObjects,
    compatibilityFlags,
    variables: { ...configured, ...own, ...variables },
    plugins: [patchPlugin(patches)],
    inspectorPort,
    peers: ports.flatMap((port, peer) => (peer === process ? [] : [{ binding: `PEER${peer}`, address: `127.0.0.1:${port}` }])),
  });
}

const SPREAD_ENTRY = join(root, "prove/builds/spread/worker.ts");

/** Of all its processes together, so far. */
export const cpuSecondsOf = ({ servers }: Service): number => servers.reduce((sum, { pid }) => sum + treeUsage(pid).cpuSeconds, 0);

/** What its objects have done since they were asked last. */
export async function takeCounts({ urls }: SpreadAddress): Promise<Counts> {
  const all = await Promise.all(urls.map(async (url) => (await (await fetch(`${url}/spread/counts`)).json()) as Counts));
  const calls: Record<string, number> = {};
  for (const counts of all) for (const [method, times] of Object.entries(counts.calls)) calls[method] = (calls[method] ?? 0) + times;
  const sum = (of: (counts: Counts) => number): number => all.reduce((total, counts) => total + of(counts), 0);
  return { calls, abroad: sum(({ abroad }) => abroad), rows: sum(({ rows }) => rows), alarms: sum(({ alarms }) => alarms) };
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
