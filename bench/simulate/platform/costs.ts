/**
 * What things cost an object's thread, in microseconds. Measured on workerd 1.20261117, one virtual Xeon core, as the cost to the server's
 * process (docs/performance.md says how); the platform's own processors are not slower.
 */
export interface Costs {
  /** One frame to one socket, the first of a turn. Measured: 14 to 21 with 100 and with 1,000 sockets, 23 to 32 with 5,000. */
  readonly sendUs: number;
  /** Each further frame to the same socket in the same turn. Measured: 4 with 100 sockets, 6 with 1,000. */
  readonly sendMoreUs: number;
  /** From so many sockets on, sends cost `sendManyUs`. */
  readonly manySockets: number;
  readonly sendManyUs: number;
  /** A frame from a client: taken from the socket, its JSON read, its handler run. */
  readonly frameInUs: number;
  /** A call between objects, both ends: 45 to 68 for 20 bytes. The four parts are paid where and when they fall. */
  readonly callOutUs: number;
  readonly callInUs: number;
  readonly replyUs: number;
  readonly answerUs: number;
  /** Of a call's payload and of a row; serialising included where the code does it per use. */
  readonly perKbUs: number;
  readonly rowUs: number;
  readonly rowPerKbUs: number;
  readonly timerUs: number;
  /** setAlarm, and the alarm itself. */
  readonly alarmUs: number;
  /** An upgrade at the object: socket accepted, attachment written, welcome sent. */
  readonly upgradeUs: number;
  /** A socket's end. */
  readonly closeUs: number;
  /** From a write until it is durable. Not measured on the platform: a few milliseconds within a region. */
  readonly commitMs: number;
}

export const COSTS: Costs = {
  sendUs: 20,
  sendMoreUs: 6,
  manySockets: 3_000,
  sendManyUs: 27,
  frameInUs: 18,
  callOutUs: 20,
  callInUs: 20,
  replyUs: 10,
  answerUs: 10,
  perKbUs: 1,
  rowUs: 5,
  rowPerKbUs: 3,
  timerUs: 3,
  alarmUs: 10,
  upgradeUs: 120,
  closeUs: 30,
  commitMs: 6,
};

/** The platform refuses an object more requests a second than this, sooner or later. Messages of sockets are not requests. */
export const SOFT_LIMIT_REQUESTS = 1_000;
/** A row holds no more. */
export const ROW_BYTES_MAX = 2_000_000;
/** Sockets of one object that may hibernate. */
export const SOCKETS_MAX = 32_768;
