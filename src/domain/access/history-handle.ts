import type { WireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Signer } from "../../protocol/token-codec/token-crypto.ts";
import type { Bytes } from "../../util/bytes.ts";
import { ok, type Result } from "../../util/result.ts";
import { decodeUtf8, encodeUtf8 } from "../../util/text.ts";
import { seal, unseal } from "./sealed-text.ts";

/** A question to history that its asker carries: nothing is kept of it, and nobody else can have written it. */
export const sealHistoryQuestion = (question: object, secret: Bytes, crypto: Signer): Promise<string> =>
  seal("history-1", encodeUtf8(JSON.stringify(question)), secret, crypto);

/** As JSON gives it. */
export async function unsealHistoryQuestion(text: string, secret: Bytes, crypto: Signer): Promise<Result<unknown, WireError>> {
  const sealed = await unseal("history-1", text, LIMITS.restHistoryHandleChars, secret, crypto);
  return sealed.ok ? ok(JSON.parse(decodeUtf8(sealed.value))) : sealed;
}
