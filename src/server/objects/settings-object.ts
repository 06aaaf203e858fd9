import { createDurable } from "itty-durable";
import { isRecord } from "../../util/record.ts";

/** The only requests this object answers. Anything else, `/do/call/destroy` before all, is not for anybody. */
export const SETTINGS_READ = "/do/call/read";
export const SETTINGS_WRITE = "/do/call/write";

/**
 * An app's settings: small, ASCII, changed rarely, read by the entry Worker only. itty-durable runs any method that a URL
 * names, so `fetch` lets two through; it holds no sockets, alarms or secrets, and no private fields, since the object it
 * hands out is a Proxy.
 */
export class SettingsObject extends createDurable({ autoPersist: false, autoReturn: false }) {
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
