import { concatBytes } from "../util/bytes.ts";
import { decodeUtf8 } from "../util/text.ts";

/** An answer's body, of at most so many bytes, whatever its Content-Length says; the rest is not waited for. */
export async function readText({ body }: Response, most: number): Promise<string> {
  let whole = new Uint8Array(0);
  for await (const part of body ?? []) {
    if (whole.length + part.length > most) throw new Error(`more than ${most} bytes`);
    whole = concatBytes(whole, part);
  }
  return decodeUtf8(whole);
}
