export { useConversation } from "./use-conversation.ts";
export { type ConversationsState, useConversations } from "./use-conversations.ts";
export { type GroupsState, useGroup, useGroups } from "./use-group.ts";
export { type GroupMembersState, useGroupMembers } from "./use-group-members.ts";
export { type MessagesState, useMessages } from "./use-messages.ts";
export { type PeopleState, usePeople } from "./use-people.ts";
export { usePresence, usePresenceDetails } from "./use-presence.ts";
export { type RoomView, type UsedRoom, useRoom } from "./use-room.ts";
export { useTyping } from "./use-typing.ts";
