/** What the page's address may say. */
export interface Settings {
  /** `?stun=stun:host:port`, any number of them: two machines that cannot reach each other directly find a way through. */
  readonly iceServers: readonly RTCIceServer[];
  /** `?answer=5000`: how long it rings, in ms. */
  readonly answerMs: number | undefined;
  /** `?auto`: answers by itself, for measuring. */
  readonly auto: boolean;
}

export function settingsIn(search: string): Settings {
  const query = new URLSearchParams(search);
  const answerMs = Number(query.get("answer"));
  return {
    iceServers: query.getAll("stun").map((urls) => ({ urls })),
    answerMs: Number.isInteger(answerMs) && answerMs > 0 ? answerMs : undefined,
    auto: query.has("auto"),
  };
}
