export interface Recorded {
  readonly file: Blob;
  readonly durationMs: number;
}

/** What browsers record, the first that this one can. */
const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

/** A voice note is at most so long. */
export const VOICE_MS_MAX = 5 * 60_000;

/** A voice note that is being recorded. */
export class Recorder {
  readonly startedAt = Date.now();
  readonly #recorder: MediaRecorder;
  readonly #parts: Blob[] = [];

  static async start(): Promise<Recorder> {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    return new Recorder(stream);
  }

  private constructor(stream: MediaStream) {
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.#recorder = new MediaRecorder(stream, mimeType === undefined ? {} : { mimeType });
    this.#recorder.ondataavailable = ({ data }) => this.#parts.push(data);
    this.#recorder.start();
  }

  /** The microphone is free again when this has ended. */
  finish(): Promise<Recorded> {
    const durationMs = Math.min(Date.now() - this.startedAt, VOICE_MS_MAX);
    return new Promise((resolve) => {
      this.#recorder.onstop = () => {
        for (const track of this.#recorder.stream.getTracks()) track.stop();
        resolve({ file: new Blob(this.#parts, { type: (this.#recorder.mimeType || "audio/webm").split(";", 1)[0] ?? "" }), durationMs });
      };
      this.#recorder.stop();
    });
  }
}
