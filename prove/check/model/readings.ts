import type { DeviceName, Gap, LinkChange, Place, RunEvent, Target } from "../../record/event.ts";

/** What a device was told is missing: a range of one epoch, or all until the stream began anew. */
export interface Told {
  readonly at: number;
  readonly range?: { readonly epoch: string; readonly from: number; readonly to: number };
  /** Where the device stood, and where it goes on. */
  readonly before: Place;
  readonly after: Place;
}

/** One stretch in which a device follows a target, from `listens` until it leaves, dies, or listens anew. */
export interface Reading {
  readonly device: DeviceName;
  readonly target: Target;
  readonly since: number;
  /** Where it began. */
  readonly start: Place;
  /** What was heard or given up last. */
  position: Place;
  readonly told: Told[];
  until: number | undefined;
}

/** Who listens to what, and where each stands. `see` must have an event before anything is asked about it. */
export class Readings {
  readonly all: Reading[] = [];
  readonly #current = new Map<DeviceName, Map<Target, Reading>>();
  readonly #links = new Map<string, LinkChange["state"]>();

  see(event: RunEvent): void {
    switch (event.is) {
      case "listens":
        return this.#begin(event.device, event.target, event.at, event);
      case "delivery": {
        const reading = this.of(event.device, event.target);
        if (reading !== undefined && event.seq !== undefined) reading.position = { epoch: event.epoch, seq: event.seq };
        return;
      }
      case "gap":
        return this.#gap(event);
      case "leaves":
        return this.#end(event.device, event.target, event.at);
      case "died":
        for (const target of this.#current.get(event.device)?.keys() ?? []) this.#end(event.device, target, event.at);
        return;
      case "link":
        this.#links.set(linkKey(event.device, event.target), event.state);
        if (event.state === "closed" && event.target === undefined) this.#closed(event.device, event.at);
    }
  }

  of(device: DeviceName, target: Target): Reading | undefined {
    return this.#current.get(device)?.get(target);
  }

  /** Whether it follows its target still, and nothing is known to stand between. */
  isThere(reading: Reading): boolean {
    const { device, target, until } = reading;
    const isUp = (state: LinkChange["state"] | undefined): boolean => state === undefined || state === "connected";
    return until === undefined && isUp(this.#links.get(linkKey(device, undefined))) && isUp(this.#links.get(linkKey(device, target)));
  }

  /** A login that has ended hears no messages for its user any more. */
  #closed(device: DeviceName, at: number): void {
    for (const target of this.#current.get(device)?.keys() ?? []) this.#end(device, target, at);
  }

  #begin(device: DeviceName, target: Target, at: number, { epoch, seq }: Place): void {
    this.#end(device, target, at);
    const reading: Reading = { device, target, since: at, start: { epoch, seq }, position: { epoch, seq }, told: [], until: undefined };
    const own = this.#current.get(device) ?? new Map<Target, Reading>();
    own.set(target, reading);
    this.#current.set(device, own);
    this.all.push(reading);
  }

  #end(device: DeviceName, target: Target, at: number): void {
    const reading = this.of(device, target);
    if (reading === undefined) return;
    reading.until = at;
    this.#current.get(device)?.delete(target);
  }

  #gap({ device, target, at, from, to, epoch, seq }: Gap): void {
    const reading = this.of(device, target);
    if (reading === undefined) return;
    const before = reading.position;
    const of = epoch ?? before.epoch;
    const range = of !== undefined && from !== undefined && to !== undefined ? { epoch: of, from, to } : undefined;
    const after = epoch !== undefined ? { epoch, seq } : range !== undefined ? { epoch: of, seq: to } : {};
    reading.told.push({ at, before, after, ...(range !== undefined && { range }) });
    reading.position = after;
  }
}

/** Whether the device was told that it would not hear what stands there, or what was said then. */
export function isTold({ told }: Reading, place: Place | undefined, saidAt: number): boolean {
  return told.some(({ at, range, before, after }) => {
    if (place?.epoch === undefined || place.seq === undefined) return saidAt <= at;
    if (range !== undefined) return place.epoch === range.epoch && place.seq >= range.from && place.seq <= range.to;
    // Begun anew: what was left of the old epoch, what the new one had already, and all of those in between.
    if (place.epoch === after.epoch) return after.seq === undefined || place.seq <= after.seq;
    if (place.epoch === before.epoch) return before.seq === undefined || place.seq > before.seq;
    return saidAt <= at;
  });
}

/** Device names have a slash, targets a colon: neither holds a line feed. */
const linkKey = (device: DeviceName, target: Target | undefined): string => `${device}\n${target ?? ""}`;
