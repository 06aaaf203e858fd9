/** List prices of Workers Paid in US dollars, November 2026, beyond what is included. */
export const PRICES = {
  /** Calls between objects, upgrades, alarms; messages from sockets count a twentieth. Frames to clients cost nothing. */
  objectRequest: 0.15e-6,
  socketMessagesPerRequest: 20,
  workerRequest: 0.3e-6,
  workerCpuMs: 0.02e-6,
  rowWritten: 1e-6,
  rowRead: 0.001e-6,
  /** Of the time an object is awake: 128 MB of it, whatever it uses. */
  gbSecond: 12.5e-6,
} as const;

export const OBJECT_GB = 0.128;
/** The entry Worker's own time for an upgrade: token or ticket, settings, routing. */
export const WORKER_CPU_MS = 0.5;

/** What was used in some time, of what costs money. */
export interface Usage {
  readonly objectRequests: number;
  readonly socketMessages: number;
  readonly workerRequests: number;
  readonly rowsWritten: number;
  readonly rowsRead: number;
  /** Seconds that objects were awake, all together. */
  readonly awakeSeconds: number;
}

export interface Bill {
  readonly requests: number;
  readonly socketMessages: number;
  readonly workers: number;
  readonly rows: number;
  readonly duration: number;
  readonly total: number;
}

export function billFor(usage: Usage, times = 1): Bill {
  const requests = times * usage.objectRequests * PRICES.objectRequest;
  const socketMessages = (times * usage.socketMessages * PRICES.objectRequest) / PRICES.socketMessagesPerRequest;
  const workers = times * usage.workerRequests * (PRICES.workerRequest + WORKER_CPU_MS * PRICES.workerCpuMs);
  const rows = times * (usage.rowsWritten * PRICES.rowWritten + usage.rowsRead * PRICES.rowRead);
  const duration = times * usage.awakeSeconds * OBJECT_GB * PRICES.gbSecond;
  return { requests, socketMessages, workers, rows, duration, total: requests + socketMessages + workers + rows + duration };
}
