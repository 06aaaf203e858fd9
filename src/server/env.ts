import type { CallObject } from "./objects/call-object.ts";
import type { ChannelObject } from "./objects/channel-object.ts";
import type { ConversationObject } from "./objects/conversation-object.ts";
import type { DirectoryObject } from "./objects/directory-object.ts";
import type { EventsObject } from "./objects/events-object.ts";
import type { GroupLeafObject } from "./objects/group-leaf-object.ts";
import type { LeafObject } from "./objects/leaf-object.ts";
import type { SettingsObject } from "./objects/settings-object.ts";
import type { UserObject } from "./objects/user-object.ts";

/** The Worker's bindings. Optional ones are absent in some deployments; `wrangler types` does not know which. */
export interface Env {
  readonly USER: DurableObjectNamespace<UserObject>;
  readonly CHANNEL: DurableObjectNamespace<ChannelObject>;
  readonly LEAF: DurableObjectNamespace<LeafObject>;
  readonly GROUP_LEAF: DurableObjectNamespace<GroupLeafObject>;
  readonly CALL: DurableObjectNamespace<CallObject>;
  readonly CONVERSATION: DurableObjectNamespace<ConversationObject>;
  readonly DIRECTORY: DurableObjectNamespace<DirectoryObject>;
  readonly SETTINGS: DurableObjectNamespace<SettingsObject>;
  readonly EVENTS: DurableObjectNamespace<EventsObject>;
  readonly DB: D1Database;
  readonly ASSETS?: Fetcher;
  /** Files and images. Without it there are none. */
  readonly MEDIA?: R2Bucket;
  /** Signs tickets. */
  readonly WIGWAG_SECRET: string;
  /** The development app, only where both are set. */
  readonly WIGWAG_DEV_APP_ID?: string;
  readonly WIGWAG_DEV_APP_CERTIFICATE?: string;
  readonly WIGWAG_DEV_API_KEY?: string;
  /** Creates apps. Without it nobody does. */
  readonly WIGWAG_OPERATOR_KEY?: string;
  /** Members from which on a channel is spread over leaves, and how many a leaf holds. Without it, or 0: never. */
  readonly WIGWAG_CHANNEL_HUB_MEMBERS?: string;
  readonly WIGWAG_CHANNEL_LEAF_MEMBERS?: string;
  /** Users from which on those on leaves are counted, and known by name to their leaf only. */
  readonly WIGWAG_CHANNEL_COUNTED_MEMBERS?: string;
  /** Leaves that a channel's object calls itself; beyond them it has relays. */
  readonly WIGWAG_CHANNEL_LEAVES_WITHOUT_RELAYS?: string;
  /** How long a channel has to be small before it has fewer leaves, ms. */
  readonly WIGWAG_CHANNEL_SHRINK_AFTER_MS?: string;
  /** Members of a group who are there from which on they are told through leaves, and how many a leaf has. Without it, or 0: never. */
  readonly WIGWAG_GROUP_HOT_MEMBERS?: string;
  readonly WIGWAG_GROUP_LEAF_MEMBERS?: string;
  /** Tests shorten every time-out and cache: 0.1 is ten times faster. */
  readonly WIGWAG_TIME_SCALE?: string;
}
