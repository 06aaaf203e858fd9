/** What a client of the simulation runs: the SDK as it ships, and the recorder at its surface. Bundled, so that patches reach it. */
export { Recorder } from "../../../prove/record/recorder.ts";
export { calls } from "../../../src/client/call/index.ts";
export { connectIn } from "../../../src/client/connect.ts";
export { buildToken } from "../../../src/client/token.ts";
