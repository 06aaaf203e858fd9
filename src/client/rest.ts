import type { Credential } from "./address.ts";
import type { Environment } from "./environment.ts";
import { localError, WigwagError } from "./error.ts";
import { isRecord, isWireError } from "./guards.ts";

/** Where a REST call goes, and as whom. */
interface Caller {
  readonly service: string;
  readonly app: string;
  readonly user: string;
}

/** A REST call of a login. Whatever is no success is thrown, as the service's own error where it says one. */
export async function restCall(
  environment: Environment,
  { service, app, user }: Caller,
  credential: Credential,
  path: string,
  init: RequestInit,
): Promise<Response> {
  for (let again = false; ; again = true) {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${await credential.current(again)}`);
    headers.set("x-wigwag-app", app);
    headers.set("x-wigwag-user", encodeURIComponent(user));
    const answer = await environment.fetch(service + path, { ...init, headers }).catch((cause: unknown) => {
      throw init.signal?.aborted ? init.signal.reason : localError("unavailable", { message: "the service cannot be reached", cause });
    });
    if (answer.ok || answer.status === 304) return answer;
    const error = refusal(answer.status, await answer.json().catch(() => undefined));
    // A token may have ended since the login; where the application is asked for it, it has another one.
    if (again || error.retry !== "new-token") throw error;
  }
}

/** What a REST answer that is no success says. */
export function refusal(status: number, body: unknown): WigwagError {
  const error = isRecord(body) ? (body.error ?? body) : undefined;
  return isWireError(error) ? new WigwagError(error) : localError("unavailable", { message: `the service answered with status ${status}` });
}
