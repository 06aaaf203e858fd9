import type { Program } from "./bundle.ts";
import { Platform } from "./platform.ts";
import { Scheduler } from "./scheduler.ts";

/** What a class written in a test is made of. */
export interface TinyContext {
  readonly storage: {
    readonly sql: { exec(sql: string, ...values: unknown[]): { toArray(): Record<string, unknown>[] } };
    setAlarm(at: number): Promise<void>;
    sync(): Promise<void>;
  };
  acceptWebSocket(socket: TinySocket): void;
  getWebSockets(): TinySocket[];
  setWebSocketAutoResponse(pair: unknown): void;
}

export interface TinySocket {
  send(data: string): void;
  close(code: number, reason: string): void;
  serializeAttachment(value: unknown): void;
  deserializeAttachment(): unknown;
}

export type Stub = Readonly<Record<string, (...given: unknown[]) => Promise<unknown>>>;
export interface TinyEnv {
  readonly USER: { getByName(name: string): Stub & { fetch(request: Request): Promise<Response> } };
  readonly CHANNEL: { getByName(name: string): Stub };
}

export interface TinyWorld {
  readonly Date: DateConstructor;
  readonly setTimeout: (run: () => void, ms: number) => unknown;
  readonly WebSocketPair: new () => { 0: TinySocket; 1: TinySocket };
  readonly WebSocketRequestResponsePair: new (request: string, response: string) => object;
  readonly Response: new (body: null, init: { status: number; webSocket: TinySocket }) => Response;
}

export type TinyClasses = (
  world: TinyWorld,
  Base: new (ctx: TinyContext, env: TinyEnv) => { readonly ctx: TinyContext; readonly env: TinyEnv },
) => Readonly<Record<string, unknown>>;

export interface Tiny {
  readonly scheduler: Scheduler;
  readonly platform: Platform;
  /** Calls an object from nowhere: its answer, or what it failed with; undefined as long as there is none. */
  call(className: string, name: string, method: string, ...given: unknown[]): { readonly ok?: unknown; readonly error?: unknown };
}

/** A platform that runs a few lines of a test in place of the service. All requests go to the object `a` of the class UserObject. */
export function tinyPlatform(classes: TinyClasses, seed = 1): Tiny {
  const scheduler = new Scheduler(seed);
  const server: Program = (world, modules) => {
    const { DurableObject } = modules["cloudflare:workers"] as { DurableObject: Parameters<TinyClasses>[1] };
    // What the platform hands to every program.
    const made = classes(world as unknown as TinyWorld, DurableObject);
    return { ...made, default: { fetch: (request: Request, env: TinyEnv) => env.USER.getByName("a").fetch(request) } };
  };
  const platform = new Platform({ scheduler, server, variables: {} });
  const call: Tiny["call"] = (className, name, method, ...given) => {
    const outcome: { ok?: unknown; error?: unknown } = {};
    platform.host(className, name).serve(method, given, {
      ok: (ok) => Object.assign(outcome, { ok }),
      failed: (error) => Object.assign(outcome, { error }),
      gone: (error) => Object.assign(outcome, { error }),
    });
    return outcome;
  };
  return { scheduler, platform, call };
}
