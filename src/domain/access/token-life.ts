import { LIMITS } from "../../protocol/limits.ts";

const DAY_SECONDS = LIMITS.tokenTtlMs / 1000;

/** In the AccessToken2 format a time of 0 means the longest one, and so does any beyond a day: old samples pass unix time. */
const lifeSeconds = (value: number): number => (value === 0 ? DAY_SECONDS : Math.min(value, DAY_SECONDS));

/** When a 007 token ends: the first of its own end and the privilege's. */
export const endOfLife = (issuedAtSeconds: number, ...lives: readonly number[]): number => (issuedAtSeconds + Math.min(...lives.map(lifeSeconds))) * 1000;

/** A token that claims to be from the future does not outlast a day either. */
export const withinDay = (expiresAtMs: number, nowMs: number): number => Math.min(expiresAtMs, nowMs + LIMITS.tokenTtlMs);
