/** What a device's row says of its token. */
export interface Tokened {
  readonly connected: boolean;
  /** Absent where its end does not end the session. */
  readonly tokenEndsAt?: number | undefined;
}

/**
 * When something is next to be done about the token: the warning, then the end. Of a device that is away only the warning
 * still stands, for nobody: an alarm that rings in vain is cheaper than to write one at each return.
 */
export function tokenMoment({ connected, tokenEndsAt }: Tokened, warningMs: number, now: number): number | undefined {
  if (tokenEndsAt === undefined) return undefined;
  const warns = tokenEndsAt - warningMs;
  if (now < warns) return warns;
  return connected && now < tokenEndsAt ? tokenEndsAt : undefined;
}
