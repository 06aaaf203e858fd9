/** What has come in over all sockets of a run. */
export class Traffic {
  frames = 0;
  bytes = 0;

  count(bytes: number): void {
    this.frames += 1;
    this.bytes += bytes;
  }
}
