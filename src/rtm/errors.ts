import { asError, WigwagError, type WigwagErrorCode } from "../client/error.ts";

/** @internal What was asked for when something failed: in RTM 1.x a number means another thing in each of these. */
export type RtmOperation = keyof typeof CODES;

export type RtmErrorName =
  | "RtmInvalidArgumentError"
  | "RtmInvalidStatusError"
  | "RtmTimeoutError"
  | "RtmInvokeTooOftenError"
  | "RtmLimitExceededError"
  | "RtmUnauthenticatedError"
  | "RtmUnavailableError"
  | "RtmInternalError"
  | "RtmUnknownError";

/** RTM 1.x: of every operation. */
const NOT_LOGGED_IN = 102;

const ATTRIBUTES = { FAILURE: 2, INVALID_ARGUMENT: 3, SIZE_OVERFLOW: 4, TOO_OFTEN: 5, USER_NOT_FOUND: 6, TIMEOUT: 7 } as const;

/** RTM 1.x, the codes of each operation, by the words that end the names of their constants. */
const CODES = {
  login: {
    UNKNOWN: 1,
    REJECTED: 2,
    INVALID_ARGUMENT: 3,
    INVALID_APP_ID: 4,
    INVALID_TOKEN: 5,
    TOKEN_EXPIRED: 6,
    NOT_AUTHORIZED: 7,
    ALREADY_LOGIN: 8,
    TIMEOUT: 9,
    TOO_OFTEN: 10,
    ABORTED_BY_LOGOUT: 201,
  },
  logout: {},
  renewToken: { FAILURE: 1, INVALID_ARGUMENT: 2, REJECTED: 3, TOO_OFTEN: 4, TOKEN_EXPIRED: 5, INVALID_TOKEN: 6, ABORTED_BY_LOGOUT: 201 },
  sendMessageToPeer: { FAILURE: 1, TIMEOUT: 2, TOO_OFTEN: 5, INVALID_USERID: 6, INVALID_MESSAGE: 7, INCOMPATIBLE_MESSAGE: 8 },
  createInstance: { INVALID_ARGUMENT: 1 },
  createChannel: { INVALID_ARGUMENT: 1 },
  createLocalInvitation: { INVALID_ARGUMENT: 1 },
  join: {
    FAILURE: 1,
    REJECTED: 2,
    INVALID_ARGUMENT: 3,
    TIMEOUT: 4,
    EXCEED_LIMIT: 5,
    ALREADY_JOINED: 6,
    TOO_OFTEN: 7,
    JOIN_SAME_CHANNEL_TOO_OFTEN: 8,
    ABORTED_BY_LEAVE: 201,
    ALREADY_JOINED_CHANNEL_OF_SAME_ID: 202,
  },
  leave: { FAILURE: 1, REJECTED: 2, NOT_IN_CHANNEL: 3, KICKED: 4 },
  sendMessage: { FAILURE: 1, TIMEOUT: 2, TOO_OFTEN: 3, INVALID_MESSAGE: 4, NOT_IN_CHANNEL: 5 },
  getMembers: { FAILURE: 1, REJECTED: 2, TIMEOUT: 3, TOO_OFTEN: 4, NOT_IN_CHANNEL: 5 },
  attributes: ATTRIBUTES,
  getChannelMemberCount: { FAILURE: 1, INVALID_ARGUMENT: 2, TOO_OFTEN: 3, TIMEOUT: 4, EXCEED_LIMIT: 5 },
  queryPeersOnlineStatus: { FAILURE: 1, INVALID_ARGUMENT: 2, REJECTED: 3, TIMEOUT: 4, TOO_OFTEN: 5 },
  subscribePeersOnlineStatus: { FAILURE: 1, INVALID_ARGUMENT: 2, REJECTED: 3, TIMEOUT: 4, TOO_OFTEN: 5, OVERFLOW: 6 },
  queryPeersBySubscriptionOption: { FAILURE: 1, TIMEOUT: 2, TOO_OFTEN: 3 },
  invitation: { INVALID_ARGUMENT: 1, NOT_STARTED: 2, ALREADY_END: 3, ALREADY_ACCEPT: 4, ALREADY_SENT: 5 },
  upload: { FAILURE: 1, INVALID_ARGUMENT: 2, TIMEOUT: 3, SIZE_OVERFLOW: 4, CONCURRENCY_LIMIT_EXCEEDED: 5, INTERRUPTED: 6 },
  download: { FAILURE: 1, INVALID_ARGUMENT: 2, TIMEOUT: 3, NOT_EXIST: 4, CONCURRENCY_LIMIT_EXCEEDED: 5, INTERRUPTED: 6 },
  /** 1.6 names no numbers of its own for it. */
  metadata: ATTRIBUTES,
} as const;

type UnionKeys<T> = T extends unknown ? keyof T : never;
type Word = UnionKeys<(typeof CODES)[RtmOperation]> | "NOT_LOGGED_IN";

