const HOUR_MS = 3_600_000;

export interface HourPart {
  readonly hour: number;
  readonly first: number;
  readonly last: number;
}

/** Hours since 1970. */
export const hourOf = (timeMs: number): number => Math.floor(timeMs / HOUR_MS);
export const hourStart = (hour: number): number => hour * HOUR_MS;

/** `yyyyMMddHH`, in UTC. Undefined: there is no such hour. */
export function parseHour(text: string): number | undefined {
  const [, year, month, day, hour] = /^(\d{4})(\d{2})(\d{2})(\d{2})$/.exec(text) ?? [];
  const time = Date.parse(`${year}-${month}-${day}T${hour}:00:00.000Z`);
  return Number.isNaN(time) || formatHour(hourOf(time)) !== text ? undefined : hourOf(time);
}

export const formatHour = (hour: number): string => new Date(hourStart(hour)).toISOString().replaceAll(/[-T]/g, "").slice(0, 10);

/** Which hours these messages are of, and between which numbers. */
export function hoursOf(messages: readonly { readonly seq: number; readonly ts: number }[]): HourPart[] {
  const parts = new Map<number, HourPart>();
  for (const { seq, ts } of messages) {
    const hour = hourOf(ts);
    const { first = seq, last = seq } = parts.get(hour) ?? {};
    parts.set(hour, { hour, first: Math.min(first, seq), last: Math.max(last, seq) });
  }
  return [...parts.values()];
}
