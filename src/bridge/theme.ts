/** Light or dark: as the system prefers, or as the person chose. @module */

const CHOICES = ["auto", "light", "dark"] as const;
export type Theme = (typeof CHOICES)[number];

const KEY = "periplus-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");

export function chosenTheme(): Theme {
  const kept = localStorage.getItem(KEY);
  return CHOICES.find((choice) => choice === kept) ?? "auto";
}

/** Goes on to the next choice and returns it. */
export function nextTheme(): Theme {
  const next = CHOICES[(CHOICES.indexOf(chosenTheme()) + 1) % CHOICES.length]!;
  localStorage.setItem(KEY, next);
  applyTheme();
  return next;
}

export function applyTheme(): void {
  const chosen = chosenTheme();
  const theme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  document.documentElement.dataset.theme = theme;
}

dark.addEventListener("change", applyTheme);
