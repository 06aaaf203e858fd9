import { LIMITS } from "../../protocol/limits.ts";
import { type ChannelRef, channelStream, type DeviceId } from "../../protocol/names.ts";

/** As RPC carries it. */
type Frame = string | Uint8Array;

interface Held {
  /** Joins and resumes under way; the last one lets go. */
  holders: number;
  frames: Frame[];
  bytes: number;
}

/**
 * Channels' frames on their way to riding devices. A channel may send before its admission has been told here, and the
 * client can do nothing with a stream it has not joined: until then its frames are held.
 */
export class Relays {
  readonly #send: (device: DeviceId, frame: Frame) => boolean;
  readonly #held = new Map<string, Held>();

  constructor(send: (device: DeviceId, frame: Frame) => boolean) {
    this.#send = send;
  }

  hold(device: DeviceId, channel: ChannelRef): void {
    const key = keyOf(device, channel);
    const held = this.#held.get(key) ?? { holders: 0, frames: [], bytes: 0 };
    held.holders += 1;
    this.#held.set(key, held);
  }

  /** False: there is no socket to send to. */
  relay(device: DeviceId, channel: ChannelRef, frames: readonly Frame[]): boolean {
    const held = this.#held.get(keyOf(device, channel));
    if (held === undefined) return frames.every((frame) => this.#send(device, frame));
    for (const frame of frames) held.bytes += frame.length;
    // What does not fit shows as a gap, and is asked for again.
    if (held.bytes > LIMITS.slowReaderBytes) held.frames = [];
    else held.frames.push(...frames);
    return true;
  }

  release(device: DeviceId, channel: ChannelRef, missed: readonly Frame[]): void {
    for (const frame of missed) this.#send(device, frame);
    for (const frame of this.#letGo(device, channel)) this.#send(device, frame);
  }

  /** The join was refused: nothing of it is for the device. */
  drop(device: DeviceId, channel: ChannelRef): void {
    this.#letGo(device, channel);
  }

  #letGo(device: DeviceId, channel: ChannelRef): Frame[] {
    const key = keyOf(device, channel);
    const held = this.#held.get(key);
    if (held === undefined) return [];
    held.holders -= 1;
    if (held.holders > 0) return [];
    this.#held.delete(key);
    return held.frames;
  }
}

const keyOf = (device: DeviceId, channel: ChannelRef): string => `${device}\n${channelStream(channel)}`;
