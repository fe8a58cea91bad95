/** `URL` of a guest; the host parses every address again before it acts on one. @module */
import { encodePart, KEEP } from "./percent.ts";
import { GuestSearchParams } from "./search_params.ts";
import { hostOf } from "./url_host.ts";
import { type Parts, parseUrl, resolvePath, SPECIAL } from "./url_parts.ts";

export class GuestUrl {
  #parts: Parts;
  #params: GuestSearchParams | undefined;

  constructor(input: string | GuestUrl, base?: string | GuestUrl) {
    const from = base === undefined ? undefined : parseUrl(String(base));
    this.#parts = parseUrl(String(input), from);
  }

  static canParse(input: string, base?: string): boolean {
    return GuestUrl.parse(input, base) !== null;
  }
  static parse(input: string, base?: string): GuestUrl | null {
    try {
      return new GuestUrl(input, base);
    } catch {
      return null;
    }
  }

  get href(): string {
    const { scheme, host, path, query, fragment } = this.#parts;
    const authority = host === null ? "" : `//${this.#userinfo()}${this.host}`;
    return `${scheme}:${authority}${path}${query === null ? "" : `?${query}`}${fragment === null ? "" : `#${fragment}`}`;
  }
  set href(value: string) {
    this.#parts = parseUrl(String(value));
    this.#params = undefined;
  }
  get origin(): string {
    const { scheme, host } = this.#parts;
    return scheme in SPECIAL && scheme !== "file" && host !== null
      ? `${scheme}://${this.host}`
      : "null";
  }
  get protocol(): string {
    return `${this.#parts.scheme}:`;
  }
  set protocol(value: string) {
    const scheme = String(value).replace(/:.*$/s, "").toLowerCase();
    if (scheme in SPECIAL === this.#parts.scheme in SPECIAL) this.#update({ scheme });
  }
  get username(): string {
    return this.#parts.username;
  }
  set username(value: string) {
    this.#update({ username: encodePart(String(value), KEEP.userinfo) });
  }
  get password(): string {
    return this.#parts.password;
  }
  set password(value: string) {
    this.#update({ password: encodePart(String(value), KEEP.userinfo) });
  }
  get host(): string {
    const { host, port } = this.#parts;
    return `${host ?? ""}${port === "" ? "" : `:${port}`}`;
  }
  set host(value: string) {
    const [host = "", port] = String(value).split(/:(?=\d*$)/);
    this.hostname = host;
    if (port !== undefined) this.port = port;
  }
  get hostname(): string {
    return this.#parts.host ?? "";
  }
  set hostname(value: string) {
    this.#update({ host: hostOf(String(value), this.#parts.scheme in SPECIAL) });
  }
  get port(): string {
    return this.#parts.port;
  }
  set port(value: string) {
    const digits = /^\d{0,5}/.exec(String(value))![0];
    this.#update({ port: Number(digits) === SPECIAL[this.#parts.scheme] ? "" : digits });
  }
  get pathname(): string {
    return this.#parts.path;
  }
  set pathname(value: string) {
    this.#update({ path: resolvePath(String(value), null, this.#parts.scheme in SPECIAL) });
  }
  get search(): string {
    return this.#parts.query ? `?${this.#parts.query}` : "";
  }
  set search(value: string) {
    const text = String(value).replace(/^\?/, "");
    this.#update({ query: text === "" ? null : encodePart(text, KEEP.query) });
    this.#params = undefined;
  }
  get hash(): string {
    return this.#parts.fragment ? `#${this.#parts.fragment}` : "";
  }
  set hash(value: string) {
    const text = String(value).replace(/^#/, "");
    this.#update({ fragment: text === "" ? null : encodePart(text, KEEP.fragment) });
  }
  get searchParams(): GuestSearchParams {
    this.#params ??= new GuestSearchParams(this.#parts.query ?? "", () => {
      const query = this.#params!.toString();
      this.#update({ query: query === "" ? null : query });
    });
    return this.#params;
  }
  toString(): string {
    return this.href;
  }
  toJSON(): string {
    return this.href;
  }

  #update(change: Partial<Parts>): void {
    this.#parts = { ...this.#parts, ...change };
  }
  #userinfo(): string {
    const { username, password } = this.#parts;
    if (username === "" && password === "") return "";
    return `${username}${password === "" ? "" : `:${password}`}@`;
  }
}
