import type { ImageSize } from "../../domain/media/image-header.ts";
import type { Pixels } from "../../domain/media/pixels.ts";
import { assert } from "../../util/assert.ts";
import type { Bytes } from "../../util/bytes.ts";

/** What of the module's exports is used. Pointers and lengths are numbers; an answer of bytes is a pair of them. */
interface Photon {
  readonly memory: WebAssembly.Memory;
  __wbindgen_start(): void;
  __wbindgen_malloc(length: number, align: number): number;
  __wbindgen_free(at: number, length: number, align: number): void;
  __wbg_photonimage_free(image: number, force: number): void;
  photonimage_new(at: number, length: number, width: number, height: number): number;
  photonimage_new_from_byteslice(at: number, length: number): number;
  photonimage_get_raw_pixels(image: number): [at: number, length: number];
  photonimage_get_bytes_jpeg(image: number, quality: number): [at: number, length: number];
  resize(image: number, width: number, height: number, filter: number): number;
}

/** A filter over all pixels that fall together: for making things smaller as good as dearer ones. */
const TRIANGLE = 2;
/** An instance of more is not kept: its memory never shrinks, and the isolate has but 128 MB for everything. */
const KEPT_BYTES = 16 * 1024 * 1024;

/**
 * The image library, an instance of its own for whoever works with it. Its own loader knows one instance for good; but bad
 * bytes make it trap, and what it held then is never given back, so an instance that has trapped is thrown away.
 */
export class PhotonInstance {
  readonly #photon: Photon;
  #trapped = false;

  constructor(module: WebAssembly.Module) {
    this.#photon = instantiate(module);
  }

  get isWorthKeeping(): boolean {
    return !this.#trapped && this.#photon.memory.buffer.byteLength <= KEPT_BYTES;
  }

  /** The first picture in a file, at this size. Throws on what is no image. */
  shrink(file: Uint8Array, size: ImageSize): Pixels {
    return this.#guarded((photon) => {
      const whole = photon.photonimage_new_from_byteslice(put(photon, file), file.length);
      const small = photon.resize(whole, size.width, size.height, TRIANGLE);
      photon.__wbg_photonimage_free(whole, 0);
      const rgba = take(photon, photon.photonimage_get_raw_pixels(small));
      photon.__wbg_photonimage_free(small, 0);
      return { rgba, width: size.width, height: size.height };
    });
  }

  jpeg({ rgba, width, height }: Pixels, quality: number): Bytes {
    return this.#guarded((photon) => {
      const image = photon.photonimage_new(put(photon, rgba), rgba.length, width, height);
      const bytes = take(photon, photon.photonimage_get_bytes_jpeg(image, quality));
      photon.__wbg_photonimage_free(image, 0);
      return bytes;
    });
  }

  #guarded<T>(work: (photon: Photon) => T): T {
    assert(!this.#trapped, "an instance that has trapped is of no use");
    try {
      return work(this.#photon);
    } catch (error) {
      this.#trapped = true;
      throw error;
    }
  }
}

/** Of what it imports, it calls nothing that we use: canvases, the window. Its words on a panic are the trap's already. */
function instantiate(module: WebAssembly.Module): Photon {
  const imports: Record<string, Record<string, () => unknown>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] = { ...imports[from], [name]: () => undefined };
  }
  const photon = new WebAssembly.Instance(module, imports).exports as unknown as Photon;
  photon.__wbindgen_start();
  return photon;
}

function put(photon: Photon, bytes: Uint8Array): number {
  const at = photon.__wbindgen_malloc(bytes.length, 1) >>> 0;
  new Uint8Array(photon.memory.buffer).set(bytes, at);
  return at;
}

function take(photon: Photon, [at, length]: [number, number]): Bytes {
  const bytes = new Uint8Array(photon.memory.buffer, at >>> 0, length).slice();
  photon.__wbindgen_free(at, length, 1);
  return bytes;
}