const NAMES: Readonly<Record<Word, RtmErrorName>> = {
  UNKNOWN: "RtmUnknownError",
  FAILURE: "RtmInternalError",
  INVALID_ARGUMENT: "RtmInvalidArgumentError",
  INVALID_APP_ID: "RtmInvalidArgumentError",
  INVALID_USERID: "RtmInvalidArgumentError",
  INVALID_MESSAGE: "RtmInvalidArgumentError",
  INCOMPATIBLE_MESSAGE: "RtmInvalidArgumentError",
  REJECTED: "RtmUnauthenticatedError",
  INVALID_TOKEN: "RtmUnauthenticatedError",
  TOKEN_EXPIRED: "RtmUnauthenticatedError",
  NOT_AUTHORIZED: "RtmUnauthenticatedError",
  TIMEOUT: "RtmTimeoutError",
  TOO_OFTEN: "RtmInvokeTooOftenError",
  JOIN_SAME_CHANNEL_TOO_OFTEN: "RtmInvokeTooOftenError",
  EXCEED_LIMIT: "RtmLimitExceededError",
  SIZE_OVERFLOW: "RtmLimitExceededError",
  OVERFLOW: "RtmLimitExceededError",
  CONCURRENCY_LIMIT_EXCEEDED: "RtmLimitExceededError",
  USER_NOT_FOUND: "RtmUnavailableError",
  NOT_EXIST: "RtmUnavailableError",
  INTERRUPTED: "RtmUnavailableError",
  ALREADY_LOGIN: "RtmInvalidStatusError",
  ALREADY_JOINED: "RtmInvalidStatusError",
  ALREADY_JOINED_CHANNEL_OF_SAME_ID: "RtmInvalidStatusError",
  ABORTED_BY_LOGOUT: "RtmInvalidStatusError",
  ABORTED_BY_LEAVE: "RtmInvalidStatusError",
  NOT_IN_CHANNEL: "RtmInvalidStatusError",
  KICKED: "RtmInvalidStatusError",
  NOT_STARTED: "RtmInvalidStatusError",
  ALREADY_END: "RtmInvalidStatusError",
  ALREADY_ACCEPT: "RtmInvalidStatusError",
  ALREADY_SENT: "RtmInvalidStatusError",
  NOT_LOGGED_IN: "RtmInvalidStatusError",
};

/** Words for each error of the core, the best first: an operation has the first of them that it knows. */
const WORDS: Readonly<Record<WigwagErrorCode, readonly Word[]>> = {
  bad_request: ["INVALID_MESSAGE", "INVALID_ARGUMENT"],
  bad_frame: [],
  unknown_operation: [],
  too_large: ["SIZE_OVERFLOW", "INVALID_MESSAGE", "INVALID_ARGUMENT"],
  limit_exceeded: ["SIZE_OVERFLOW", "EXCEED_LIMIT", "OVERFLOW"],
  unauthenticated: ["INVALID_TOKEN", "REJECTED"],
  token_invalid: ["INVALID_TOKEN", "REJECTED"],
  token_expired: ["TOKEN_EXPIRED", "REJECTED"],
  token_foreign: ["INVALID_TOKEN", "REJECTED"],
  token_revoked: ["INVALID_TOKEN", "REJECTED"],
  app_unknown: ["INVALID_APP_ID"],
  forbidden: ["NOT_AUTHORIZED", "REJECTED"],
  not_found: ["USER_NOT_FOUND", "NOT_EXIST"],
  gone: ["NOT_EXIST"],
  not_member: ["NOT_IN_CHANNEL"],
  conflict: [],
  burnt: [],
  out_of_turn: [],
  rate_limited: ["TOO_OFTEN"],
  overloaded: ["TOO_OFTEN"],
  unavailable: [],
  unsupported_type: ["INVALID_ARGUMENT", "INVALID_MESSAGE"],
  timeout: ["TIMEOUT"],
  internal: [],
  closed: ["ABORTED_BY_LOGOUT", "NOT_LOGGED_IN"],
};

/** A refusal in the shape that programs written for RTM 1.x know. */
export class RtmError extends Error {
  readonly code: number;
  /** The close code of the service's socket, where that was the reason. */
  readonly serverCode: number | undefined;
  readonly originalError: unknown;

  /** @internal Made by `rtmError`. */
  constructor(name: RtmErrorName, code: number, detail: string, originalError?: unknown) {
    super(`Error Code ${code} - ${detail}`);
    this.name = name;
    this.code = code;
    this.serverCode = originalError instanceof WigwagError ? originalError.closeCode : undefined;
    this.originalError = originalError;
  }
}

/** @internal Of the operation's own numbers. */
export function rtmError(operation: RtmOperation, code: number, detail?: string, originalError?: unknown): RtmError {
  const word = wordOf(operation, code);
  return new RtmError(word === undefined ? "RtmUnknownError" : NAMES[word], code, detail ?? sentence(operation, word), originalError);
}

/** @internal What a refused or failed call of the core is in the operation's own numbers. */
export function rtmErrorFrom(operation: RtmOperation, error: unknown): RtmError {
  if (error instanceof RtmError) return error;
  const words = error instanceof WigwagError ? wordsFor(error) : [];
  return rtmError(operation, codeOf(operation, [...words, "FAILURE", "UNKNOWN", "INVALID_ARGUMENT"]), asError(error).message, error);
}

/** A service that closes a connection has a reason against it; a client that does has been logged out. */
const wordsFor = ({ code, closeCode }: WigwagError): readonly Word[] =>
  code === "closed" && closeCode !== undefined ? ["REJECTED", "NOT_LOGGED_IN"] : WORDS[code];

function codeOf(operation: RtmOperation, words: readonly Word[]): number {
  const codes: Readonly<Partial<Record<Word, number>>> = { NOT_LOGGED_IN, ...CODES[operation] };
  for (const word of words) {
    const code = codes[word];
    if (code !== undefined) return code;
  }
  return NOT_LOGGED_IN;
}

function wordOf(operation: RtmOperation, code: number): Word | undefined {
  if (code === NOT_LOGGED_IN) return "NOT_LOGGED_IN";
  const codes: Readonly<Partial<Record<Word, number>>> = CODES[operation];
  return (Object.keys(codes) as Word[]).find((word) => codes[word] === code);
}

const sentence = (operation: RtmOperation, word: Word | undefined): string =>
  `${operation}: ${word === undefined ? "failed" : word.toLowerCase().replaceAll("_", " ")}`;
