import type { RunEvent, Target } from "../../record/event.ts";

/** Calls and channels that may take themselves for long forgotten, because their object's clock was set: they may begin anew. */
export class SetClocks {
  readonly #places = new Set<string>();

  see(event: RunEvent): void {
    if (event.is !== "fault" || event.name !== "service clock") return;
    // The object, and by how much.
    const place = /^(.*) -?\d+$/.exec(event.detail ?? "")?.[1];
    if (place !== undefined) this.#places.add(place);
  }

  mayForgetCall(call: string): boolean {
    return this.#places.has(`call:${call}`);
  }

  mayForgetChannel(target: Target): boolean {
    return target.startsWith("channel:") && this.#places.has(`channel:message:${target.slice("channel:".length)}`);
  }
}
