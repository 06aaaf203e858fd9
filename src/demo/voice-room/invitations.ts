import type { LocalInvitation, RemoteInvitation, RtmClient } from "../../rtm/index.ts";

/** The host's way to ask somebody onto a seat. */
export interface Asked {
  readonly user: string;
  readonly seat: number;
}

/** An invitation that rings here. */
export interface Ringing {
  readonly from: string;
  readonly seat: number;
}

export interface InvitationEvents {
  changed(): void;
  told(text: string): void;
  /** The host knows that one comes: time to sit down. */
  accepted(seat: number): void;
}

interface Content {
  readonly room: string;
  readonly seat: number;
}

/** Whom somebody may ring at the same time; more are refused. */
const RINGING_MAX = 3;

/** Call invitations of RTM 1.x, each for a seat: asked by the host, taken or refused by who is asked. */
export class Invitations {
  readonly #client: RtmClient;
  readonly #room: string;
  readonly #events: InvitationEvents;
  readonly #asked = new Map<LocalInvitation, Asked>();
  readonly #ringing = new Map<RemoteInvitation, Ringing>();

  constructor(client: RtmClient, room: string, events: InvitationEvents) {
    this.#client = client;
    this.#room = room;
    this.#events = events;
    client.on("RemoteInvitationReceived", (invitation) => this.#rings(invitation));
  }

  get asked(): Asked[] {
    return [...this.#asked.values()];
  }

  get ringing(): Ringing | undefined {
    return this.#ringing.values().next().value;
  }

  ask(user: string, seat: number): void {
    if (this.asked.some((one) => one.user === user)) return;
    const invitation = this.#client.createLocalInvitation(user);
    const content: Content = { room: this.#room, seat };
    invitation.content = JSON.stringify(content);
    const over = (words?: string) => {
      this.#asked.delete(invitation);
      if (words !== undefined) this.#events.told(words);
      this.#events.changed();
    };
    invitation.on("LocalInvitationAccepted", () => over(`${user} comes up to seat ${seat}.`));
    invitation.on("LocalInvitationRefused", (response) =>
      over(response === BUSY ? `${user} is being asked by somebody else.` : `${user} would rather listen.`),
    );
    invitation.on("LocalInvitationCanceled", () => over());
    invitation.on("LocalInvitationFailure", (reason) => over(wordsOfFailure(user, reason)));
    this.#asked.set(invitation, { user, seat });
    invitation.send();
    this.#events.changed();
  }

  cancel(user: string): void {
    for (const [invitation, one] of this.#asked) if (one.user === user) invitation.cancel();
  }

  accept(): void {
    this.#answer((invitation) => invitation.accept());
  }

  refuse(): void {
    this.#answer((invitation) => invitation.refuse());
  }

  #answer(give: (invitation: RemoteInvitation) => void): void {
    const [invitation] = this.#ringing.keys();
    if (invitation !== undefined) give(invitation);
  }

  #rings(invitation: RemoteInvitation): void {
    const content = readContent(invitation.content);
    if (content === undefined || content.room !== this.#room || this.#ringing.size >= RINGING_MAX) {
      invitation.response = BUSY;
      return invitation.refuse();
    }
    const over = (words?: string) => {
      this.#ringing.delete(invitation);
      if (words !== undefined) this.#events.told(words);
      this.#events.changed();
    };
    const { callerId: from } = invitation;
    invitation.on("RemoteInvitationAccepted", () => {
      over();
      this.#events.accepted(content.seat);
    });
    invitation.on("RemoteInvitationRefused", () => over());
    invitation.on("RemoteInvitationCanceled", () => over(`${from} has taken the invitation back.`));
    invitation.on("RemoteInvitationFailure", (reason) =>
      over(reason === "INVITATION_EXPIRE" ? `You did not answer ${from}.` : `The answer did not reach ${from}.`),
    );
    this.#ringing.set(invitation, { from, seat: content.seat });
    this.#events.changed();
  }
}

const BUSY = "busy";

function wordsOfFailure(user: string, reason: string): string {
  switch (reason) {
    case "PEER_OFFLINE":
      return `${user} is not there any more.`;
    case "INVITATION_EXPIRE":
    case "PEER_NO_RESPONSE":
      return `${user} did not answer.`;
    default:
      return `The invitation to ${user} failed.`;
  }
}

/** The content is whatever the caller wrote. */
function readContent(content: string): Content | undefined {
  try {
    const said: unknown = JSON.parse(content);
    if (typeof said !== "object" || said === null || !("room" in said) || !("seat" in said)) return undefined;
    const { room, seat } = said;
    return typeof room === "string" && Number.isInteger(seat) ? { room, seat: Number(seat) } : undefined;
  } catch {
    return undefined;
  }
}
