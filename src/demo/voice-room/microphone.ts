/** Louder than this, of 1, is speech and not the room. */
const SPEECH_LEVEL = 0.03;
/** Between two words one is still talking. */
const HANG_MS = 400;
const LOOK_EVERY_MS = 80;
/** Heard at each look: all that has sounded since the last one, at 48 kHz. */
const SAMPLES = 4096;
/** Judged by itself: a short word must not drown in the silence around it. */
const STRETCH = 512;

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
    analyser.fftSize = SAMPLES;
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

/** Of the loudest stretch. */
function loudness(samples: Float32Array): number {
  let loudest = 0;
  for (let start = 0; start < samples.length; start += STRETCH) {
    const stretch = samples.subarray(start, start + STRETCH);
    loudest = Math.max(loudest, stretch.reduce((sum, sample) => sum + sample * sample, 0) / stretch.length);
  }
  return Math.sqrt(loudest);
}
