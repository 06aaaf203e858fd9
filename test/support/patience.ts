/** What is awaited of other processes and objects comes when it comes: beside other suites that may be late. */
export const PATIENCE = { timeout: 15_000, interval: 50 } as const;
