import { parseRights } from "../../../domain/access/rights.ts";
import { isRecord } from "../../../util/record.ts";
import type { SessionTrust } from "../../trust.ts";

/** The entry Worker's word, which nobody else can give: it has checked each part. Header values are ASCII, so it may come percent-encoded. */
export function readSessionTrust(header: string | null): SessionTrust | undefined {
  const trust = header === null ? undefined : parse(header);
  if (!isRecord(trust) || typeof trust.user !== "string" || typeof trust.device !== "string" || !isRecord(trust.settings)) return undefined;
  return parseRights(trust.rights) === undefined ? undefined : (trust as unknown as SessionTrust);
}

function parse(header: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(header));
  } catch {
    return undefined;
  }
}
