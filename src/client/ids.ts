/** One number per request, rising over all sockets of the client; on a message it is also the client id. */
export class Ids {
  #last = 0;

  /** Ids are above what the server names for this login, and never repeat after a reconnect. */
  raise(firstId: number): void {
    this.#last = Math.max(this.#last, firstId);
  }

  next(): number {
    this.#last += 1;
    return this.#last;
  }
}
