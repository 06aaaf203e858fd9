import { deflateSync, inflateSync } from "node:zlib";

/** The platform's compression streams without their threads: a chunk comes out when all have gone in. */
const streamOf = (convert: (bytes: Buffer) => Uint8Array) =>
  class extends TransformStream<Uint8Array, Uint8Array> {
    constructor(format: string) {
      if (format !== "deflate") throw new TypeError(`not simulated: ${format}`);
      const parts: Uint8Array[] = [];
      super({
        transform: (part) => void parts.push(part),
        flush: (controller) => controller.enqueue(new Uint8Array(convert(Buffer.concat(parts)))),
      });
    }
  };

export const SimulatedCompressionStream = streamOf(deflateSync);
export const SimulatedDecompressionStream = streamOf(inflateSync);
