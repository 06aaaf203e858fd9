import { CLOSE } from "../../../protocol/close-codes.ts";
import { err } from "../../../util/result.ts";
import type { Env } from "../../env.ts";
import { userObject } from "../locate.ts";
import { classifyRpcError } from "../shell/rpc.ts";
import { AccountDesk } from "./account-desk.ts";
import { AttributeDesk } from "./attribute-desk.ts";
import { BlockDesk } from "./block-desk.ts";
import { CallDesk } from "./call-desk.ts";
import { ChannelDesk } from "./channel-desk.ts";
import { ChatDesk } from "./chat-desk.ts";
import { ContactDesk } from "./contact-desk.ts";
import { EventDesk } from "./event-desk.ts";
import { HistoryDesk } from "./history-desk.ts";
import { Home, type Identity } from "./home.ts";
import { MetadataDesk } from "./metadata-desk.ts";
import { MetadataWatched } from "./metadata-watched.ts";
import { MetadataWatchers } from "./metadata-watchers.ts";
import { PeerDesk } from "./peer-desk.ts";
import { PresenceDesk } from "./presence-desk.ts";
import { ProfileDesk } from "./profile-desk.ts";
import type { UserTables } from "./schema.ts";
import { SearchDesk } from "./search-desk.ts";
import { type LoginLife, SessionDesk } from "./session-desk.ts";

/** All that a user's object does, by subject. */
export interface Desks {
  readonly home: Home;
  readonly peers: PeerDesk;
  readonly channels: ChannelDesk;
  readonly calls: CallDesk;
  readonly chats: ChatDesk;
  readonly search: SearchDesk;
  readonly blocks: BlockDesk;
  readonly account: AccountDesk;
  readonly contacts: ContactDesk;
  readonly profile: ProfileDesk;
  readonly presence: PresenceDesk;
  readonly sessions: SessionDesk;
  readonly attributes: AttributeDesk;
  readonly metadata: MetadataDesk;
  /** Who watches this user's metadata, and whose this user watches. */
  readonly watchers: MetadataWatchers;
  readonly watched: MetadataWatched;
  readonly history: HistoryDesk;
  readonly events: EventDesk;
}

/** What a login has no need of is made when it is first asked for: a storm of logins is a storm of objects. */
export function openDesks(ctx: DurableObjectState, env: Env, identity: Identity, tables: UserTables): Desks {
  const home = new Home(ctx, env, identity, tables);
  const history = new HistoryDesk(home);
  const events = new EventDesk(home);
  const presence = new PresenceDesk(home, events);
  const peers = new PeerDesk(home, history, presence);
  const channels = new ChannelDesk(home);
  const calls = lazy(() => new CallDesk(home));
  const blocks = new BlockDesk(home);
  const contacts = new ContactDesk(home, (user) => blocks.refuses(user));
  const chats = new ChatDesk(home, (user) => contacts.contacts.isContact(user));
  const profile = new ProfileDesk(home);
  const search = new SearchDesk(home, chats);
  const attributes = new AttributeDesk(home, () => presence.state() !== "OFFLINE");
  const metadata = lazy(() => openMetadata(home));
  const life: LoginLife = {
    begins: (device) => {
      attributes.loginBegins();
      chats.lost(device);
    },
    connected: (device) => chats.connected(device),
    deviceLost: (device) => {
      calls().lost();
      chats.lost(device);
    },
    deviceEnds: (device) => {
      calls().gone(device);
      chats.ended(device);
      presence.ended(device);
    },
    ends: async () => {
      attributes.loginEnds();
      await Promise.all([presence.watched.endSession(), metadata().watched.unsubscribeAll()]);
    },
  };
  const sessions = new SessionDesk(home, peers, channels, presence, life);
  const account = new AccountDesk(home, {
    endSessions: () => sessions.end(CLOSE.deactivated),
    contacts: contacts.contacts,
    someContacts: (limit) => contacts.some(limit),
    forgetWatched: (limit) => presence.watched.forgetSome(limit),
    forgetConversations: (limit) => chats.forgetSome(limit),
    clearProfile: () => profile.clear(),
    clearShown: () => {
      attributes.change({ kind: "clear", attributes: [], keys: [] });
      if (home.tables.has("metadata")) metadata().metadata.change({ kind: "remove" }, { by: home.user, request: undefined });
    },
  });
  return {
    ...{ home, account, events, history, peers, channels, presence, sessions, attributes, chats, search, blocks, contacts, profile },
    get calls() {
      return calls();
    },
    get metadata() {
      return metadata().metadata;
    },
    get watchers() {
      return metadata().watchers;
    },
    get watched() {
      return metadata().watched;
    },
  };
}

function lazy<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** A set, those who watch it, and those it watches; whoever watches itself is told without a call. */
function openMetadata(home: Home): Pick<Desks, "metadata" | "watchers" | "watched"> {
  const { env, app, user, where } = home;
  const metadata = new MetadataDesk(home, () => watchers.announce());
  const watchers: MetadataWatchers = new MetadataWatchers(home, {
    set: () => metadata.set,
    tell: async (watcher, news) => (watcher === user ? watched.news(news) : userObject(env, app, watcher, where).metadataChanged(news)),
  });
  const watched: MetadataWatched = new MetadataWatched(home, async (other, on) => {
    if (other === user) return watchers.watch(user, on);
    try {
      return await userObject(env, app, other, where).watchMetadata(user, on);
    } catch (error) {
      return err(classifyRpcError(error).error);
    }
  });
  return { metadata, watchers, watched };
}
