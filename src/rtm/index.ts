import * as AgoraRTM from "./names.ts";

export * from "./names.ts";
export default AgoraRTM;
