import * as z from "zod";

/** For a socket's attachment: signs of life that lay ahead of the clock, and when that was noticed. */
export const aheadOfClock = z.strictObject({ times: z.array(z.int()), noticedAt: z.int() });
export type AheadOfClock = Readonly<z.infer<typeof aheadOfClock>>;

/**
 * The last of these times. A clock that was set back leaves times that are still to come, and would keep alive for as long as it
 * had been ahead whoever fell silent before: such a time counts as the moment at which it is first met. `keep` is told of it.
 */
export function lastSign(times: readonly number[], now: number, known: AheadOfClock | undefined, keep: (ahead: AheadOfClock) => void): number {
  const valid = known !== undefined && known.noticedAt <= now ? known : undefined;
  const isNew = times.some((time) => time > now && !valid?.times.includes(time));
  const ahead = isNew ? { times: times.filter((time) => time > now || valid?.times.includes(time)), noticedAt: now } : valid;
  if (isNew && ahead !== undefined) keep(ahead);
  return Math.max(...times.map((time) => (ahead?.times.includes(time) ? ahead.noticedAt : time)));
}
