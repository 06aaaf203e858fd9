/** What a page seldom shows, in one part that is loaded when some of it is first wanted. */
export { CombinedSheet } from "./combined-sheet.tsx";
export { MessageDetails } from "./details.tsx";
export { ForwardSheet } from "./forward-sheet.tsx";
export { PublicGroups } from "./group/public-groups.tsx";
export { Requests } from "./group/requests.tsx";
export { GroupMenu } from "./group-menu.tsx";
export { NewGroup } from "./new-group.tsx";
export { NewPoll } from "./new-poll.tsx";
export { NewThread } from "./new-thread.tsx";
export { PickBar } from "./pick-bar.tsx";
export { PollVoters } from "./poll-voters.tsx";
export { ThreadList } from "./thread-list.tsx";
export { ThreadPanel } from "./thread-panel.tsx";
