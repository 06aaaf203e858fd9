/** What happened to a message of one's own. */
export type Delivery =
  | { readonly at: "sending" }
  /** The room has it, durably. */
  | { readonly at: "sent" }
  /** The other's devices have it. */
  | { readonly at: "delivered" }
  /** The service keeps it until the other comes back. */
  | { readonly at: "waiting" }
  | { readonly at: "failed"; readonly why: string };

interface Spoken {
  readonly key: string;
  readonly from: string;
  readonly mine: boolean;
  /** Unix ms; the service's, as soon as it has the message. */
  time: number;
  /** Came while this side was away. */
  missed: boolean;
  delivery?: Delivery;
}

export interface TextEntry extends Spoken {
  readonly kind: "text";
  readonly text: string;
}

export interface ImageEntry extends Spoken {
  readonly kind: "image";
  readonly name: string;
  readonly bytes: number;
  /** 0 to 1. */
  progress: number;
  url?: string;
  sha256?: string;
  broken?: string;
}

/** Something that the conversation has to say itself. */
export interface NoticeEntry {
  readonly kind: "notice";
  readonly key: string;
  readonly time: number;
  text: string;
  action?: { readonly label: string; run(): void };
}

export type SpokenEntry = TextEntry | ImageEntry;
export type Entry = SpokenEntry | NoticeEntry;

/** Other than those of an earlier page, which may still be shown. */
const [page = 0] = crypto.getRandomValues(new Uint32Array(1));
let keys = 0;
export const newKey = (): string => `local-${page}-${++keys}`;
