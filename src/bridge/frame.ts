/** What stands around every screen: the bar at the top, failures, and where to log in. @module */
import { Refused } from "./api.ts";
import { h } from "./element.ts";
import { PAGE_ROOT } from "./route.ts";
import { icon } from "./status.ts";
import { chosenTheme } from "./theme.ts";
import type { Crumb } from "./view.ts";

const THEME_ICON = { auto: "auto", light: "sun", dark: "moon" };

export function topBar(crumbs: readonly Crumb[], live: boolean | undefined): Node[] {
  const theme = chosenTheme();
  return [
    h(
      "a",
      { class: "brand", href: PAGE_ROOT },
      h("img", { src: `${PAGE_ROOT}favicon.svg`, alt: "", width: 24, height: 24 }),
      "Periplus",
    ),
    h(
      "nav",
      { "aria-label": "Where you are" },
      h(
        "ol",
        { class: "crumbs" },
        crumbs.map(({ text, href }) =>
          h("li", {}, href ? h("a", { href }, text) : h("span", { "aria-current": "page" }, text)),
        ),
      ),
    ),
    h(
      "div",
      { class: "end" },
      live !== undefined &&
        h("span", { class: live ? "link-state on" : "link-state" }, live ? "live" : "reconnecting"),
      h(
        "button",
        {
          class: "bare",
          "data-do": "theme",
          "aria-label": `Colours: ${theme}`,
          title: `Colours: ${theme}`,
        },
        icon(THEME_ICON[theme]),
      ),
    ),
  ];
}

/** A failure with what to do about it. */
export function failure(error: unknown): HTMLElement {
  const message = error instanceof Error ? error.message : String(error);
  const unknown = error instanceof Refused && error.status === 401;
  return h(
    "section",
    { class: "card section", role: "alert" },
    h("h1", {}, unknown ? "Log in" : "This did not work"),
    unknown
      ? h("p", {}, "Open the link that ", h("code", {}, "periplus status"), " prints.")
      : h("p", {}, message),
    !unknown && h("p", {}, h("button", { "data-do": "reload" }, "Try again")),
  );
}
