import { render } from "preact";
import { openAccount, rememberAccount } from "./account.ts";
import { App } from "./view/app.tsx";
import { Login } from "./view/login.tsx";

/** A messenger for two: what is on the device is there at once, whatever the network. */
const root = document.getElementById("app") as HTMLElement;

async function enter(user: string): Promise<void> {
  const account = await openAccount(user);
  performance.mark("wigwag-messenger:loaded");
  rememberAccount(user);
  const address = new URL(location.href);
  address.search = new URLSearchParams({ user }).toString();
  history.replaceState(null, "", address);
  document.title = `${user} · Wigwag`;
  account.chats.on("over", () => {
    location.href = location.pathname;
  });
  render(<App account={account} />, root);
  performance.mark("wigwag-messenger:rendered");
  // When it has been painted: how long that takes is measured by bench/messenger.ts.
  requestAnimationFrame(() => setTimeout(() => performance.mark("wigwag-messenger:shown")));
}

const asked = new URLSearchParams(location.search).get("user");
if (asked === null || asked === "") render(<Login enter={enter} />, root);
else void enter(asked);

performance.mark("wigwag-messenger:began");

// Behind a plain-HTTP address other than the machine's own there is none: then the page needs the network to begin.
addEventListener("load", () => void navigator.serviceWorker?.register("service-worker.js").catch(() => {}));
