import type { Call } from "../client/call/index.ts";
import { WigwagError } from "../client/error.ts";
import { RtmEmitter } from "./emitter.ts";
import type { RemoteInvitationFailureReason, RemoteInvitationState } from "./enums.ts";
import { checkedText, type InvitationPort, invitationError } from "./invitation.ts";

/** What a `RemoteInvitation` tells. */
export interface RemoteInvitationEvents {
  /** The service has confirmed the answer. */
  RemoteInvitationAccepted: () => void;
  RemoteInvitationRefused: () => void;
  /** The caller has taken it back; with its content. */
  RemoteInvitationCanceled: (content: string) => void;
  RemoteInvitationFailure: (reason: RemoteInvitationFailureReason) => void;
}

/** An invitation to a call, as its callee holds it. */
export class RemoteInvitation extends RtmEmitter<RemoteInvitationEvents> {
  readonly callerId: string;
  readonly content: string;
  readonly channelId: string;
  /** What the caller reads with the answer, at most 8 KB; set before `accept` or `refuse`. */
  response = "";
  readonly #call: Call;
  readonly #port: InvitationPort;
  #state: RemoteInvitationState = "INVITATION_RECEIVED";

  /** @internal Told by `RemoteInvitationReceived`. */
  constructor(call: Call, port: InvitationPort) {
    super();
    this.callerId = call.from;
    this.content = call.content ?? "";
    this.channelId = call.channel ?? "";
    this.#call = call;
    this.#port = port;
    call.on("changed", () => this.#follow());
  }

  get state(): RemoteInvitationState {
    return this.#state;
  }

  accept(): void {
    const response = this.#answer();
    this.#state = "ACCEPT_SENT_TO_LOCAL";
    this.#call.accept(response).then(
      () => this.#accepted(),
      (error: unknown) => this.#notAccepted(error),
    );
  }

  refuse(): void {
    const response = this.#answer();
    this.#state = "REFUSED";
    const refused = () => void this.emit("RemoteInvitationRefused");
    // Where the service cannot hear it now, it is told again with the next connection.
    this.#call.refuse(response).then(refused, refused);
  }

  /** The response, if one may answer still. */
  #answer(): string | undefined {
    if (this.#state === "ACCEPT_SENT_TO_LOCAL" || this.#state === "ACCEPTED") throw invitationError("ALREADY_ACCEPT");
    if (this.#state !== "INVITATION_RECEIVED") throw invitationError("ALREADY_END");
    return checkedText("response", this.response) || undefined;
  }

  #isOver(): boolean {
    return this.#state !== "INVITATION_RECEIVED" && this.#state !== "ACCEPT_SENT_TO_LOCAL";
  }

  #follow(): void {
    if (this.#isOver()) return;
    const call = this.#call;
    if (call.joinedHere) return this.#state === "ACCEPT_SENT_TO_LOCAL" ? this.#accepted() : undefined;
    switch (call.self?.state) {
      // Answered by another device of this user, one that is not of RTM 1.x.
      case "refused":
        this.#state = "REFUSED";
        return void this.emit("RemoteInvitationRefused");
      case "missed":
      case "unreachable":
        return this.#fail("INVITATION_EXPIRE");
      case "joined":
        return this.#fail("UNKNOWN");
      case "cancelled":
        return this.#canceled(call);
    }
    if (call.phase === "ended") this.#state === "ACCEPT_SENT_TO_LOCAL" && call.self?.state === "left" ? this.#accepted() : this.#fail("UNKNOWN");
  }

  #canceled({ end }: Call): void {
    if (end === "lost") return this.#fail("PEER_OFFLINE");
    this.#state = "CANCELED";
    this.emit("RemoteInvitationCanceled", this.content);
  }

  #accepted(): void {
    if (this.#isOver()) return;
    this.#state = "ACCEPTED";
    this.#port.accepted(this.#call);
    this.emit("RemoteInvitationAccepted");
  }

  #notAccepted(error: unknown): void {
    // The call has gone on without this answer; how is told next.
    if (this.#isOver() || (error instanceof WigwagError && error.code === "conflict")) return;
    this.#fail("ACCEPT_FAILURE");
    // What was not confirmed may have happened all the same.
    void this.#call.leave();
  }

  #fail(reason: RemoteInvitationFailureReason): void {
    if (this.#isOver()) return;
    this.#state = "FAILURE";
    this.emit("RemoteInvitationFailure", reason);
  }
}
