import { afterEach, describe, expect, it, vi } from "vitest";
import { platformEnvironment } from "../../../src/client/environment.ts";

afterEach(() => vi.unstubAllGlobals());

/** As much of a page as the client listens to. */
function page() {
  const global = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  vi.stubGlobal("addEventListener", global.addEventListener.bind(global));
  vi.stubGlobal("removeEventListener", global.removeEventListener.bind(global));
  vi.stubGlobal("document", document);
  const told: string[] = [];
  const stop = platformEnvironment().page?.watch((signal) => told.push(signal));
  const see = (visibilityState: string) => {
    Object.assign(document, { visibilityState });
    document.dispatchEvent(new Event("visibilitychange"));
  };
  return { told, stop, see, hear: (name: string) => global.dispatchEvent(new Event(name)) };
}

describe("a page in a browser", () => {
  it.each(["online", "offline", "pageshow"])("[SD9] has the link checked when it hears `%s`", (name) => {
    const { told, stop, hear } = page();
    hear(name);
    expect(told).toEqual(["wake"]);
    stop?.();
    hear(name);
    expect(told).toEqual(["wake"]);
  });

  it("[SD10] tells when it is hidden and shown; shown again it checks the link, too", () => {
    const { told, stop, see } = page();
    see("hidden");
    see("visible");
    expect(told).toEqual(["visibility", "visibility", "wake"]);
    stop?.();
    see("hidden");
    expect(told.length).toBe(3);
  });
});
