import { createDurable } from "itty-durable";
import { isRecord } from "../../util/record.ts";
import { SETTINGS_READ, SETTINGS_WRITE } from "./settings-paths.ts";

/** What we use of itty-durable's class; its own types are `any`. */
interface IttyDurable {
  fetch(request: Request): Promise<Response>;
  persist(): Promise<void>;
}
const IttyDurable: new (state: DurableObjectState, env: object) => IttyDurable = createDurable({ autoPersist: false, autoReturn: false });

/**
 * An app's settings: small, ASCII, changed rarely, read by the entry Worker only. itty-durable runs any method that a URL
 * names, so `fetch` lets two through; it holds no sockets, alarms or secrets, and no private fields, since the object it
 * hands out is a Proxy.
 */
export class SettingsObject extends IttyDurable {
  /** For the types of the binding only: this is no subclass of DurableObject and speaks nothing but `fetch`. */
  declare readonly __DURABLE_OBJECT_BRAND: never;
  /** What was ever written; the reader fills in defaults and drops what it does not know. itty-durable persists every own property. */
  values: Record<string, unknown> = {};

  constructor(state: DurableObjectState) {
    // No bindings: itty-durable would copy each of them, secrets too, onto the state.
    super(state, {});
  }

  override async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname !== SETTINGS_READ && pathname !== SETTINGS_WRITE) return new Response(null, { status: 404 });
    if (request.method !== "GET") return new Response(null, { status: 405 });
    return super.fetch(request);
  }

  read(): Record<string, unknown> {
    return this.values;
  }

  /** Merges. Nothing counts as written before it is stored. */
  async write(changes: unknown): Promise<Record<string, unknown>> {
    const before = this.values;
    this.values = { ...before, ...(isRecord(changes) ? changes : {}) };
    try {
      await this.persist();
    } catch (error) {
      this.values = before;
      throw error;
    }
    return this.values;
  }
}
