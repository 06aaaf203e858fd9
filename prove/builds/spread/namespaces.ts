import { called } from "./meter.ts";
import { ownerOf } from "./owner.ts";

/** Another process of the service. */
export interface Peer {
  fetch(request: Request): Promise<Response>;
  run(binding: string, name: string, method: string, args: readonly unknown[]): Promise<unknown>;
}

export type Bindings = Readonly<Record<string, unknown>>;

/** Of an HTTP request or upgrade between processes: for which object it is. */
export const OBJECT_HEADER = "x-spread-object";

type Namespace = Pick<DurableObjectNamespace, "getByName">;
type Run = (method: string, args: readonly unknown[]) => Promise<unknown>;

const made = new WeakMap<object, Bindings>();

/** The bindings as the product sees them: its namespaces reach every object, wherever it is. */
export function spread(env: Bindings): Bindings {
  const known = made.get(env);
  if (known !== undefined) return known;
  const processes = Number(env.SPREAD_PROCESSES ?? "1");
  const own = Number(env.SPREAD_PROCESS ?? "0");
  const wide: Record<string, unknown> = { ...env };
  for (const [binding, value] of Object.entries(env)) {
    if (isNamespace(value)) wide[binding] = namespaceOf(binding, value, (name) => peerOf(env, ownerOf(name, processes), own));
  }
  made.set(env, wide);
  return wide;
}

const isNamespace = (value: unknown): value is Namespace => typeof value === "object" && value !== null && "getByName" in value && "idFromName" in value;
const peerOf = (env: Bindings, owner: number, own: number): Peer | undefined => (owner === own ? undefined : (env[`PEER${owner}`] as Peer));

const namespaceOf = (binding: string, here: Namespace, peerFor: (name: string) => Peer | undefined): Namespace => ({
  getByName: (name: string) => {
    const peer = peerFor(name);
    if (peer === undefined) return counted(here.getByName(name) as unknown as Stub);
    const fetch = (input: RequestInfo, init?: RequestInit): Promise<Response> => {
      const request = new Request(input, init);
      request.headers.set(OBJECT_HEADER, encodeURIComponent(`${binding} ${name}`));
      return peer.fetch(request);
    };
    return stubOf(fetch, (method, args) => peer.run(binding, name, method, args), true);
  },
});

type Stub = Record<string, (...args: unknown[]) => Promise<unknown>> & { fetch(input: RequestInfo, init?: RequestInit): Promise<Response> };

/** An object of this process: each call over it is counted. */
const counted = (stub: Stub): DurableObjectStub =>
  stubOf(
    (input, init) => stub.fetch(input, init),
    (method, args) => must(stub[method])(...args),
    false,
  );

function must(method: Stub[string] | undefined): Stub[string] {
  if (method === undefined) throw new TypeError("no such method");
  return method;
}

function stubOf(fetch: (input: RequestInfo, init?: RequestInit) => Promise<Response>, run: Run, leaves: boolean): DurableObjectStub {
  return new Proxy(
    {},
    {
      get: (_, property) => {
        // A stub is no promise, though a call may hand one on.
        if (typeof property !== "string" || property === "then") return undefined;
        if (property === "fetch") return fetch;
        return (...args: unknown[]) => {
          called(property, leaves);
          return run(property, args);
        };
      },
    },
  ) as DurableObjectStub;
}
