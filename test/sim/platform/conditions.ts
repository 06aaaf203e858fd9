/** What the platform does to those who run on it. Faults change it; calm sets it back. */
export interface Conditions {
  /** Share of calls between objects whose request, or whose answer, gets lost. */
  callsLost: number;
  /** The same of D1; `refuse`: it answers nothing but errors. */
  databaseLost: number;
  databaseRefuses: boolean;
  /** Share of writes after which the object dies as soon as they are durable, in the middle of what it does. */
  deathsAfterWrite: number;
  /** What a delay is multiplied with: networks and disks have slow times. */
  slowness: number;
}

export const CALM: Readonly<Conditions> = { callsLost: 0, databaseLost: 0, databaseRefuses: false, deathsAfterWrite: 0, slowness: 1 };
