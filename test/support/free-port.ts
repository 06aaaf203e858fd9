import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below what the system gives to connections that go out: one of those must not take the port of a service that is killed and
 * comes back.
 */
const RANGE = "20000-31999";

/** A port nobody listens on at this moment. `WIGWAG_TEST_PORTS` ("9700-9799") says where to look. */
export async function freePort(): Promise<number> {
  const [first = 0, last = first] = (process.env.WIGWAG_TEST_PORTS ?? RANGE).split("-").map(Number);
  const count = last - first + 1;
  // From anywhere in it: processes that look at the same time are not to find the same one.
  const start = Math.floor(Math.random() * count);
  for (let step = 0; step < count; step++) {
    const port = first + ((start + step) % count);
    if (await isFree(port)) return port;
  }
  throw new Error(`no free port in ${first}-${last}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
