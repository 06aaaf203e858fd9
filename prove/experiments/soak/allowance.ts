/** Rows of one object that outlive everything, and why; all other tables have to be empty when everybody has gone. */
const STAYS: Readonly<Record<string, number>> = {
  "UserObject._schema": 1,
  "ChannelObject._schema": 1,
  "CallObject._schema": 1,
  "EventsObject._schema": 1,
  // A user's generations and message ids rise for ever.
  "UserObject.counters": 2,
  "UserObject.inbox_head": 1,
  // The revision of metadata rises for ever.
  "UserObject.metadata": 1,
  "UserObject.told": 1,
  "UserObject.reported": 1,
  // A user's object looks once in a month whether an absent device is to be forgotten; so long an alarm stands.
  "UserObject.due": 1,
  // Pointers to calls that are over, until later calls push them out.
  "UserObject.call": 33,
};

export const allowance = (table: string, objects: ReadonlyMap<string, number>): number => (STAYS[table] ?? 0) * (objects.get(table.split(".")[0] ?? "") ?? 0);

/** Only what may be due may have an alarm. */
export const alarmsAllowed = (objects: ReadonlyMap<string, number>): number => allowance("UserObject.due", objects);
