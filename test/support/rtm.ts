import type { RtmClient } from "../../src/rtm/client.ts";
import AgoraRTM, { type LocalInvitation, type RemoteInvitation, type RtmChannel, type RtmEvents } from "../../src/rtm/index.ts";
import { fresh, service, sharedApp, tokenFor } from "./accounts.ts";

const clients: RtmClient[] = [];

/** A client of the app under test, not logged in. Its time-outs are the product's where no test waits for them: machines under test are slow. */
export function rtmClient({ app = sharedApp().id, scale = 1, reconnectMs = undefined as number | undefined } = {}): RtmClient {
  AgoraRTM.setParameter("WIGWAG_TIME_SCALE", scale);
  AgoraRTM.setParameter("WIGWAG_RECONNECT_MS", reconnectMs);
  const client = AgoraRTM.createInstance(app);
  clients.push(client);
  return client;
}

export interface RtmUser {
  readonly uid: string;
  readonly client: RtmClient;
}

/** Logs in as somebody new; `url` for a way with obstacles. */
export async function rtmUser(
  name: string,
  { uid = fresh(name), url = service().url, token = tokenFor(uid), scale = 1, reconnectMs = undefined as number | undefined } = {},
): Promise<RtmUser> {
  const client = rtmClient({ scale, reconnectMs });
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

interface Listening {
  on(name: string, listener: (...args: never[]) => void): unknown;
  off(name: string, listener: (...args: never[]) => void): unknown;
}
type EventsOf<Emitter> = Emitter extends RtmClient
  ? RtmEvents.RtmClientEvents
  : Emitter extends RtmChannel
    ? RtmEvents.RtmChannelEvents
    : Emitter extends LocalInvitation
      ? RtmEvents.LocalInvitationEvents
      : Emitter extends RemoteInvitation
        ? RtmEvents.RemoteInvitationEvents
        : never;
type Told<Emitter, Name extends keyof EventsOf<Emitter>> = EventsOf<Emitter>[Name] extends (...args: infer Args) => void ? Args : never;
type Emitters = RtmClient | RtmChannel | LocalInvitation | RemoteInvitation;

/** Everything an event tells, in order. */
export function told<Emitter extends Emitters, Name extends keyof EventsOf<Emitter> & string>(emitter: Emitter, name: Name): Told<Emitter, Name>[] {
  const events: Told<Emitter, Name>[] = [];
  listening(emitter).on(name, (...args) => void events.push(args as never));
  return events;
}

/** The next time an event is told, and `holds` of what it tells. */
export function next<Emitter extends Emitters, Name extends keyof EventsOf<Emitter> & string>(
  emitter: Emitter,
  name: Name,
  holds: (...args: Told<Emitter, Name>) => boolean = () => true,
): Promise<Told<Emitter, Name>> {
  return new Promise((resolve) => {
    const listener = (...args: never[]): void => {
      const what: Told<Emitter, Name> = args as never;
      if (!holds(...what)) return;
      listening(emitter).off(name, listener);
      resolve(what);
    };
    listening(emitter).on(name, listener);
  });
}

/** The types of events are checked where they are named: above. */
const listening = (emitter: unknown): Listening => emitter as Listening;

/** What a call was refused with. */
export async function refusal(call: Promise<unknown>): Promise<{ code: unknown; name: unknown }> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof Error)) throw new Error("it was not refused");
  return { code: Reflect.get(error, "code"), name: error.name };
}
