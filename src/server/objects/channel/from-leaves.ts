import { type WireError, wireError } from "../../../protocol/errors.ts";
import { err, ok, type Result } from "../../../util/result.ts";

/** What leaves may have to be asked for. */
export async function fromLeaves<T>(ask: () => Promise<T>): Promise<Result<T, WireError>> {
  try {
    return ok(await ask());
  } catch {
    return err(wireError("unavailable", { retryAfterMs: 1_000, message: "a leaf of the channel does not answer" }));
  }
}
