import { type Call, CallError } from "../client/call/index.ts";
import { RtmEmitter } from "./emitter.ts";
import type { LocalInvitationFailureReason, LocalInvitationState } from "./enums.ts";
import { checkedText, given, INVITATION_LIMITS, type InvitationPort, invitationError } from "./invitation.ts";

/** What a `LocalInvitation` tells. */
export interface LocalInvitationEvents {
  /** It has reached the callee, who sees it. */
  LocalInvitationReceivedByPeer: () => void;
  LocalInvitationAccepted: (response: string) => void;
  LocalInvitationRefused: (response: string) => void;
  LocalInvitationCanceled: () => void;
  LocalInvitationFailure: (reason: LocalInvitationFailureReason) => void;
}

/** An invitation to a call, as its caller holds it. */
export class LocalInvitation extends RtmEmitter<LocalInvitationEvents> {
  readonly calleeId: string;
  /** What the callee reads with it, at most 8 KB; set before `send`. */
  content = "";
  /** For programs that share a channel's name with the older signaling SDK; set before `send`. */
  channelId = "";
  readonly #port: InvitationPort;
  #state: LocalInvitationState = "IDLE";
  #response = "";
  #call: Call | undefined;

  /** @internal Made by `createLocalInvitation`. */
  constructor(calleeId: string, port: InvitationPort) {
    super();
    this.calleeId = calleeId;
    this.#port = port;
  }

  get state(): LocalInvitationState {
    return this.#state;
  }

  /** What the callee answered with. */
  get response(): string {
    return this.#response;
  }

  /** Sends it. Fails after 30 s in which the callee was not reached, or 60 s in which it did not answer. */
  send(): void {
    if (this.#isOver()) throw invitationError("ALREADY_END");
    if (this.#state !== "IDLE") throw invitationError("ALREADY_SENT");
    const texts = {
      ...given("content", checkedText("content", this.content)),
      ...given("channel", checkedText("channelId", this.channelId, INVITATION_LIMITS.channelIdBytes)),
    };
    const call = this.#port.place(this.calleeId, texts);
    if (call === undefined) {
      this.#state = "FAILURE";
      // As all other events: not before the caller has its line back.
      queueMicrotask(() => this.emit("LocalInvitationFailure", "NOT_LOGGEDIN"));
      return;
    }
    this.#call = call;
    this.#state = "SENT_TO_REMOTE";
    call.on("changed", () => this.#follow(call));
  }

  /** Takes it back. */
  cancel(): void {
    if (this.#state === "IDLE") throw invitationError("NOT_STARTED");
    if (this.#isOver() || this.#call === undefined) throw invitationError("ALREADY_END");
    this.#state = "CANCELED";
    const canceled = () => void this.emit("LocalInvitationCanceled");
    // Where the service cannot hear it now, it is told again with the next connection.
    this.#call.leave().then(canceled, canceled);
  }

  #isOver(): boolean {
    return this.#state !== "IDLE" && this.#state !== "SENT_TO_REMOTE" && this.#state !== "RECEIVED_BY_REMOTE";
  }

  #follow(call: Call): void {
    if (this.#isOver()) return;
    const [, callee] = call.members;
    switch (callee?.state) {
      case "ringing":
        this.#received();
        break;
      case "joined":
      case "left":
      case "lost":
        this.#received();
        return this.#accepted(call, callee.response);
      case "refused":
        this.#received();
        return this.#end("REFUSED_BY_REMOTE", "LocalInvitationRefused", callee.response);
      case "missed":
        this.#received();
        return this.#fail("INVITATION_EXPIRE");
      case "unreachable":
        return this.#fail(callee.online === true ? "PEER_NO_RESPONSE" : "PEER_OFFLINE");
      case "busy":
        return this.#fail("PEER_NO_RESPONSE");
    }
    if (call.phase === "ended") this.#fail(call.error instanceof CallError && call.error.code === "closed" ? "NOT_LOGGEDIN" : "UNKNOWN");
  }

  #received(): void {
    if (this.#state !== "SENT_TO_REMOTE") return;
    this.#state = "RECEIVED_BY_REMOTE";
    this.emit("LocalInvitationReceivedByPeer");
  }

  #accepted(call: Call, response: string | undefined): void {
    // A listener of the event before may have cancelled it.
    if (this.#isOver()) return;
    this.#port.accepted(call);
    this.#end("ACCEPTED_BY_REMOTE", "LocalInvitationAccepted", response);
  }

  #end(state: LocalInvitationState, event: "LocalInvitationAccepted" | "LocalInvitationRefused", response = ""): void {
    if (this.#isOver()) return;
    this.#state = state;
    this.#response = response;
    this.emit(event, response);
  }

  #fail(reason: LocalInvitationFailureReason): void {
    if (this.#isOver()) return;
    this.#state = "FAILURE";
    this.emit("LocalInvitationFailure", reason);
  }
}
