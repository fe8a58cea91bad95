/** The request path as the router sees it: what Keptn's gateway and services made of it. @module */

/**
 * Path of a request URL, still percent-encoded, without prefix, duplicate and trailing slashes
 * (Keptn: http-api.md 1.6); resource names keep their `%2F`, so that no router splits them.
 */
export function routePath(url: string, prefix: string): string {
  const start = url.indexOf("/", url.indexOf("//") + 2);
  if (start < 0) return "/";
  let end = url.length;
  for (const mark of ["?", "#"]) {
    const found = url.indexOf(mark, start);
    if (found >= 0 && found < end) end = found;
  }
  let path = url.slice(start, end);
  if (path.includes("//")) path = path.replace(/\/{2,}/g, "/");
  if (prefix !== "" && (path === prefix || path.startsWith(`${prefix}/`))) {
    path = path.slice(prefix.length);
  }
  if (path.endsWith("/")) path = path.slice(0, -1);
  return path === "" ? "/" : path;
}

/** `PREFIX_PATH` in the one spelling that {@link routePath} expects: `/x/y`, or empty. */
export function normalPrefix(prefix: string): string {
  const trimmed = prefix.replace(/^\/+|\/+$/g, "");
  return trimmed === "" ? "" : `/${trimmed}`;
}
