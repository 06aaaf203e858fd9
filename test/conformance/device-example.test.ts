import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Client, connect } from "../../src/client/index.ts";
import { buildToken } from "../../src/client/token.ts";
import { type CutProxy, startCutProxy } from "../support/cut-proxy.ts";
import { type MiniflareService, startMiniflare } from "../support/miniflare-service.ts";

const program = fileURLToPath(new URL("../../examples/thermometer.mjs", import.meta.url));
const USER = "meter-7";

/** The example's output, line by line. */
class Lines {
  readonly #seen: string[] = [];
  #wake = (): void => {};

  constructor(child: ChildProcess) {
    if (child.stdout === null) throw new Error("the example's output is piped");
    createInterface(child.stdout).on("line", (line) => {
      this.#seen.push(line);
      this.#wake();
    });
  }

  async until(line: string): Promise<void> {
    while (!this.#seen.includes(line)) await new Promise<void>((wake) => (this.#wake = wake));
  }

  count(line: string): number {
    return this.#seen.filter((each) => each === line).length;
  }
}

describe("a device that knows nothing but docs/PROTOCOL.md", () => {
  let service: MiniflareService;
  let proxy: CutProxy;
  let ada: Client;
  let child: ChildProcess;
  let lines: Lines;

  const token = (userId: string) => buildToken({ appId: service.app, certificate: service.certificate, userId, expireSeconds: 600 });
  const start = async (): Promise<void> => {
    child = spawn(process.execPath, [program, proxy.url, service.app, USER, await token(USER)], { stdio: ["ignore", "pipe", "inherit"] });
    lines = new Lines(child);
  };

  beforeAll(async () => {
    service = await startMiniflare();
    proxy = await startCutProxy(service.url);
    ada = await connect({ url: service.url, app: service.app, user: "ada", token: () => token("ada") });
  }, 60_000);

  afterAll(async () => {
    child?.kill("SIGKILL");
    ada?.close();
    await proxy?.stop();
    await service?.stop();
  });

  it("[DC6] publishes, hears its channel and its messages, and misses nothing over a lost network", async () => {
    const lobby = await ada.join("lobby");
    const published = new Promise<unknown>((heard) => lobby.on("message", (message) => heard(`${message.from}: ${String(message.data)}`)));
    await start();
    expect(await published).toBe(`${USER}: 21.5`);
    expect(await ada.send(USER, "report every minute")).toEqual({ delivered: 1, waiting: 0 });
    await lines.until("ada: report every minute");
    await lobby.publish(new TextEncoder().encode("bytes"));
    await lines.until("ada: bytes");

    proxy.cut();
    await lobby.publish("missed");
    await lines.until("ada: missed");
    expect(lines.count("ada: bytes")).toBe(1);
  }, 30_000);

  it("[DC6] gets from its inbox what came while it was away", async () => {
    child.kill("SIGKILL");
    proxy.cut();
    let waiting = 0;
    while (waiting === 0) ({ waiting } = await ada.send(USER, "and at night?"));
    await start();
    await lines.until("ada: and at night?");
  }, 30_000);
});
