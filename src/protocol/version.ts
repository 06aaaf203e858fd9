/**
 * History
 * 1  first version: sessions, channels, peer messages, attributes, online status, history
 */
export const PROTOCOL_VERSION = 1;

/** The lowest version a server still speaks. */
export const PROTOCOL_VERSION_MIN = 1;

/** The WebSocket sub-protocol of this version; the token rides beside it as `t.<base64url>`. */
export const SUBPROTOCOL = `wigwag.v${PROTOCOL_VERSION}`;
export const TOKEN_SUBPROTOCOL_PREFIX = "t.";
