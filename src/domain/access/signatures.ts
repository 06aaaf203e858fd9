import { type Bytes, equalInConstantTime } from "../../util/bytes.ts";

/**
 * Whether one of an app's certificates, the primary first, makes this signature. An unset certificate is empty, and
 * what an empty one signs anybody can sign: it never counts.
 */
export async function signedByAny(certificates: readonly string[], signature: Bytes, sign: (certificate: string) => Promise<Bytes>): Promise<boolean> {
  for (const certificate of certificates) {
    if (certificate !== "" && equalInConstantTime(await sign(certificate), signature)) return true;
  }
  return false;
}
