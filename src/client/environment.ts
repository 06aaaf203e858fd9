import { toBase64Url } from "../util/base64url.ts";
import { claimDevice, type DeviceClaim } from "./device.ts";

/** What the client asks of the world around it: tests bring a clock of their own. */
export interface Environment {
  /** Unix ms; it goes on while the machine sleeps, which is how sleep is noticed. */
  now(): number;
  /** 0 ≤ x < 1. */
  random(): number;
  /** Runs once after `ms`; returns the function that calls it off. */
  after(ms: number, run: () => void): () => void;
  /** Runs when the present tick ends. */
  soon(run: () => void): void;
  /** An unguessable id. */
  uniqueId(): string;
  post(url: string, body: object): Promise<HttpAnswer>;
  fetch(url: string, init: RequestInit): Promise<Response>;
  claimDevice(app: string, user: string): Promise<DeviceClaim>;
  /** Absent where there is no page. */
  readonly page: Page | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** `wake`: the link may have died unnoticed · `visibility`: the page was hidden or shown. */
export type PageSignal = "wake" | "visibility";

export interface Page {
  hidden(): boolean;
  /** Returns the function that unsubscribes. */
  watch(listener: (signal: PageSignal) => void): () => void;
}

/** A longer one would run at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function platformEnvironment(): Environment {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    after(ms, run) {
      const timer = setTimeout(run, Math.min(ms, LONGEST_TIMER_MS));
      return () => clearTimeout(timer);
    },
    soon: (run) => queueMicrotask(run),
    uniqueId,
    async post(url, body) {
      const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
      return { status: answer.status, body: await answer.json().catch(() => undefined) };
    },
    fetch: (url, init) => fetch(url, init),
    claimDevice: (app, user) => claimDevice(app, user, uniqueId),
    page: typeof document === "undefined" ? undefined : browserPage(),
  };
}

const uniqueId = (): string => toBase64Url(crypto.getRandomValues(new Uint8Array(12)));

function browserPage(): Page {
  return {
    hidden: () => document.visibilityState === "hidden",
    watch(listener) {
      const wake = () => listener("wake");
      const visibility = () => {
        listener("visibility");
        if (document.visibilityState === "visible") wake();
      };
      addEventListener("online", wake);
      // A socket does not hear of it: without a look it would seem alive for two keep-alives.
      addEventListener("offline", wake);
      addEventListener("pageshow", wake);
      document.addEventListener("visibilitychange", visibility);
      return () => {
        removeEventListener("online", wake);
        removeEventListener("offline", wake);
        removeEventListener("pageshow", wake);
        document.removeEventListener("visibilitychange", visibility);
      };
    },
  };
}
