/** So long a marked point holds if nobody kills it: a lab that has lost interest must not find a server that hangs. */
const HOLD_TURNS = 200_000_000;
/** What was sent before the point is on its way after this. */
const LEAVE_MS = 25;

let armed: { readonly name: string; left: number } | undefined;
let sink = 0;
let channelIsToEnd = false;

/** The `nth` time that the point is reached, it says so and holds. */
export function arm(name: string, nth: number): void {
  armed = { name, left: nth };
}

/** A marked point. It holds everything in this process: nothing that comes after it has happened when the process is killed. */
export function mark(name: string): void {
  if (armed?.name !== name) return;
  armed.left -= 1;
  if (armed.left > 0) return;
  armed = undefined;
  console.log(`mark ${name}`);
  // The clock stands still within a turn, so turns are counted.
  for (let turn = 0; turn < HOLD_TURNS; turn++) sink = (sink + turn) | 0;
}

/** The object of whichever channel commits next dies alone: what it has written stands, nobody is told, and all other objects live on. */
export function endChannel(): void {
  channelIsToEnd = true;
}

/** Where a channel has committed: whether this is its end. */
export function channelEnds(object: { abort(reason: string): void }): boolean {
  if (!channelIsToEnd) return false;
  channelIsToEnd = false;
  object.abort("ended by the lab");
  return true;
}

/** A marked point after which everything that was sent before it has left. */
export async function lateMark(name: string): Promise<void> {
  if (armed?.name !== name) return;
  await new Promise((resolve) => setTimeout(resolve, LEAVE_MS));
  mark(name);
}
