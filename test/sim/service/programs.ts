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
  /** `less`: of a token that takes something away. */
  token(user: string, less?: Less): string;
}

/** What a token leaves out: a channel altogether, or the right to write to it. */
export type Less = `${"nothing of" | "no writing to"} ${string}`;

export const APP = "00000000000000000000000000000de7";
export const API_KEY = "wk_simulation-only-key";
const CERTIFICATE = "0000000000000000000000000000ce27";
/** Who is there where channels are small, and who comes besides. */
export const USERS = ["ann", "bob", "cy", "di"] as const;
export const MORE_USERS = ["ed", "flo", "gus"] as const;
const ALL_USERS = [...USERS, ...MORE_USERS];
export const DURABLE = "durable";
export const MEMORY = "memory";
export const CHANNELS = [DURABLE, MEMORY] as const;

/** Text bindings of the service. */
export const VARIABLES = {
  WIGWAG_SECRET: "simulation-only-secret-simulation-only",
  WIGWAG_DEV_APP_ID: APP,
  WIGWAG_DEV_APP_CERTIFICATE: CERTIFICATE,
  WIGWAG_DEV_API_KEY: API_KEY,
};

const builds = new Map<string, Promise<Program>>();
const made = new Map<string, Promise<Programs>>();

/** Each build is made once. */
export function programs(patches: readonly Patch[] = []): Promise<Programs> {
  return once(made, namesOf(patches), () => make(patches));
}

/** A side that no patch is for is the same as without any. */
function build(entry: string, patches: readonly Patch[], other: string): Promise<Program> {
  const own = patches.filter(({ file }) => !file.startsWith(other));
  return once(builds, `${entry} ${namesOf(own)}`, () => compile(entry, own));
}

function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const there = known.get(key) ?? make();
  known.set(key, there);
  return there;
}

const namesOf = (patches: readonly Patch[]): string => patches.map(({ name }) => name).join();

async function make(patches: readonly Patch[]): Promise<Programs> {
  const serviceOnly = patches.filter(({ file }) => !file.startsWith("src/domain/"));
  const [server, client] = await Promise.all([
    build("src/server/worker.ts", patches, "src/client/"),
    build("test/sim/service/client-program.ts", serviceOnly, "src/server/"),
  ]);
  const tokens = new Map<string, string>();
  const { buildToken } = startClient(client, new Scheduler(0));
  const common = { appId: APP, certificate: CERTIFICATE, expireSeconds: 86_400, issuedAtMs: EPOCH_MS };
  for (const userId of ALL_USERS) {
    tokens.set(userId, await buildToken({ ...common, userId }));
    for (const channel of CHANNELS) {
      const others = CHANNELS.filter((other) => other !== channel);
      const users = { users: { read: ALL_USERS, write: ALL_USERS } };
      tokens.set(
        `${userId} nothing of ${channel}`,
        await buildToken({ ...common, userId, permissions: { ...users, messageChannels: { read: others, write: others } } }),
      );
      tokens.set(
        `${userId} no writing to ${channel}`,
        await buildToken({ ...common, userId, permissions: { ...users, messageChannels: { read: CHANNELS, write: others } } }),
      );
    }
  }
  return { server, client, token: (user, less) => tokens.get(less === undefined ? user : `${user} ${less}`) ?? "" };
}

export function startClient(program: Program, scheduler: Scheduler, thrown: (where: string, error: unknown) => void = () => {}): ClientProgram {
  // What a program exports is known by the file it was made from.
  return program(simulatedWorld({ scheduler, name: "clients", thrown, log: () => {} }), {}) as unknown as ClientProgram;
}
