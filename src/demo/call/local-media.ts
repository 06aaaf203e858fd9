/** How much picture and sound somebody sends. */
export interface Sending {
  readonly microphone: boolean;
  readonly camera: boolean;
}

const camera = (height: number): MediaTrackConstraints => ({ facingMode: "user", width: { ideal: Math.round((height * 16) / 9) }, height: { ideal: height } });

/** Camera and microphone of this device, or what of them there is. */
export class LocalMedia {
  readonly stream: MediaStream;
  /** Why there is no picture, or nothing at all. */
  readonly problem: string | undefined;

  static async open(height: number): Promise<LocalMedia> {
    const devices: MediaDevices | undefined = navigator.mediaDevices;
    if (devices === undefined) return new LocalMedia(new MediaStream(), "This page may not use a camera: open it by https, or on localhost.");
    try {
      return new LocalMedia(await devices.getUserMedia({ audio: true, video: camera(height) }), undefined);
    } catch (error) {
      const problem = `No camera (${error instanceof Error ? error.name : "unknown"}).`;
      const sound = await devices.getUserMedia({ audio: true }).catch(() => new MediaStream());
      return new LocalMedia(
        sound,
        sound.getTracks().length > 0 ? problem : "No camera and no microphone: you can see and hear, and are neither seen nor heard.",
      );
    }
  }

  constructor(stream: MediaStream, problem: string | undefined) {
    this.stream = stream;
    this.problem = problem;
  }

  get sending(): Sending {
    const on = (tracks: MediaStreamTrack[]): boolean => tracks.some(({ enabled }) => enabled);
    return { microphone: on(this.stream.getAudioTracks()), camera: on(this.stream.getVideoTracks()) };
  }

  /** A track that is switched off sends silence, or black: nothing has to be negotiated again. */
  set({ microphone, camera }: Partial<Sending>): void {
    if (microphone !== undefined) for (const track of this.stream.getAudioTracks()) track.enabled = microphone;
    if (camera !== undefined) for (const track of this.stream.getVideoTracks()) track.enabled = camera;
  }

  close(): void {
    for (const track of this.stream.getTracks()) track.stop();
  }
}
