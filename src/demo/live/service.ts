import { createRoom } from "../../client/chat/index.ts";
import { type Client, connect } from "../../client/index.ts";
import { demoToken } from "../shared/tokens.ts";

const codeOf = (error: unknown): unknown => (typeof error === "object" && error !== null && "code" in error ? error.code : undefined);

/** Signs in, and makes the room if nobody has: whoever comes first is its host. */
export async function enter(user: string, room: string): Promise<Client> {
  const { app, token } = await demoToken(user);
  let first: string | undefined = token;
  const given = async (): Promise<string> => {
    const one = first ?? (await demoToken(user)).token;
    first = undefined;
    return one;
  };
  const client = await connect({ app, user, token: given });
  client.on("token-will-expire", () => {
    demoToken(user)
      .then((next) => client.renewToken(next.token))
      // The next login asks for one of its own.
      .catch(() => {});
  });
  try {
    await makeSure(client, room);
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
}

async function makeSure(client: Client, room: string): Promise<void> {
  try {
    await client.call("room.get", { room });
  } catch (error) {
    if (codeOf(error) !== "not_found") throw error;
    await createRoom(client, room, { name: room }).catch((refused: unknown) => {
      // Somebody else came first.
      if (codeOf(refused) !== "conflict") throw refused;
    });
  }
}

/** How long somebody has to wait, where that is why it was refused. */
export function waitOf(error: unknown): number | undefined {
  if (codeOf(error) !== "rate_limited") return undefined;
  return typeof error === "object" && error !== null && "retryAfterMs" in error ? Number(error.retryAfterMs) : 1_000;
}
