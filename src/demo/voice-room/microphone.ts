/** Louder than this, of 1, is speech and not the room. */
const SPEECH_LEVEL = 0.03;
/** Between two words one is still talking. */
const HANG_MS = 400;
const LOOK_EVERY_MS = 100;

/** Says when somebody speaks into the microphone. Nothing of the sound leaves the page. */
export class Microphone {
  readonly #stream: MediaStream;
  readonly #audio = new AudioContext();
  readonly #timer: ReturnType<typeof setInterval>;
  #loudAt = Number.NEGATIVE_INFINITY;

  /** Asks for the microphone; rejects without it. */
  static async open(speaking: (speaks: boolean) => void): Promise<Microphone> {
    return new Microphone(await navigator.mediaDevices.getUserMedia({ audio: true }), speaking);
  }

  constructor(stream: MediaStream, speaking: (speaks: boolean) => void) {
    this.#stream = stream;
    const analyser = this.#audio.createAnalyser();
    analyser.fftSize = 512;
    this.#audio.createMediaStreamSource(stream).connect(analyser);
    const samples = new Float32Array(analyser.fftSize);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(samples);
      if (loudness(samples) > SPEECH_LEVEL) this.#loudAt = performance.now();
      speaking(performance.now() - this.#loudAt < HANG_MS);
    }, LOOK_EVERY_MS);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const track of this.#stream.getTracks()) track.stop();
    void this.#audio.close();
  }
}

function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / samples.length);
}
