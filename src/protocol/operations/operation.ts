import type * as z from "zod";
import type { ConversationRef } from "../conversation-name.ts";
import type { ChannelRef, UserId } from "../names.ts";

/**
 * One request/response operation, defined once. The socket dispatch, the /v1 routes, OpenAPI, the typed SDK calls, the
 * access table, the rate limits and the reference page are all made from this.
 */
export interface Operation<Name extends string = string, Input extends z.ZodType = z.ZodType, Output extends z.ZodType = z.ZodType> {
  readonly name: Name;
  readonly summary: string;
  readonly input: Input;
  readonly output: Output;
  /**
   * `user`: a logged-in user, for itself · `server`: an app's API key or app token · `operator`: the deployment's key ·
   * `anyone`: no key, because the input itself carries what proves the caller.
   */
  readonly callers: readonly CallerKind[];
  /** A user may name only itself as `user`; servers anybody. */
  readonly ownOnly?: true;
  readonly rate: RateClass;
  /** `safe` reads · `idempotent` may be repeated · `client-id` repeats get the first answer. */
  readonly idempotence: "safe" | "idempotent" | "client-id";
  /** `payload`: over REST a body that is not JSON is the input's `data` · `binary`: the body is bytes, the input stands in path and query. */
  readonly body: "json" | "payload" | "binary";
  /** The answer is bytes; `output` is what goes before them in headers. */
  readonly answer?: "binary";
  readonly runsAt: Placement<z.infer<Input>>;
  /** Absent for what only makes sense on a live socket. */
  readonly rest?: { readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE"; readonly path: string };
}

export type CallerKind = "user" | "server" | "operator" | "anyone";

/** Token-bucket classes; their sizes stand in rate.ts. */
export type RateClass = "message" | "join" | "read" | "write" | "metadata" | "subscribe" | "session" | "admin" | "upload" | "transfer";

/**
 * Where an operation runs: `session` at the caller's own user object and only on a live socket; `user`, `channel`, `call` at one
 * object; `conversation` at that of the caller, or of the input's `user`, with whom or what the key says; `group` at a group's, by way of the object of a user that calls; `users`, `channels` at each of several, answers merged; `directory` at the one object that knows what all an app has; `database` wherever it is asked, which only reads the database; `worker` in the entry Worker.
 * Written as methods, so that any operation may be taken for an `Operation` of unknown input.
 */
export type Placement<Input> =
  | { readonly place: "session" }
  | { readonly place: "worker" }
  | { readonly place: "directory" }
  | { readonly place: "database" }
  | { readonly place: "user"; key(input: Input): UserId | undefined }
  | { readonly place: "channel"; key(input: Input): ChannelRef }
  | { readonly place: "call"; key(input: Input): string }
  | { readonly place: "conversation"; key(input: Input): ConversationRef }
  | { readonly place: "group"; key(input: Input): string }
  | { readonly place: "users"; keys(input: Input): readonly UserId[]; readonly max: number }
  | { readonly place: "channels"; keys(input: Input): readonly ChannelRef[]; readonly max: number };

export function operation<Name extends string, Input extends z.ZodType, Output extends z.ZodType>(
  definition: Operation<Name, Input, Output>,
): Operation<Name, Input, Output> {
  return definition;
}
