import * as z from "zod";
import { parseRights } from "../../../domain/access/rights.ts";
import { deviceId, userId } from "../../../protocol/ids.ts";
import { LIMITS } from "../../../protocol/limits.ts";
import { appSettings } from "../../../protocol/settings.ts";
import type { SessionTrust } from "../../trust.ts";

const trust = z.object({
  app: z.string(),
  user: userId,
  device: deviceId,
  kind: z.string().max(LIMITS.deviceKindChars),
  instance: z.string().min(1).max(LIMITS.instanceChars),
  keepAliveMs: z.int().positive(),
  attempt: z.int().nonnegative().optional(),
  tokenExpiresAt: z.number(),
  enforceExpiry: z.boolean(),
  rights: z.unknown(),
  settings: appSettings,
});

/** The entry Worker's word. Header values are ASCII, so it comes percent-encoded. */
export function readSessionTrust(header: string | null): SessionTrust | undefined {
  if (header === null) return undefined;
  const read = trust.safeParse(parse(header));
  if (!read.success) return undefined;
  const rights = parseRights(read.data.rights);
  return rights === undefined ? undefined : { ...read.data, rights };
}

function parse(header: string): unknown {
  try {
    return JSON.parse(decodeURIComponent(header));
  } catch {
    return undefined;
  }
}
