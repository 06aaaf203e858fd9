import { type Call, type Calls, calls } from "../client/call/index.ts";
import type { Client } from "../client/client.ts";
import { isRtmId } from "./checks.ts";
import type { RtmContext } from "./context.ts";
import { rtmError } from "./errors.ts";
import { INVITATION_LIMITS, INVITATION_TIMINGS, type InvitationPort } from "./invitation.ts";
import { LocalInvitation } from "./local-invitation.ts";
import { RemoteInvitation } from "./remote-invitation.ts";

/** The invitations of one RtmClient, over the calls of its login. */
export class Invitations implements InvitationPort {
  readonly #context: RtmContext;
  readonly #received: (invitation: RemoteInvitation) => void;
  #calls: Calls | undefined;
  /** Those that an invitation of this login stands for. */
  readonly #known = new Set<Call>();
  /** Agreed on with somebody who will hang up some day, the oldest first. */
  #goingOn: Call[] = [];

  constructor(context: RtmContext, received: (invitation: RemoteInvitation) => void) {
    this.#context = context;
    this.#received = received;
  }

  create(calleeId: string): LocalInvitation {
    if (!isRtmId(calleeId)) throw rtmError("createLocalInvitation", 1, "the callee's id is malformed");
    return new LocalInvitation(calleeId, this);
  }

  /** At each login. */
  attach(client: Client): void {
    this.detach();
    const followed = calls(client);
    this.#calls = followed;
    followed.on("incoming", (call) => {
      this.#know(call);
      this.#received(new RemoteInvitation(call, this));
    });
    // Of a process that is no more: in RTM 1.x its invitations ended with it.
    followed.on("changed", (call) => {
      if (call.joinedHere && !this.#known.has(call)) void call.leave();
    });
  }

  /** When the login has ended: what was open fails. */
  detach(): void {
    this.#calls?.close();
    this.#calls = undefined;
    this.#goingOn = [];
  }

  place(callee: string, texts: { content?: string; channel?: string }): Call | undefined {
    const { reachMs, answerMs } = INVITATION_TIMINGS;
    if (this.#calls === undefined || !this.#isLoggedIn()) return undefined;
    // Several at once are legal in RTM 1.x, also to the same callee.
    const options = { ...texts, exclusive: false, reachMs: reachMs * this.#context.scale, answerMs: answerMs * this.#context.scale };
    const call = this.#calls.invite(callee, options);
    this.#know(call);
    return call;
  }

  /** RTM 1.x knows no hanging up: between two of its clients the call has served. With others it goes on until they leave it. */
  accepted(call: Call): void {
    const [caller] = call.members;
    // All logins of RTM 1.x have the same name of a device.
    const mine = call.self?.device;
    if (call.direction === "incoming" && caller?.device === mine) return void call.leave();
    this.#goingOn = [...this.#goingOn.filter(({ phase }) => phase !== "ended"), call];
    if (this.#goingOn.length > INVITATION_LIMITS.acceptedCalls) void this.#goingOn.shift()?.leave();
  }

  #know(call: Call): void {
    this.#known.add(call);
    call.on("ended", () => this.#known.delete(call));
  }

  #isLoggedIn(): boolean {
    try {
      this.#context.client("invitation");
      return true;
    } catch {
      return false;
    }
  }
}
