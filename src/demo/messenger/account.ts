import { type ChatStore, indexedStore, MemoryStore, type OwnChats, openChat } from "../../client/chat/index.ts";
import { type Client, connect, webSocketTransport } from "../../client/index.ts";
import { media } from "../../client/media/index.ts";
import { NetworkSwitch } from "../shared/network-switch.ts";
import { demoToken } from "../shared/tokens.ts";

const KNOWN_KEY = "wigwag-messenger:accounts";
const KNOWN_MAX = 8;
const AGAIN_MS = 3_000;

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

/** One person's chats on this device: there at once, and in touch with the service as soon and as long as that can be. */
export class Account {
  readonly user: string;
  readonly chats: OwnChats;
  readonly network: NetworkSwitch;
  #client: Client | undefined;
  #closed = false;

  static async open(user: string): Promise<Account> {
    const account = new Account(user, await openChat(user, { store: await storeOf(user), media }));
    void account.#stayConnected();
    return account;
  }

  private constructor(user: string, chats: OwnChats) {
    this.user = user;
    this.chats = chats;
    this.network = new NetworkSwitch(webSocketTransport(WebSocket));
  }

  close(): void {
    this.#closed = true;
    this.chats.close();
    this.#client?.close();
  }

  async signOut(): Promise<void> {
    const client = this.#client;
    this.network.set(true);
    await client?.logout();
    this.close();
  }

  /** A connection that was there is made again by the client; the first one is ours to try for. */
  async #stayConnected(): Promise<void> {
    while (!this.#closed) {
      try {
        const client = await this.#connect();
        this.#client = client;
        this.chats.attach(client);
        await new Promise<void>((resolve) => client.on("state", ({ state }) => state === "closed" && resolve()));
      } catch {
        // Without a network, and it may be long until there is one.
      }
      await Promise.race([
        new Promise((resolve) => setTimeout(resolve, AGAIN_MS)),
        new Promise((resolve) => addEventListener("online", resolve, { once: true })),
      ]);
    }
  }

  async #connect(): Promise<Client> {
    await this.network.whenOn();
    const { app, token } = await demoToken(this.user);
    let first: string | undefined = token;
    const given = async (): Promise<string> => {
      await this.network.whenOn();
      const one = first ?? (await demoToken(this.user)).token;
      first = undefined;
      return one;
    };
    const client = await connect({ app, user: this.user, transport: this.network, token: given });
    client.on("token-will-expire", () => {
      demoToken(this.user)
        .then(({ token }) => client.renewToken(token))
        // The next login asks for one of its own.
        .catch(() => {});
    });
    return client;
  }
}

/** Where a browser keeps nothing, as in some private windows, chats last as long as the page. */
const storeOf = (user: string): Promise<ChatStore> => indexedStore(`wigwag messenger ${user}`).catch(() => new MemoryStore());
