import type { RunEvent } from "../../record/event.ts";

/** Calls that may take themselves for long forgotten, because their object's clock was set; they begin anew, if they are opened again. */
export class SetClocks {
  readonly #calls = new Set<string>();

  see(event: RunEvent): void {
    if (event.is !== "fault" || event.name !== "service clock") return;
    const call = /^call:(\S+)/.exec(event.detail ?? "")?.[1];
    if (call !== undefined) this.#calls.add(call);
  }

  mayForget(call: string): boolean {
    return this.#calls.has(call);
  }
}
