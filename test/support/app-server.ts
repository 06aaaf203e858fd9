import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

const SECRET = "a-secret-of-the-app-s-own";
const DEADLINE_MS = 20_000;

type Answer = number | "silent";

const open: AppServer[] = [];
export function stopAppServers(): void {
  for (const server of open.splice(0)) server.stop();
}

export interface Push {
  readonly body: Record<string, unknown>;
  readonly signed: boolean;
}

/** An app's own server: answers with the given statuses in turn, `silent` being none at all, then with 200. */
export class AppServer {
  readonly secret = SECRET;
  readonly pushes: Push[] = [];
  readonly #server: Server;
  readonly #answers: Answer[];
  #came: (() => void)[] = [];

  private constructor(server: Server, answers: Answer[]) {
    this.#server = server;
    this.#answers = answers;
    server.on("request", (request, response) => {
      void this.#take(request).then(() => {
        const answer = this.#answers.shift() ?? 200;
        if (answer !== "silent") response.writeHead(answer, { location: "/elsewhere" }).end();
      });
    });
  }

  static async start(...answers: Answer[]): Promise<AppServer> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const app = new AppServer(server, answers);
    open.push(app);
    return app;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/push`;
  }

  async next(count: number): Promise<Push[]> {
    const late = AbortSignal.timeout(DEADLINE_MS);
    while (this.pushes.length < count) {
      late.throwIfAborted();
      await new Promise<void>((resume) => {
        this.#came.push(resume);
        late.addEventListener("abort", () => resume(), { once: true });
      });
    }
    return this.pushes;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #take(request: IncomingMessage): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const signature = `sha256=${createHmac("sha256", SECRET).update(body).digest("hex")}`;
    this.pushes.push({ body: JSON.parse(body.toString()) as Record<string, unknown>, signed: request.headers["x-wigwag-signature"] === signature });
    for (const resume of this.#came.splice(0)) resume();
  }
}
