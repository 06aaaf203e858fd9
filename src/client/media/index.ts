export { type Media, type MediaAudience, type MediaInfo, type MediaOptions, media } from "./media.ts";
export type { Download, Progress, TransferOptions, Upload } from "./options.ts";
