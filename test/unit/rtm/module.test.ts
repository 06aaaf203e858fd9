import { afterEach, describe, expect, it } from "vitest";
import { closedError, WigwagError } from "../../../src/client/error.ts";
import { wireError } from "../../../src/protocol/errors.ts";
import { type RtmOperation, rtmError, rtmErrorFrom } from "../../../src/rtm/errors.ts";
import AgoraRTM, * as names from "../../../src/rtm/index.ts";
import { Rates } from "../../../src/rtm/rates.ts";

const APP = "a".repeat(32);
const invalid = expect.objectContaining({ code: 1, name: "RtmInvalidArgumentError" });

describe("the module of RTM 1.x", () => {
  afterEach(() => {
    names.setParameter("WIGWAG_URL", undefined);
    Reflect.deleteProperty(globalThis, "WIGWAG_URL");
  });

  it("[RX1] createInstance makes a client of an App ID, and throws code 1 where it is none", () => {
    const client = names.createInstance(APP, { enableLogUpload: false, logFilter: names.LOG_FILTER_OFF }, ["CHINA"]);
    expect(client.connectionState).toBe("DISCONNECTED");
    for (const app of ["", "short", `${APP}a`, 7, undefined, null]) expect(() => names.createInstance(app as string)).toThrow(invalid);
  });

  it("[RX1] setArea takes regions, and excludes one of three together with GLOBAL only", () => {
    names.setArea({ areaCodes: [names.AreaCode.EUROPE, names.AreaCode.JAPAN] });
    names.setArea({ areaCodes: ["GLOBAL"], excludedArea: "CHINA" });
    for (const area of [
      { areaCodes: [] },
      { areaCodes: ["MARS"] },
      { areaCodes: "GLOBAL" },
      { areaCodes: ["EUROPE"], excludedArea: "CHINA" },
      { areaCodes: ["GLOBAL"], excludedArea: "EUROPE" },
    ])
      expect(() => names.setArea(area as never)).toThrow(invalid);
  });

  it("[RX1] RtmClient.updateConfig and RtmClient.setParameters take another configuration", () => {
    const client = names.createInstance(APP);
    client.updateConfig({ logFilter: names.LOG_FILTER_ERROR, enableCloudProxy: true });
    client.setParameters({ enableLogUpload: true });
    expect(client.connectionState).toBe("DISCONNECTED");
  });

  it("[RX1] RtmClientEvents.FallbackProxyConnected can be listened to", () => {
    expect(
      names
        .createInstance(APP)
        .on("FallbackProxyConnected", () => {})
        .listenerCount("FallbackProxyConnected"),
    ).toBe(1);
  });

  it("[RX2] ConnectionState, ConnectionChangeReason, MessageType, PeerOnlineState, PeerSubscriptionOption, AreaCode and LegacyAreaCode are their own names", () => {
    expect(values(names.ConnectionState)).toBe("ABORTED CONNECTED CONNECTING DISCONNECTED RECONNECTING");
    expect(values(names.ConnectionChangeReason)).toBe(
      "BANNED_BY_SERVER INTERRUPTED LOGIN LOGIN_FAILURE LOGIN_SUCCESS LOGIN_TIMEOUT LOGOUT REMOTE_LOGIN TOKEN_EXPIRED",
    );
    expect(values(names.MessageType)).toBe("FILE IMAGE RAW TEXT");
    expect(values(names.PeerOnlineState)).toBe("OFFLINE ONLINE UNREACHABLE");
    expect(values(names.PeerSubscriptionOption)).toBe("ONLINE_STATUS");
    expect(values(names.AreaCode)).toBe("ASIA CHINA EUROPE GLOBAL INDIA JAPAN NORTH_AMERICA");
    expect(values(names.LegacyAreaCode)).toBe("AF AS CN EU GLOB IN JP NA OC OVS SA");
    expect(values(names.RtmStatusCode.ConnectionState)).toBe(values(names.ConnectionState));
  });

  it("[RX2] LocalInvitationState, LocalInvitationFailureReason, RemoteInvitationState and RemoteInvitationFailureReason, too; RtmStatusCode has them all", () => {
    expect(values(names.LocalInvitationState)).toBe("ACCEPTED_BY_REMOTE CANCELED FAILURE IDLE RECEIVED_BY_REMOTE REFUSED_BY_REMOTE SENT_TO_REMOTE");
    expect(values(names.LocalInvitationFailureReason)).toBe("INVITATION_EXPIRE NOT_LOGGEDIN PEER_NO_RESPONSE PEER_OFFLINE UNKNOWN");
    expect(values(names.RemoteInvitationState)).toBe("ACCEPTED ACCEPT_SENT_TO_LOCAL CANCELED FAILURE INVITATION_RECEIVED REFUSED");
    expect(values(names.RemoteInvitationFailureReason)).toBe("ACCEPT_FAILURE INVITATION_EXPIRE PEER_OFFLINE UNKNOWN");
    expect(Object.keys(names.RtmStatusCode)).toHaveLength(11);
  });

  it("[RX2] VERSION, BUILD, END_CALL_PREFIX and processId are texts; LOG_FILTER_OFF, LOG_FILTER_ERROR, LOG_FILTER_WARNING, LOG_FILTER_INFO and LOG_FILTER_DEBUG say what is logged", () => {
    for (const text of [names.VERSION, names.BUILD, names.processId]) expect(text).toMatch(/^\S+$/);
    expect(names.END_CALL_PREFIX).toBe("AgoraRTMLegacyEndcallCompatibleMessagePrefix");
    const filters = [names.LOG_FILTER_OFF, names.LOG_FILTER_ERROR, names.LOG_FILTER_WARNING, names.LOG_FILTER_INFO, names.LOG_FILTER_DEBUG];
    expect(filters.map(({ error, warn, info, track, debug }) => [error, warn, info, track, debug].map(Number).join(""))).toEqual([
      "00000",
      "10000",
      "11000",
      "11100",
      "11111",
    ]);
  });

  it("[RX3] setParameter is what getParameter gives", () => {
    AgoraRTM.setParameter("WIGWAG_URL", "http://127.0.0.1:1");
    expect(names.getParameter("WIGWAG_URL")).toBe("http://127.0.0.1:1");
    expect(names.getParameter("nothing")).toBeUndefined();
  });

  it("[RX3] the service's address comes from the parameter, else from globalThis.WIGWAG_URL at the first login", async () => {
    const opened: string[] = [];
    class Socket {
      onclose: ((event: object) => void) | null = null;
      constructor(url: string) {
        opened.push(new URL(url).origin);
        queueMicrotask(() => this.onclose?.({ code: 4202, reason: "app unknown" }));
      }
      close(): void {}
    }
    names.setParameter("WIGWAG_WEBSOCKET", Socket);
    const client = names.createInstance(APP);
    Reflect.set(globalThis, "WIGWAG_URL", "http://one.test");
    await expect(client.login({ uid: "ann" })).rejects.toMatchObject({ code: 4 });
    names.setParameter("WIGWAG_URL", "https://two.test");
    await expect(client.login({ uid: "ann" })).rejects.toMatchObject({ code: 4 });
    names.setParameter("WIGWAG_WEBSOCKET", undefined);
    expect(opened).toEqual(["ws://one.test", "wss://two.test"]);
  });
});

