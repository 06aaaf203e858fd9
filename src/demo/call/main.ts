import { byId } from "../shared/dom.ts";
import { Toast } from "../shared/toast.ts";
import { Phone } from "./phone.ts";
import { settingsIn } from "./settings.ts";
import { Login } from "./view/login.ts";
import { Page } from "./view/page.ts";

/** A video phone for two windows, or two phones: its calls, and what its pictures need to find each other, are Wigwag's. */
const toast = new Toast(byId("toast", HTMLElement));
const settings = settingsIn(location.search);

const login = new Login(async (user) => {
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
  const phone = await Phone.enter(user, settings, { changed, told: (text) => toast.say(text) });
  byId("login", HTMLElement).hidden = true;
  byId("phone", HTMLElement).hidden = false;
  page = new Page(phone, toast, () => {
    login.forget();
    void phone.signOut().then(() => location.reload());
  });
  page.show();
});
