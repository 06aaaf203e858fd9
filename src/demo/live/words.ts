export type Language = "en" | "zh";

const EN = {
  title: "Wigwag live",
  lead: "A live room. Open this page in a second window and be somebody else there, or call in a crowd.",
  yourName: "Your name",
  room: "Room",
  comeIn: "Come in",
  nameMissing: "Your name is missing.",
  viewers: "{count} here",
  language: "中文",
  leave: "Leave",
  live: "LIVE",
  reconnecting: "Reconnecting …",
  closed: "You are out of the room: {reason}",
  stage: "Stage",
  seats: "Seats",
  freeSeat: "Sit down",
  leaveSeat: "Stand up",
  freeUp: "Free the seat of {user}",
  messages: "Messages",
  write: "Say something",
  send: "Send",
  like: "Like",
  likes: "{count} likes",
  rose: "Send a rose",
  rocket: "Send a rocket",
  gave: "{user} gives {gift}",
  mutedYou: "You are muted.",
  mutedAll: "Only the host speaks now.",
  slow: "Slow mode: wait {seconds} s.",
  takeBack: "Take back",
  mute: "Mute {user}",
  sendOut: "Send {user} out",
  host: "Host",
  slowMode: "Slow mode",
  off: "off",
  everySeconds: "one message per {seconds} s",
  muteAll: "Mute all",
  crowd: "Crowd",
  crowdNote: "Viewers with a socket each, who read everything and write some of it.",
  callIn: "Call in {count}",
  sendHome: "Send them home",
  crowdHere: "{count} viewers · {said} messages written",
  perSecond: "Messages a second here",
  dropped: "left out: {low} low, {normal} normal, {high} high",
};
export type Word = keyof typeof EN;

const ZH: Record<Word, string> = {
  title: "Wigwag 直播间",
  lead: "一个直播间。再开一个窗口换个名字进来，或者请来一群观众。",
  yourName: "你的名字",
  room: "房间",
  comeIn: "进入",
  nameMissing: "请填写名字。",
  viewers: "{count} 人在场",
  language: "English",
  leave: "离开",
  live: "直播中",
  reconnecting: "重新连接中…",
  closed: "你已离开直播间：{reason}",
  stage: "舞台",
  seats: "麦位",
  freeSeat: "上麦",
  leaveSeat: "下麦",
  freeUp: "请 {user} 下麦",
  messages: "消息",
  write: "说点什么",
  send: "发送",
  like: "点赞",
  likes: "{count} 个赞",
  rose: "送玫瑰",
  rocket: "送火箭",
  gave: "{user} 送出{gift}",
  mutedYou: "你已被禁言。",
  mutedAll: "全员禁言中。",
  slow: "慢速模式：请等 {seconds} 秒。",
  takeBack: "撤回",
  mute: "禁言 {user}",
  sendOut: "请 {user} 离开",
  host: "主持",
  slowMode: "慢速模式",
  off: "关闭",
  everySeconds: "每 {seconds} 秒一条",
  muteAll: "全员禁言",
  crowd: "观众",
  crowdNote: "每位观众各有一条连接，读所有消息，也会发言。",
  callIn: "请来 {count} 位",
  sendHome: "送走他们",
  crowdHere: "{count} 位观众 · 已发 {said} 条",
  perSecond: "此处每秒消息数",
  dropped: "已丢弃：低 {low}，中 {normal}，高 {high}",
};

export type Say = (word: Word, facts?: Readonly<Record<string, string | number>>) => string;

/** Facts go in as they are: what people wrote is never looked at for more of them. */
export function sayIn(language: Language): Say {
  const words = language === "zh" ? ZH : EN;
  return (word, facts = {}) => words[word].replace(/\{(\w+)\}/g, (_, name: string) => String(facts[name] ?? ""));
}

const KEY = "wigwag-live:language";

export function storedLanguage(): Language {
  const stored = localStorage.getItem(KEY);
  if (stored === "en" || stored === "zh") return stored;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export const storeLanguage = (language: Language): void => localStorage.setItem(KEY, language);
