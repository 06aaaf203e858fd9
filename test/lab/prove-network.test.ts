import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command } from "../../prove/lab/network/command.ts";
import { type LossyNetwork, makeNetwork, networkMissing } from "../../prove/lab/network/namespace.ts";

const missing = await networkMissing();
if (missing !== undefined && process.env.CI === "true") throw new Error(missing);
if (missing !== undefined) console.warn(`\n*** PACKET LOSS IS NOT TESTED: ${missing} ***\n`);

/** Says once how it went: `connected` and whether the echo came; `silence` when it did not get that far in time. */
const PROBE = `
  const [host, port, ms] = process.argv.slice(1);
  const socket = require("node:net").connect(Number(port), host);
  let got = "silence";
  socket.on("connect", () => { got = "connected"; socket.write("x"); });
  socket.on("data", () => { console.log("echo"); process.exit(); });
  setTimeout(() => { console.log(got); process.exit(); }, Number(ms));`;
/** Long enough for a loaded machine to get through where it may; where it may not, it is waited for in vain. */
const IN_VAIN_MS = 1_500;
const PATIENT_MS = 60_000;

describe.runIf(missing === undefined)("a network with losses", { timeout: 90_000 }, () => {
  let network: LossyNetwork;
  let server: Server;
  let port: number;

  beforeAll(async () => {
    network = await makeNetwork();
    server = createServer((socket) => void socket.on("error", () => {}).pipe(socket)).listen(0, network.host);
    await once(server, "listening");
    const address = server.address();
    port = typeof address === "object" ? (address?.port ?? 0) : 0;
  });
  afterAll(async () => {
    server.close();
    await network.remove();
  });

  const probe = async (ms: number): Promise<string> =>
    (await command(...network.inside(process.execPath, ["-e", PROBE, network.host, String(port), String(ms)]))).trim();

  test("[NL12] lets everything through where nothing is lost, and enough where half is", async () => {
    await network.set({});
    expect(await probe(PATIENT_MS)).toBe("echo");
    await network.set({ lossUp: 50, lossDown: 50 });
    expect(await probe(PATIENT_MS)).toBe("echo");
  });

  test.each(["up", "down", "both"] as const)("[NL13] a partition %s lets no connection begin, and is over when it is over", async (partition) => {
    await network.set({ partition });
    expect(await probe(IN_VAIN_MS)).toBe("silence");
    await network.set({});
    expect(await probe(PATIENT_MS)).toBe("echo");
  });

  test("[NL13] established connections only: new ones get through", async () => {
    await network.set({ partition: "both", only: "established" });
    expect(await probe(PATIENT_MS)).toBe("echo");
    await network.set({ partition: "both", only: "new" });
    expect(await probe(IN_VAIN_MS)).toBe("silence");
  });

  test("[NL14] is gone when it is removed", async () => {
    const other = await makeNetwork();
    const before = await command("ip", ["netns", "list"]);
    await other.remove();
    const names = (await command("ip", ["netns", "list"])).split("\n").length;
    expect(names).toBe(before.split("\n").length - 2);
  });

  test("[NL14] what a dead run has left goes when the next network is made", async () => {
    // Above the largest process id a kernel gives.
    const name = "ww-99999999-1-way";
    await command("ip", ["netns", "add", name]);
    const other = await makeNetwork();
    expect(await command("ip", ["netns", "list"])).not.toContain(name);
    await other.remove();
  });
});
