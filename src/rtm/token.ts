/** The token of a login. Once the service has refused it, the core waits here for another. */
export class LoginToken {
  #token: string;
  #refused = false;
  /** Of the last question: earlier ones have been given up. */
  #waiting: ((token: string) => void) | undefined;

  constructor(token: string) {
    this.#token = token;
  }

  /** Asked before each attempt. */
  next(): string | Promise<string> {
    if (!this.#refused) return this.#token;
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  /** False if it was known to be refused. */
  refuse(): boolean {
    if (this.#refused) return false;
    this.#refused = true;
    return true;
  }

  /** Returns what puts the old one back, where the new one was no good while the connection stood. */
  renew(token: string): () => void {
    const before = this.#token;
    const barred = this.#refused;
    this.#token = token;
    this.#refused = false;
    this.#waiting?.(token);
    return () => {
      if (!barred) this.#token = before;
    };
  }
}
