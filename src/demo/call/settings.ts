/** What the page's address may say. */
export interface Settings {
  /** `?stun=stun:host:port`, any number of them: two machines that cannot reach each other directly find a way through. */
  readonly iceServers: readonly RTCIceServer[];
  /** `?answer=5000`: how long it rings, in ms. */
  readonly answerMs: number | undefined;
  /** `?height=180`: lines of the camera's picture, fewer for slow machines. */
  readonly height: number;
  /** `?auto`: answers by itself, for measuring. */
  readonly auto: boolean;
}

const HEIGHT = 720;

export function settingsIn(search: string): Settings {
  const query = new URLSearchParams(search);
  const positive = (name: string): number | undefined => {
    const value = Number(query.get(name));
    return Number.isInteger(value) && value > 0 ? value : undefined;
  };
  return {
    iceServers: query.getAll("stun").map((urls) => ({ urls })),
    answerMs: positive("answer"),
    height: positive("height") ?? HEIGHT,
    auto: query.has("auto"),
  };
}
