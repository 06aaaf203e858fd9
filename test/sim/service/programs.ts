import type { Patch } from "../../../prove/builds/patch.ts";
import { compile, type Program } from "../platform/bundle.ts";
import { Scheduler } from "../platform/scheduler.ts";
import { EPOCH_MS, simulatedWorld } from "../platform/world.ts";

/** What `client-program.ts` gives. */
export type ClientProgram = typeof import("./client-program.ts");

/** A build of the service and of its clients, and what clients log in with. */
export interface Programs {
  readonly server: Program;
  readonly client: Program;
  token(user: string): string;
}

export const APP = "00000000000000000000000000000de7";
export const API_KEY = "wk_simulation-only-key";
const CERTIFICATE = "0000000000000000000000000000ce27";
export const USERS = ["ann", "bob", "cy", "di"] as const;

/** Text bindings of the service. */
export const VARIABLES = {
  WIGWAG_SECRET: "simulation-only-secret-simulation-only",
  WIGWAG_DEV_APP_ID: APP,
  WIGWAG_DEV_APP_CERTIFICATE: CERTIFICATE,
  WIGWAG_DEV_API_KEY: API_KEY,
};

const made = new Map<string, Promise<Programs>>();

/** Each build is made once. */
export function programs(patches: readonly Patch[] = []): Promise<Programs> {
  const key = patches.map(({ name }) => name).join();
  const known = made.get(key) ?? make(patches);
  made.set(key, known);
  return known;
}

async function make(patches: readonly Patch[]): Promise<Programs> {
  const [server, client] = await Promise.all([compile("src/server/worker.ts", patches), compile("test/sim/service/client-program.ts", patches)]);
  const tokens = new Map<string, string>();
  const { buildToken } = startClient(client, new Scheduler(0));
  for (const userId of USERS) {
    tokens.set(userId, await buildToken({ appId: APP, certificate: CERTIFICATE, userId, expireSeconds: 86_400, issuedAtMs: EPOCH_MS }));
  }
  return { server, client, token: (user) => tokens.get(user) ?? "" };
}

export function startClient(program: Program, scheduler: Scheduler, thrown: (where: string, error: unknown) => void = () => {}): ClientProgram {
  // What a program exports is known by the file it was made from.
  return program(simulatedWorld({ scheduler, name: "clients", thrown, log: () => {} }), {}) as unknown as ClientProgram;
}
