import { WebSocket } from "ws";

/** A socket that offers no compression; the one that Node has cannot be told not to. */
export class PlainSocket extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols, { perMessageDeflate: false });
  }
}
