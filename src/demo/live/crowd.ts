export interface CrowdState {
  readonly viewers: number;
  readonly said: number;
}

/** Calls in an audience, which is there until the signal ends it; `tell` hears of it once a second. */
export async function callCrowd(room: string, viewers: number, perSecond: number, signal: AbortSignal, tell: (state: CrowdState) => void): Promise<void> {
  const answer = await fetch("/demo/crowd", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ room, viewers, perSecond }),
    signal,
  });
  if (!answer.ok || answer.body === null) throw new Error(`The service answered ${answer.status}.`);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop() ?? "";
    const last = lines.at(-1);
    if (last !== undefined) tell(JSON.parse(last) as CrowdState);
  }
}
