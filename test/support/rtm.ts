import type { RtmClient } from "../../src/rtm/client.ts";
import type { RtmEmitter } from "../../src/rtm/emitter.ts";
import AgoraRTM from "../../src/rtm/index.ts";
import { fresh, service, sharedApp, tokenFor } from "./accounts.ts";

const clients: RtmClient[] = [];

/** A client of the app under test, not logged in. Its time-outs are the product's where no test waits for them: machines under test are slow. */
export function rtmClient({ app = sharedApp().id, scale = 1 } = {}): RtmClient {
  AgoraRTM.setParameter("WIGWAG_TIME_SCALE", scale);
  const client = AgoraRTM.createInstance(app);
  clients.push(client);
  return client;
}

export interface RtmUser {
  readonly uid: string;
  readonly client: RtmClient;
}

/** Logs in as somebody new; `url` for a way with obstacles. */
export async function rtmUser(name: string, { uid = fresh(name), url = service().url, token = tokenFor(uid), scale = 1 } = {}): Promise<RtmUser> {
  const client = rtmClient({ scale });
  await rtmLogin(client, uid, await token, url);
  return { uid, client };
}

/** The parameter is one for all, and read before the first wait: tests that run side by side do not get in each other's way. */
export function rtmLogin(client: RtmClient, uid: string, token: string, url = service().url): Promise<void> {
  AgoraRTM.setParameter("WIGWAG_URL", url);
  return client.login({ uid, token });
}

export function closeRtm(): void {
  for (const client of clients.splice(0)) if (client.connectionState !== "DISCONNECTED") client.logoutSync();
}

/** Everything an event tells, in order. */
export function told<Events extends { [Name in keyof Events]: (...args: never[]) => void }, Name extends keyof Events>(
  emitter: RtmEmitter<Events>,
  name: Name,
): Parameters<Events[Name]>[] {
  const events: Parameters<Events[Name]>[] = [];
  const listener = (...args: Parameters<Events[Name]>): void => void events.push(args);
  emitter.on(name, listener as Events[Name]);
  return events;
}

/** The next time an event is told, and `holds` of what it tells. */
export function next<Events extends { [Name in keyof Events]: (...args: never[]) => void }, Name extends keyof Events>(
  emitter: RtmEmitter<Events>,
  name: Name,
  holds: (...args: Parameters<Events[Name]>) => boolean = () => true,
): Promise<Parameters<Events[Name]>> {
  return new Promise((resolve) => {
    const listener = (...args: Parameters<Events[Name]>): void => {
      if (!holds(...args)) return;
      emitter.off(name, listener as Events[Name]);
      resolve(args);
    };
    emitter.on(name, listener as Events[Name]);
  });
}

/** What a call was refused with. */
export async function refusal(call: Promise<unknown>): Promise<{ code: unknown; name: unknown }> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("it was not refused");
  return { code: Reflect.get(error, "code"), name: error.name };
}
