/** Takes a URL apart as the URL standard does, for hierarchical and opaque ones. @module */
import { encodePart, KEEP } from "./percent.ts";
import { hostOf } from "./url_host.ts";

export interface Parts {
  readonly scheme: string;
  readonly username: string;
  readonly password: string;
  readonly host: string | null;
  readonly port: string;
  readonly path: string;
  readonly query: string | null;
  readonly fragment: string | null;
}

/** Special schemes with their default ports. */
export const SPECIAL: { readonly [scheme: string]: number | undefined } = {
  http: 80,
  https: 443,
  ws: 80,
  wss: 443,
  ftp: 21,
  file: undefined,
};

/** Parses a URL, relative to a base when one is given; throws `TypeError: Invalid URL`. */
export function parseUrl(text: string, base?: Parts): Parts {
  const input = text.replace(/^[\0-\x20]+|[\0-\x20]+$/g, "").replace(/[\t\n\r]/g, "");
  const [beforeFragment, fragment] = cut(input, "#");
  const encodedFragment = fragment === null ? null : encodePart(fragment, KEEP.fragment);
  const absolute = /^([A-Za-z][A-Za-z0-9+.-]*):(.*)$/s.exec(beforeFragment);
  const scheme = absolute?.[1]!.toLowerCase();
  if (scheme === undefined || relativeToBase(scheme, absolute![2]!, base)) {
    if (!base) throw invalid(text);
    return relative(scheme === undefined ? beforeFragment : absolute![2]!, encodedFragment, base);
  }
  const [rest, query] = cut(absolute![2]!, "?");
  const parts = { query: encodeQuery(query), fragment: encodedFragment, scheme };
  const special = scheme in SPECIAL;
  const slashes = special ? rest.replaceAll("\\", "/") : rest;
  if (special || slashes.startsWith("//")) {
    return { ...parts, ...authority(slashes.replace(/^\/+/, ""), scheme, text) };
  }
  const path = slashes.startsWith("/") ? resolvePath(slashes, null, false) : slashes;
  return { ...parts, username: "", password: "", host: null, port: "", path };
}

function relativeToBase(scheme: string, rest: string, base: Parts | undefined): boolean {
  return base?.scheme === scheme && scheme in SPECIAL && !/^[/\\]{2}/.test(rest);
}

function relative(input: string, fragment: string | null, base: Parts): Parts {
  const special = base.scheme in SPECIAL;
  const [path, query] = cut(special ? input.replaceAll("\\", "/") : input, "?");
  const parts = { ...base, fragment, query: encodeQuery(query) };
  if (path.startsWith("//")) return { ...parts, ...authority(path.slice(2), base.scheme, input) };
  if (path === "") return { ...parts, query: query === null ? base.query : parts.query };
  return { ...parts, path: resolvePath(path, base.path, special) };
}

function authority(
  rest: string,
  scheme: string,
  text: string,
): Omit<Parts, "scheme" | "query" | "fragment"> {
  const slash = rest.indexOf("/");
  const whole = slash < 0 ? rest : rest.slice(0, slash);
  const special = scheme in SPECIAL;
  const at = whole.lastIndexOf("@");
  const [username, password] = cut(at < 0 ? "" : whole.slice(0, at), ":");
  const named = /^(.*?)(?::(\d*))?$/s.exec(whole.slice(at + 1))!;
  const host = hostOf(named[1]!, special);
  const port = named[2] ?? "";
  if ((host === "" && special && scheme !== "file") || Number(port) > 65_535) throw invalid(text);
  const path = slash < 0 ? "" : rest.slice(slash);
  return {
    username: encodePart(username, KEEP.userinfo),
    password: encodePart(password ?? "", KEEP.userinfo),
    host,
    port: port === "" || Number(port) === SPECIAL[scheme] ? "" : String(Number(port)),
    path: path === "" && !special ? "" : resolvePath(path, null, special),
  };
}

/** A path without dot segments; relative ones stand on the folder of `base`. */
export function resolvePath(path: string, base: string | null, special: boolean): string {
  const text = special ? path.replaceAll("\\", "/") : path;
  const from = text.startsWith("/") || base === null ? [] : base.split("/").slice(1, -1);
  const segments = [...from];
  const steps = text.replace(/^\//, "").split("/");
  steps.forEach((step, index) => {
    const last = index === steps.length - 1;
    const plain = step.replace(/%2e/gi, ".");
    if (plain === "..") segments.pop();
    else if (plain !== ".") segments.push(encodePart(step, KEEP.path));
    if (last && (plain === "." || plain === "..")) segments.push("");
  });
  return `/${segments.join("/")}`;
}

function encodeQuery(query: string | null): string | null {
  return query === null ? null : encodePart(query, KEEP.query);
}

function cut(text: string, mark: string): [before: string, after: string | null] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
}

function invalid(text: string): TypeError {
  return new TypeError(`Invalid URL: ${JSON.stringify(text)}`);
}
