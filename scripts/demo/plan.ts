import { sampleOf } from "./corpus.ts";

/** Who sends what to whom: known to every process from the start, so that each can go on where its predecessor was killed. */
export interface Plan {
  readonly url: string;
  readonly app: string;
  readonly channel: string;
  readonly users: readonly string[];
  /** By user: what it sends, to its peer and to the channel alike. */
  readonly scripts: Readonly<Record<string, readonly Item[]>>;
  /** The pace of each user, on either path. */
  readonly messagesPerSecond: number;
}

export type Item = { readonly line: string } | { readonly chunk: number };
export type Path = "peer" | "channel";

/** With the number in front a chunk is 32 KB, the most that a message may be. */
export const CHUNK_HEADER_BYTES = 16;
export const CHUNK_BYTES = 32 * 1024 - CHUNK_HEADER_BYTES;

export const chunksOf = (picture: Uint8Array): number => Math.ceil(picture.byteLength / CHUNK_BYTES);
export const chunkOf = (picture: Uint8Array, index: number): Uint8Array => picture.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);

/** Each user writes to the next one. */
export function peerOf(plan: Pick<Plan, "users">, user: string): string {
  const next = (plan.users.indexOf(user) + 1) % plan.users.length;
  return plan.users[next] ?? user;
}

/** A share of the lines, and the chunks of a picture spread among them. */
export function scriptOf(lines: readonly string[], share: number, shares: number, linesEach: number, chunks: number): Item[] {
  const own = sampleOf(
    lines.filter((_, index) => index % shares === share),
    linesEach,
  );
  const every = Math.ceil(own.length / chunks);
  return own.flatMap((line, index): Item[] => {
    const chunk = index / every;
    return Number.isInteger(chunk) && chunk < chunks ? [{ chunk }, { line }] : [{ line }];
  });
}

/** Who hears what each user sends on a path. A channel's members hear themselves, too. */
export const receivers = (plan: Plan, path: Path, from: string): readonly string[] => (path === "peer" ? [peerOf(plan, from)] : plan.users);
