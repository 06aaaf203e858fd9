/** What one can give. Applause goes to the whole room. */
export const GIFTS = [
  { id: "applause", name: "Applause", points: 0 },
  { id: "rose", name: "Rose", points: 1 },
  { id: "tea", name: "Tea", points: 5 },
  { id: "star", name: "Star", points: 20 },
  { id: "rocket", name: "Rocket", points: 100 },
] as const;

export type GiftId = (typeof GIFTS)[number]["id"];
export const isGift = (value: unknown): value is GiftId => GIFTS.some(({ id }) => id === value);
export const EVERYBODY = "";

/** How often one person has given one thing to one person, all in all. */
export interface Given {
  readonly from: string;
  readonly to: string;
  readonly gift: GiftId;
  readonly total: number;
}

/** Different rows that are kept; further ones are not counted. */
const ROWS_MAX = 2_000;
const TOTAL_MAX = 1_000_000;

/**
 * Who has given what to whom. Each message carries the giver's own total, and the larger total counts: so a message that
 * is lost is made up for by the next, one that comes twice counts once, and whoever comes later is told the totals.
 */
export class Tally {
  readonly #rows = new Map<string, Given>();

  /** How many more these are than were known. */
  count(given: Given): number {
    const key = JSON.stringify([given.from, given.to, given.gift]);
    const before = this.#rows.get(key)?.total ?? 0;
    const isTotal = Number.isSafeInteger(given.total) && given.total <= TOTAL_MAX;
    if (!isTotal || given.total <= before || (before === 0 && this.#rows.size >= ROWS_MAX)) return 0;
    this.#rows.set(key, given);
    return given.total - before;
  }

  /** One's own next message. */
  give(from: string, to: string, gift: GiftId, more = 1): Given {
    const before = this.#rows.get(JSON.stringify([from, to, gift]))?.total ?? 0;
    return { from, to, gift, total: before + more };
  }

  /** What somebody has got, in points. */
  pointsOf(user: string): number {
    let points = 0;
    for (const { to, gift, total } of this.#rows.values()) if (to === user) points += total * pointsFor(gift);
    return points;
  }

  get applause(): number {
    let claps = 0;
    for (const { gift, total } of this.#rows.values()) if (gift === "applause") claps += total;
    return claps;
  }

  /** For somebody who has just come, the largest first: there is an end to what fits into a message. */
  rows(most: number): Given[] {
    return [...this.#rows.values()].sort((a, b) => b.total - a.total).slice(0, most);
  }
}

const pointsFor = (gift: GiftId): number => GIFTS.find(({ id }) => id === gift)?.points ?? 0;
