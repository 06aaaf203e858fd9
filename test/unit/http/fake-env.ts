import { DEFAULT_SETTINGS } from "../../../src/protocol/settings.ts";
import { app } from "../../../src/server/http/app.ts";
import type { Call, CallReply } from "../../../src/server/trust.ts";

export const DEV_APP = "00000000000000000000000000000de7";
export const DEV_CERTIFICATE = "0000000000000000000000000000ce27";
export const SERVER = { authorization: "Bearer wk_unit-test-key", "x-wigwag-app": DEV_APP };

/** An object as the Worker sees it: what it was called, and what it was asked. */
export interface Asked {
  readonly name: string;
  readonly call?: Call;
  readonly request?: Request;
}

type Answer = (asked: { name: string; call: Call }) => CallReply | Promise<CallReply>;

/** The Worker's bindings without a runtime. */
export function fakeEnv(answer: Answer = () => ({ ok: {} }), upgraded: (name: string) => Response = () => new Response("from the object")) {
  const asked: Asked[] = [];
  const objects = {
    getByName: (name: string) => ({
      call: async (call: Call) => {
        asked.push({ name, call });
        return answer({ name, call });
      },
      mayAct: async () => true,
      fetch: async (request: Request) => {
        asked.push({ name, request });
        return upgraded(name);
      },
    }),
  };
  const env = {
    USER: objects,
    CHANNEL: objects,
    LEAF: objects,
    GROUP_LEAF: objects,
    SETTINGS: { getByName: () => ({ fetch: async () => Response.json(DEFAULT_SETTINGS) }) },
    DB: { prepare: () => ({ bind: () => ({ first: async () => null }) }) },
    WIGWAG_SECRET: "test-secret-test-secret-test-secret",
    WIGWAG_DEV_APP_ID: DEV_APP,
    WIGWAG_DEV_APP_CERTIFICATE: DEV_CERTIFICATE,
    WIGWAG_DEV_API_KEY: "wk_unit-test-key",
    WIGWAG_OPERATOR_KEY: "wo_unit-test-key",
  };
  const request = async (method: string, path: string, { body, headers = {} }: { body?: BodyInit | object; headers?: Record<string, string> } = {}) => {
    const plain = typeof body === "object" && Object.getPrototypeOf(body) === Object.prototype;
    const init = {
      method,
      headers: plain ? { "content-type": "application/json", ...headers } : headers,
      ...(body === undefined ? {} : { body: plain ? JSON.stringify(body) : (body as BodyInit), duplex: "half" }),
    };
    return app.request(path, init, env);
  };
  return { env, asked, request };
}

export const errorOf = async (response: Response): Promise<{ status: number; code?: string; field?: string; limit?: number }> => {
  const { error } = (await response.json()) as { error?: { code: string; field?: string; limit?: number } };
  return { status: response.status, ...error };
};