const values = (names: object): string => {
  expect(Object.isFrozen(names)).toBe(true);
  for (const [name, value] of Object.entries(names)) expect(value).toBe(name);
  return Object.keys(names).sort().join(" ");
};

describe("errors of RTM 1.x", () => {
  it("[RX5] are Errors with a number, a name, and what they come from", () => {
    const cause = closedError(4204, "kicked by the app");
    const error = rtmErrorFrom("join", cause);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: "RtmUnauthenticatedError", code: 2, serverCode: 4204, originalError: cause });
    expect(error.message).toBe("Error Code 2 - kicked by the app");
    expect(rtmError("join", 77)).toMatchObject({ name: "RtmUnknownError", code: 77, serverCode: undefined });
  });

  it.each<[RtmOperation, number, number, number, number]>([
    // rate_limited, timeout, forbidden, internal
    ["login", 10, 9, 7, 1],
    ["renewToken", 4, 1, 3, 1],
    ["sendMessageToPeer", 5, 2, 1, 1],
    ["join", 7, 4, 2, 1],
    ["leave", 1, 1, 2, 1],
    ["sendMessage", 3, 2, 1, 1],
    ["getMembers", 4, 3, 2, 1],
    ["attributes", 5, 7, 2, 2],
    ["getChannelMemberCount", 3, 4, 1, 1],
    ["queryPeersOnlineStatus", 5, 4, 3, 1],
    ["subscribePeersOnlineStatus", 5, 4, 3, 1],
    ["queryPeersBySubscriptionOption", 3, 2, 1, 1],
    ["upload", 1, 3, 1, 1],
    ["download", 1, 3, 1, 1],
  ])("[RX5] %s has numbers of its own", (operation, tooOften, timeout, forbidden, failure) => {
    const codes = (["rate_limited", "timeout", "forbidden", "internal"] as const).map((code) => rtmErrorFrom(operation, new WigwagError(wireError(code))).code);
    expect(codes).toEqual([tooOften, timeout, forbidden, failure]);
    expect(rtmErrorFrom(operation, new TypeError("odd"))).toMatchObject({ code: failure });
  });

  it("[RX5] a client that was closed meanwhile is no longer logged in", () => {
    expect(rtmErrorFrom("sendMessage", closedError(undefined, "logged out"))).toMatchObject({ code: 102, name: "RtmInvalidStatusError" });
    expect(rtmErrorFrom("login", closedError(undefined, "logged out"))).toMatchObject({ code: 201 });
  });
});

describe("call rates of RTM 1.x", () => {
  it("[RX70] a window slides: what is refused does not count, and what is old is forgotten", () => {
    let now = 0;
    const rates = new Rates(() => now);
    expect([rates.take("login"), rates.take("login"), rates.take("login")]).toEqual([true, true, false]);
    now = 999;
    expect(rates.take("login")).toBe(false);
    now = 1_000;
    expect([rates.take("login"), rates.take("login"), rates.take("login")]).toEqual([true, true, false]);
    expect([rates.takeJoin("a"), rates.takeJoin("a"), rates.takeJoin("a"), rates.takeJoin("b")]).toEqual([true, true, false, true]);
    now = 6_000;
    expect(rates.takeJoin("a")).toBe(true);
  });
});
