import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Page } from "playwright-core";

declare global {
  interface Window {
    wigwagTestDetour(candidate: string): Promise<string | undefined>;
  }
}

/** A way for the media of two pages that a test can break: they know of each other only the addresses of relays in between. */
export interface MediaWay {
  /** What it has carried since it was last broken. */
  readonly datagrams: number;
  /** Every relay there is now is silent from here on, without a word to anybody. Who looks for a new way finds one. */
  break(): void;
  stop(): void;
}

/** `candidate:1 1 udp 2122 192.0.2.7 50000 typ host …`: what stands at these places. */
const PROTOCOL = 2;
const ADDRESS = 4;
const PORT = 5;

/** Before the page is loaded. */
export async function watchMediaWay(...pages: readonly Page[]): Promise<MediaWay> {
  const sockets = new Set<Socket>();
  let generation = 0;
  let datagrams = 0;

  const open = async (host: string): Promise<Socket> => {
    const socket = createSocket("udp4");
    sockets.add(socket);
    socket.bind(0, host);
    await once(socket, "listening");
    return socket;
  };

  /** A port that stands for another one: each end that sends to it has a port of its own there, as behind a router. */
  const relay = async (host: string, port: number): Promise<number> => {
    const mine = generation;
    const near = await open(host);
    const far = new Map<number, Promise<Socket>>();
    const carry = (from: Socket, data: Uint8Array, to: number): void => {
      if (mine !== generation) return;
      datagrams += 1;
      from.send(data, to, host, () => {});
    };
    near.on("message", (data, { port: sender }) => {
      let there = far.get(sender);
      if (there === undefined) {
        there = open(host).then((socket) => socket.on("message", (answer) => carry(near, answer, sender)));
        far.set(sender, there);
      }
      void there.then((socket) => carry(socket, data, port));
    });
    return near.address().port;
  };

  const detour = async (candidate: string): Promise<string | undefined> => {
    const words = candidate.split(" ");
    const [protocol, address, port] = [words[PROTOCOL], words[ADDRESS], words[PORT]];
    // Of one kind is enough: what is left out, no packet can take.
    if (protocol?.toLowerCase() !== "udp" || address === undefined || !/^[\d.]+$/.test(address)) return undefined;
    words[PORT] = String(await relay(address, Number(port)));
    return words.join(" ");
  };

  for (const page of pages) {
    await page.exposeFunction("wigwagTestDetour", detour);
    await page.addInitScript(detourCandidates);
  }
  return {
    get datagrams() {
      return datagrams;
    },
    break: () => {
      generation += 1;
      datagrams = 0;
    },
    stop: () => {
      for (const socket of sockets) socket.close();
      sockets.clear();
    },
  };
}

/** In the page: what the other end says of its addresses is replaced before the browser hears it. */
function detourCandidates(): void {
  const add: (this: RTCPeerConnection, candidate: RTCIceCandidateInit) => Promise<void> = RTCPeerConnection.prototype.addIceCandidate;
  const describe: (this: RTCPeerConnection, description: RTCSessionDescriptionInit) => Promise<void> = RTCPeerConnection.prototype.setRemoteDescription;
  RTCPeerConnection.prototype.addIceCandidate = async function (this: RTCPeerConnection, given?: RTCIceCandidateInit | null) {
    const candidate = await window.wigwagTestDetour(given?.candidate ?? "");
    if (candidate !== undefined) await add.call(this, { ...given, candidate });
  };
  RTCPeerConnection.prototype.setRemoteDescription = async function (this: RTCPeerConnection, { type, sdp = "" }: RTCSessionDescriptionInit) {
    const lines: string[] = [];
    for (const line of sdp.split("\r\n")) {
      const [, candidate] = /^a=(candidate:.*)$/.exec(line) ?? [];
      const instead = candidate === undefined ? line : await window.wigwagTestDetour(candidate);
      if (instead !== undefined) lines.push(candidate === undefined ? line : `a=${instead}`);
    }
    await describe.call(this, { type, sdp: lines.join("\r\n") });
  };
}
