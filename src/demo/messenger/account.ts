import { type ChatStore, indexedStore, MemoryStore, openTabs, type TabChats } from "../../client/chat/index.ts";
import { type Client, connect, webSocketTransport } from "../../client/index.ts";
import { media } from "../../client/media/index.ts";
import { NetworkSwitch } from "../shared/network-switch.ts";
import { demoToken } from "../shared/tokens.ts";
import { SharedSwitch } from "./shared-switch.ts";

const KNOWN_KEY = "wigwag-messenger:accounts";
const KNOWN_MAX = 8;

/** Who has signed in on this device, the last one first. */
export function knownAccounts(): string[] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KNOWN_KEY) ?? "[]");
    return Array.isArray(stored) ? stored.filter((name) => typeof name === "string") : [];
  } catch {
    return [];
  }
}

export function rememberAccount(user: string): void {
  const others = knownAccounts().filter((other) => other !== user);
  localStorage.setItem(KNOWN_KEY, JSON.stringify([user, ...others].slice(0, KNOWN_MAX)));
}

/** One person's chats in this browser: there at once, and in touch with the service as soon and as long as that can be. */
export interface Account {
  readonly user: string;
  readonly chats: TabChats;
  readonly network: SharedSwitch;
}

export async function openAccount(user: string): Promise<Account> {
  const name = `wigwag messenger ${user}`;
  const network = new NetworkSwitch(webSocketTransport(WebSocket));
  const chats = await openTabs(user, { name, store: await storeOf(name), media, connect: () => login(user, network) });
  return { user, chats, network: new SharedSwitch(network, name) };
}

/** Asked of the one tab that has the connection. */
async function login(user: string, network: NetworkSwitch): Promise<Client> {
  await network.whenOn();
  const { app, token } = await demoToken(user);
  let first: string | undefined = token;
  const given = async (): Promise<string> => {
    await network.whenOn();
    const one = first ?? (await demoToken(user)).token;
    first = undefined;
    return one;
  };
  const client = await connect({ app, user, transport: network, token: given });
  client.on("token-will-expire", () => {
    demoToken(user)
      .then(({ token }) => client.renewToken(token))
      // The next login asks for one of its own.
      .catch(() => {});
  });
  return client;
}

/** Where a browser keeps nothing, or tabs cannot agree on who writes, chats last as long as the page. */
async function storeOf(name: string): Promise<ChatStore> {
  if (navigator.locks === undefined) return new MemoryStore();
  return indexedStore(name).catch(() => new MemoryStore());
}
