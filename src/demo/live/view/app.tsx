import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Client } from "../../../client/index.ts";
import { useRoom } from "../../../react/index.ts";
import { wordsOf } from "../../shared/words.ts";
import { waitOf } from "../service.ts";
import { type Language, sayIn, storedLanguage, storeLanguage } from "../words.ts";
import { Composer } from "./composer.tsx";
import { Crowd } from "./crowd.tsx";
import { Feed } from "./feed.tsx";
import { Host } from "./host.tsx";
import { Seats } from "./seats.tsx";
import { type Live, LiveProvider } from "./shared.tsx";
import { Stage } from "./stage.tsx";

const TOAST_MS = 4_000;
const LAST = 30;

export function App({ client, name }: { readonly client: Client; readonly name: string }) {
  const [language, setLanguage] = useState<Language>(storedLanguage);
  const [toast, setToast] = useState("");
  const [ended, setEnded] = useState<string>();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const say = useMemo(() => sayIn(language), [language]);
  const { view, error } = useRoom(client, name, { last: LAST });

  const tell = useCallback((text: string) => {
    clearTimeout(timer.current);
    setToast(text);
    timer.current = setTimeout(() => setToast(""), TOAST_MS);
  }, []);
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    storeLanguage(language);
    document.title = `${name} · ${say("title")}`;
  }, [language, name, say]);
  const room = view?.room;
  useEffect(() => room?.on("closed", ({ reason }) => setEnded(reason)), [room]);

  const live = useMemo<Live>(
    () => ({
      user: client.user,
      say,
      attempt: (work) =>
        void work().catch((failed: unknown) => {
          const wait = waitOf(failed);
          tell(wait === undefined ? wordsOf(failed) : say("slow", { seconds: Math.ceil(wait / 1_000) }));
        }),
    }),
    [client, say, tell],
  );

  const leave = (): void => {
    // The seat is free at once, not when one is missed.
    void (room?.leave() ?? Promise.resolve()).finally(() => location.assign(location.pathname));
  };
  const closed = ended ?? (error === undefined ? undefined : wordsOf(error));
  return (
    <LiveProvider value={live}>
      <div class="live" data-state={view?.state ?? "joining"}>
        <header class="bar">
          <span class="on-air">{say("live")}</span>
          <h1 dir="auto">{view?.details.name ?? name}</h1>
          <span class="viewers" role="status">
            {view?.state === "reconnecting" ? say("reconnecting") : say("viewers", { count: (view?.count ?? 0).toLocaleString() })}
          </span>
          <button type="button" class="chip" onClick={() => setLanguage(language === "en" ? "zh" : "en")}>
            {say("language")}
          </button>
          <button type="button" class="chip" onClick={leave}>
            {say("leave")}
          </button>
        </header>
        {closed !== undefined && (
          <p class="banner" role="alert">
            {say("closed", { reason: closed })}
          </p>
        )}
        {view !== undefined && closed === undefined && (
          <main class="floor">
            <section class="show" aria-label={say("stage")}>
              <Stage room={view.room} />
              <Seats view={view} />
            </section>
            <section class="talk" aria-label={say("messages")}>
              <Feed view={view} />
              <Composer view={view} />
            </section>
            <aside class="panels">
              {view.role !== "member" && <Host view={view} />}
              <Crowd view={view} />
            </aside>
          </main>
        )}
        <div class="toast" role="status" data-shown={toast !== ""}>
          {toast}
        </div>
      </div>
    </LiveProvider>
  );
}
