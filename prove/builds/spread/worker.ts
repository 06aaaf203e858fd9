import { WorkerEntrypoint } from "cloudflare:workers";
import product, * as objects from "../../../src/server/worker.ts";
import { takeCounts, watch } from "./meter.ts";
import { type Bindings, OBJECT_HEADER, spread } from "./namespaces.ts";

/** The service as one of several processes: each object lives in one of them, and its calls reach all of them. Counts what they do. */
export default class extends WorkerEntrypoint<Bindings> {
  override async fetch(request: Request): Promise<Response> {
    const object = request.headers.get(OBJECT_HEADER);
    if (object !== null) return this.#at(...nameOf(decodeURIComponent(object))).fetch(request);
    if (new URL(request.url).pathname === "/spread/counts") return Response.json(takeCounts());
    const { fetch } = product as { fetch(request: unknown, env: unknown, context: unknown): Promise<Response> };
    return fetch(request, spread(this.env), this.ctx);
  }

  /** A call of another process to an object of this one. Calls over one stub mostly, not for certain, keep their order on the way. */
  async run(binding: string, name: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const stub = this.#at(binding, name) as unknown as Record<string, (...args: readonly unknown[]) => Promise<unknown>>;
    return await stub[method]?.(...args);
  }

  #at(binding: string, name: string): DurableObjectStub {
    return (this.env[binding] as DurableObjectNamespace).getByName(name);
  }
}

const nameOf = (object: string): [binding: string, name: string] => {
  const at = object.indexOf(" ");
  return [object.slice(0, at), object.slice(at + 1)];
};

type ObjectClass = new (ctx: DurableObjectState, env: never) => object;

/** The product's own class, with bindings that reach everywhere. */
const abroad = (Own: ObjectClass): ObjectClass =>
  class extends Own {
    constructor(ctx: DurableObjectState, env: never) {
      watch(ctx.storage);
      super(ctx, spread(env) as never);
    }
  };

export const CallObject = abroad(objects.CallObject as ObjectClass);
export const ChannelObject = abroad(objects.ChannelObject as ObjectClass);
export const ConversationObject = abroad(objects.ConversationObject as ObjectClass);
export const DirectoryObject = abroad(objects.DirectoryObject as ObjectClass);
export const EventsObject = abroad(objects.EventsObject as ObjectClass);
export const GroupLeafObject = abroad(objects.GroupLeafObject as ObjectClass);
export const LeafObject = abroad(objects.LeafObject as ObjectClass);
export const SettingsObject = abroad(objects.SettingsObject as ObjectClass);
export const UserObject = abroad(objects.UserObject as ObjectClass);
