import { createRequire } from "node:module";
import type * as AgoraToken from "agora-token";

// CommonJS whose exports Node cannot see from an import.
const { RtmTokenBuilder }: typeof AgoraToken = createRequire(import.meta.url)("agora-token");

/** The development app that the server under test is started with. */
export const BENCH_APP = {
  id: "0123456789abcdef0123456789abcdef",
  certificate: "fedcba9876543210fedcba9876543210",
  apiKey: "wk_benchmark",
} as const;

const TOKEN_SECONDS = 24 * 3600;

/** A 007 token from the official builder, so that the benchmark does not depend on our own. */
export const tokenFor = (user: string): string => RtmTokenBuilder.buildToken(BENCH_APP.id, BENCH_APP.certificate, user, TOKEN_SECONDS);
