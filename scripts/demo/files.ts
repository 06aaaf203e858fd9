import { join } from "node:path";

/** What the processes of a demo share on disk. */
export const planFile = (directory: string): string => join(directory, "plan.json");
export const pictureFile = (directory: string, user: string): string => join(directory, `${user}.png`);
export const receiptsFile = (directory: string, user: string): string => join(directory, user, "receipts.jsonl");
export const acknowledgedFile = (directory: string, user: string): string => join(directory, user, "acknowledged.jsonl");
/** The channel's position when it was first joined. */
export const joinedFile = (directory: string, user: string): string => join(directory, user, "joined.json");
export const chunkFile = (directory: string, user: string, path: string, from: string, chunk: number): string =>
  join(directory, user, `${path}-${from}-${chunk}.chunk`);
