import { RtmClient } from "./client.ts";
import { AreaCode } from "./enums.ts";
import { rtmError } from "./errors.ts";
import { RTM_LIMITS } from "./limits.ts";
import type { AreaConfig, RtmConfig } from "./types.ts";

/**
 * Makes a client of an app. Throws where the App ID is none.
 *
 * @example
 * const client = AgoraRTM.createInstance(appId);
 * await client.login({ uid: "alice", token });
 */
export function createInstance(appId: string, config: RtmConfig = {}, areaCodes?: AreaCode[]): RtmClient {
  if (typeof appId !== "string" || appId.length !== RTM_LIMITS.appIdChars) throw rtmError("createInstance", 1, "an App ID has 32 characters");
  if (areaCodes !== undefined) setArea({ areaCodes });
  return new RtmClient(appId, { ...config });
}

/** Accepted as RTM 1.x does; where an app's data lives was decided when the app was made. */
export function setArea({ areaCodes, excludedArea }: AreaConfig): void {
  if (!Array.isArray(areaCodes) || areaCodes.length === 0 || !areaCodes.every((code) => Object.hasOwn(AreaCode, code)))
    throw rtmError("createInstance", 1, "areaCodes is a list of AreaCode");
  if (excludedArea === undefined) return;
  if (!areaCodes.includes("GLOBAL") || !EXCLUDABLE.has(excludedArea))
    throw rtmError("createInstance", 1, "excludedArea is CHINA, JAPAN or ASIA, together with GLOBAL");
}

const EXCLUDABLE: ReadonlySet<AreaCode> = new Set<AreaCode>(["CHINA", "JAPAN", "ASIA"]);

/** The version of RTM whose calls these are. */
export const VERSION = "1.6.0";
export const BUILD = "wigwag";
/** What the invitations of a still older product were ended with. */
export const END_CALL_PREFIX = "AgoraRTMLegacyEndcallCompatibleMessagePrefix";
/** Another one whenever the module is loaded. */
export const processId: string = Array.from({ length: 4 }, () =>
  Math.floor(Math.random() * 2 ** 32)
    .toString(16)
    .padStart(8, "0"),
).join("");
