/** What all objects of this process have done since it was asked last: calls that they made, by method, rows that they wrote, and alarms. */
export interface Counts {
  readonly calls: Record<string, number>;
  /** Of them, those that went to another process. */
  readonly abroad: number;
  readonly rows: number;
  readonly alarms: number;
}
