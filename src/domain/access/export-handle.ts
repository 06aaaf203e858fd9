import type { WireError } from "../../protocol/errors.ts";
import { wireError } from "../../protocol/errors.ts";
import { LIMITS } from "../../protocol/limits.ts";
import type { Signer } from "../../protocol/token-codec/token-crypto.ts";
import { readBytes } from "../../util/byte-reader.ts";
import { ByteWriter } from "../../util/byte-writer.ts";
import type { Bytes } from "../../util/bytes.ts";
import { err, ok, type Result } from "../../util/result.ts";
import { seal, unseal } from "./sealed-text.ts";

/** A file of an export, and until when whoever has this may load it. */
export interface ExportClaims {
  readonly key: string;
  /** What it is called where it is saved. */
  readonly name: string;
  readonly untilMs: number;
}

export const issueExportHandle = ({ key, name, untilMs }: ExportClaims, secret: Bytes, crypto: Signer): Promise<string> =>
  seal("export-1", new ByteWriter().string(key).string(name).uint53(untilMs).finish(), secret, crypto);

export async function verifyExportHandle(text: string, secret: Bytes, nowMs: number, crypto: Signer): Promise<Result<ExportClaims, WireError>> {
  const payload = await unseal("export-1", text, LIMITS.exportHandleChars, secret, crypto);
  const claims = payload.ok
    ? readBytes(payload.value, (reader) => {
        const read = { key: reader.string(), name: reader.string(), untilMs: reader.uint53() };
        reader.end();
        return read;
      })
    : undefined;
  if (claims === undefined) return err(wireError("bad_request", { field: "file", message: "file: not an address that was given by message.export" }));
  if (nowMs >= claims.untilMs) return err(wireError("gone", { field: "file", message: "the address was good for an hour: ask for the export again" }));
  return ok(claims);
}
