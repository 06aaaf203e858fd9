import type { InputOf, OperationName, OutputOf } from "../../../protocol/operations/catalogue.ts";
import { type EngineOptions, LocalEngine } from "../local-engine.ts";
import { handled } from "../port.ts";
import { PresenceShare } from "./presence-share.ts";

/** The engine of the tab that leads: for the service all tabs are one login, so whom one of them watches is watched. */
export class LeadingEngine extends LocalEngine {
  readonly #tab: string;
  readonly #share = new PresenceShare();

  constructor(options: EngineOptions, tab: string) {
    super(options);
    this.#tab = tab;
  }

  override call<Op extends OperationName>(op: Op, input: InputOf<Op>): Promise<OutputOf<Op>> {
    return this.callFor(this.#tab, op, input);
  }

  async callFor<Op extends OperationName>(tab: string, op: Op, input: InputOf<Op>): Promise<OutputOf<Op>> {
    const { users = [], lastsMs, lasting } = input as { users?: string[]; lastsMs?: number; lasting?: boolean };
    // For a time: that is no tab's own.
    if (lastsMs !== undefined || lasting) return super.call(op, input);
    if (op === "presence.subscribe") this.#share.watch(tab, users);
    if (op !== "presence.unsubscribe") return super.call(op, input);
    this.#leave(this.#share.leave(tab, users));
    return {} as OutputOf<Op>;
  }

  /** That tab watches nobody any more. */
  tabGone(tab: string): void {
    this.#leave(this.#share.gone(tab));
  }

  #leave(users: readonly string[]): void {
    if (users.length > 0 && this.connected) void handled(super.call("presence.unsubscribe", { users: [...users] }));
  }
}
