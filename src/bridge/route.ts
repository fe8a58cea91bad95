/** Addresses of the page: Keptn's deep links, below the folder that serves it. @module */

export type Route =
  | { readonly view: "projects" }
  | { readonly view: "project"; readonly project: string }
  | {
      readonly view: "sequence";
      readonly project: string;
      readonly context: string;
      readonly stage?: string;
    }
  | { readonly view: "trace"; readonly context: string; readonly stage?: string }
  | { readonly view: "unknown"; readonly path: string };

/** Where the host put us: `/bridge/` behind an optional prefix. */
export const PAGE_ROOT = new URL(document.baseURI).pathname;
const ROOT = PAGE_ROOT.replace(/bridge\/$/, "");

/** Address of an API path such as `/api/v1/event`. */
export function apiUrl(path: string): string {
  return ROOT + path.slice(1);
}

/** Reads a path of this page; both `/bridge/…` and Keptn's `/trace/…` are ours. */
export function parseRoute(pathname: string): Route {
  const below = pathname.startsWith(ROOT) ? pathname.slice(ROOT.length) : pathname.slice(1);
  const parts = below.split("/").filter(Boolean).map(decode);
  if (parts[0] === "bridge") parts.shift();
  const [first, second, third, fourth, fifth, sixth] = parts;
  if (first === undefined || first === "dashboard") return { view: "projects" };
  if (first === "trace" && second) {
    return { view: "trace", context: second, ...(third ? { stage: third } : {}) };
  }
  if (first === "project" && second) {
    if (third !== "sequence" || !fourth) return { view: "project", project: second };
    const stage = fifth === "stage" && sixth ? { stage: sixth } : {};
    return { view: "sequence", project: second, context: fourth, ...stage };
  }
  return { view: "unknown", path: pathname };
}

export function projectPath(project: string): string {
  return `${PAGE_ROOT}project/${encodeURIComponent(project)}`;
}

export function sequencePath(project: string, context: string, stage?: string): string {
  const path = `${projectPath(project)}/sequence/${encodeURIComponent(context)}`;
  return stage ? `${path}/stage/${encodeURIComponent(stage)}` : path;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // A percent sign that escapes nothing stands for itself.
    return part;
  }
}
