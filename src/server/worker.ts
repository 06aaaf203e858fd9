import type { Env } from "./env.ts";
import { app } from "./http/app.ts";
import { expireMedia } from "./media/removal.ts";
import { expireHistory } from "./storage/retention.ts";

export { CallObject } from "./objects/call-object.ts";
export { ChannelObject } from "./objects/channel-object.ts";
export { ConversationObject } from "./objects/conversation-object.ts";
export { DirectoryObject } from "./objects/directory-object.ts";
export { EventsObject } from "./objects/events-object.ts";
export { GroupLeafObject } from "./objects/group-leaf-object.ts";
export { LeafObject } from "./objects/leaf-object.ts";
export { SettingsObject } from "./objects/settings-object.ts";
export { UserObject } from "./objects/user-object.ts";

export default {
  fetch: (request, env, context) => app.fetch(request, env, context),
  scheduled: async (event, env) => {
    await Promise.all([expireHistory(env, event.scheduledTime), expireMedia(env, event.scheduledTime)]);
  },
} satisfies ExportedHandler<Env>;
