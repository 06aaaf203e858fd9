import { byId } from "../shared/dom.ts";
import { Login } from "../shared/login.ts";
import { Toast } from "../shared/toast.ts";
import { Chat } from "./chat.ts";
import { Page } from "./view/page.ts";

/** A chat for two windows, or two phones: what one can build on Wigwag in an afternoon. */
const toast = new Toast(byId("toast", HTMLElement));

const login = new Login(async (user, room) => {
  let page: Page | undefined;
  let due = false;
  // However much happens in one tick, it is shown once. Not by animation frames: hidden pages have none.
  const changed = () => {
    if (due) return;
    due = true;
    queueMicrotask(() => {
      due = false;
      page?.show();
    });
  };
  const chat = await Chat.enter(user, room, { changed, told: (text) => toast.say(text) });
  byId("login", HTMLElement).hidden = true;
  byId("chat", HTMLElement).hidden = false;
  page = new Page(chat, toast, () => {
    login.forget();
    void chat.signOut().then(() => location.reload());
  });
  page.show();
  addEventListener("pagehide", () => chat.keep());
});
