import type { Env } from "../../env.ts";
import { AttributeDesk } from "./attribute-desk.ts";
import { ChannelDesk } from "./channel-desk.ts";
import { EventDesk } from "./event-desk.ts";
import { HistoryDesk } from "./history-desk.ts";
import { Home, type Identity } from "./home.ts";
import { PeerDesk } from "./peer-desk.ts";
import { PresenceDesk } from "./presence-desk.ts";
import { SessionDesk } from "./session-desk.ts";

/** All that a user's object does, by subject. */
export interface Desks {
  readonly home: Home;
  readonly peers: PeerDesk;
  readonly channels: ChannelDesk;
  readonly presence: PresenceDesk;
  readonly sessions: SessionDesk;
  readonly attributes: AttributeDesk;
  readonly history: HistoryDesk;
  readonly events: EventDesk;
}

export function openDesks(ctx: DurableObjectState, env: Env, identity: Identity): Desks {
  const home = new Home(ctx, env, identity);
  const history = new HistoryDesk(home);
  const events = new EventDesk(home);
  const presence = new PresenceDesk(home, events);
  const peers = new PeerDesk(home, history, (device) => presence.unanswered(device));
  const channels = new ChannelDesk(home);
  return { home, events, history, peers, channels, presence, sessions: new SessionDesk(home, peers, channels, presence), attributes: new AttributeDesk(home) };
}
