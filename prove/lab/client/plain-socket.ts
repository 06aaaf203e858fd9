import { WebSocket } from "ws";

/** A socket that offers no compression; the one that Node has cannot be told not to. */
export class PlainSocket extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols, { perMessageDeflate: false });
  }
}

/** A socket in so many is lost after its first frames. */
const CUT = 0.5;
const FRAMES_MOST = 4;

/** Sockets of which some are lost just when the first frames come: what the service has sent then, nobody has. */
export function cutSocket(random: () => number): typeof PlainSocket {
  return class extends PlainSocket {
    #left = random() < CUT ? 1 + Math.floor(random() * FRAMES_MOST) : Number.POSITIVE_INFINITY;

    override emit(event: string | symbol, ...args: unknown[]): boolean {
      if (event === "message" && this.#left-- <= 0) {
        this.terminate();
        return true;
      }
      return super.emit(event, ...args);
    }
  };
}
