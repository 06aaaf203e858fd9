import { once } from "node:events";
import { createServer } from "node:net";

/** A port nobody listens on at this moment. `WIGWAG_TEST_PORTS` ("9700-9799") says where to look, else the system chooses. */
export async function freePort(): Promise<number> {
  const [first = 0, last = first] = (process.env.WIGWAG_TEST_PORTS ?? "").split("-").map(Number);
  for (let port = first; port <= last; port++) {
    const found = await tryPort(port);
    if (found !== undefined) return found;
  }
  throw new Error(`no free port in ${process.env.WIGWAG_TEST_PORTS}`);
}

async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return undefined;
  }
  const address = server.address();
  const found = typeof address === "object" ? address?.port : undefined;
  server.close();
  await once(server, "close");
  return found;
}
