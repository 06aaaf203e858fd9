/** `ended`: the call is over · `not_joined`: this device is not in it · `not_member`: somebody else is not · `limit_exceeded`: too many calls. */
export type CallErrorCode = "ended" | "not_joined" | "not_member" | "limit_exceeded" | "closed";

const TEXTS: Readonly<Record<CallErrorCode, string>> = {
  ended: "The call has ended.",
  not_joined: "This device is not in the call.",
  not_member: "This user is not in the call.",
  limit_exceeded: "There are too many calls at once.",
  closed: "Calls are no longer followed.",
};

/** What cannot be, seen from this side; what the service refuses comes as a `WigwagError`. */
export class CallError extends Error {
  override readonly name = "CallError";
  readonly code: CallErrorCode;

  constructor(code: CallErrorCode) {
    super(TEXTS[code]);
    this.code = code;
  }
}
