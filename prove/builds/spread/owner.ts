import { fnv1a } from "../../../src/util/fnv1a.ts";

/** `app:leaf:type:child:name`; relays have an `r`. */
const LEAF = /^[^:]+:leaf:[a-z]+:(r?)(\d+):/;
const CHANNEL = /^[^:]+:channel:/;

/**
 * Which of so many processes has an object, by its name alone (`src/server/objects/locate.ts`). Channels are in the first, with nothing beside them;
 * their leaves and relays go round the others; all other objects are spread by their names.
 */
export function ownerOf(name: string, processes: number): number {
  if (CHANNEL.test(name)) return 0;
  const [, relay = "", index] = LEAF.exec(name) ?? [];
  // A relay beside its leaves would hand them what they get without leaving the process.
  if (index !== undefined) return ownerOfLeaf(Number(index) + relay.length, processes);
  return processes === 1 ? 0 : 1 + (fnv1a(name) % (processes - 1));
}

export const ownerOfLeaf = (leaf: number, processes: number): number => (processes === 1 ? 0 : 1 + (leaf % (processes - 1)));
export const ownerOfUser = (app: string, user: string, processes: number): number => ownerOf(`${app}:user:${user}`, processes);
