import type { Channel } from "../../src/client/channel.ts";
import type { Client } from "../../src/client/client.ts";
import { type ConnectOptions, connectIn } from "../../src/client/connect.ts";
import type { ChannelEvents, ClientEvents } from "../../src/client/events.ts";
import { FakeEnvironment, type FakePage } from "./fake-environment.ts";
import { FakeService } from "./fake-service.ts";

export const APP = "a".repeat(32);

export interface World {
  readonly environment: FakeEnvironment;
  readonly service: FakeService;
}

export function world(page?: FakePage): World {
  const environment = new FakeEnvironment();
  environment.page = page;
  return { environment, service: new FakeService() };
}

export const login = ({ environment, service }: World, options: Partial<ConnectOptions> = {}): Promise<Client> =>
  connectIn(environment, { url: "https://signal.test", app: APP, user: "alice", token: "secret", transport: service, ...options });

/** A client that is logged in to a fake service. */
export async function connected(options: Partial<ConnectOptions> = {}, page?: FakePage): Promise<World & { me: Client }> {
  const there = world(page);
  const me = await login(there, options);
  await there.environment.advance(0);
  return { ...there, me };
}

/** Everything an event tells, in order. */
export function heard<Name extends keyof ClientEvents>(from: Client, name: Name): ClientEvents[Name][];
export function heard<Name extends keyof ChannelEvents>(from: Channel, name: Name): ChannelEvents[Name][];
export function heard(from: { on(name: string, listener: (event: unknown) => void): unknown }, name: string): unknown[] {
  const events: unknown[] = [];
  from.on(name, (event) => events.push(event));
  return events;
}
