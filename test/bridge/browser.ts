/** A real Chromium, when the machine has one. @module */
import { accessSync, constants } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const PLACES = [
  process.env.CHROMIUM ?? "",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

const executablePath = PLACES.find((path) => path !== "" && isExecutable(path));

export const HAVE_BROWSER = executablePath !== undefined;
/** For the name of a test that is skipped without one. */
export const WITHOUT_BROWSER = HAVE_BROWSER
  ? ""
  : " (skipped: needs Chromium; apt-get install chromium, or set CHROMIUM to its path)";

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: executablePath!,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--disable-component-update",
      "--no-first-run",
    ],
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Absent: the next place is looked at.
    return false;
  }
}
