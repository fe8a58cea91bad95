/** `URLSearchParams` of a guest. @module */
import { decodePart, encodePart, KEEP } from "./percent.ts";

type Init = string | Iterable<readonly [string, string]> | { readonly [name: string]: string };

export class GuestSearchParams {
  #pairs: [string, string][] = [];
  /** Told of every change, so that a URL follows its parameters. */
  #changed: (() => void) | undefined;

  constructor(init: Init = "", changed?: () => void) {
    if (typeof init === "string") this.#pairs = parse(init.startsWith("?") ? init.slice(1) : init);
    else {
      const pairs = Symbol.iterator in init ? init : Object.entries(init as object);
      for (const [name, value] of pairs) this.#pairs.push([String(name), String(value)]);
    }
    this.#changed = changed;
  }

  get size(): number {
    return this.#pairs.length;
  }
  get(name: string): string | null {
    return this.#pairs.find(([key]) => key === name)?.[1] ?? null;
  }
  getAll(name: string): string[] {
    return this.#pairs.filter(([key]) => key === name).map(([, value]) => value);
  }
  has(name: string, value?: string): boolean {
    return this.#pairs.some(([key, has]) => key === name && (value === undefined || has === value));
  }
  append(name: string, value: string): void {
    this.#pairs.push([String(name), String(value)]);
    this.#changed?.();
  }
  set(name: string, value: string): void {
    const first = this.#pairs.findIndex(([key]) => key === name);
    if (first < 0) return this.append(name, value);
    this.#pairs[first] = [String(name), String(value)];
    this.#pairs = this.#pairs.filter(([key], at) => at <= first || key !== name);
    this.#changed?.();
  }
  delete(name: string, value?: string): void {
    this.#pairs = this.#pairs.filter(
      ([key, has]) => key !== name || (value !== undefined && has !== value),
    );
    this.#changed?.();
  }
  sort(): void {
    this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    this.#changed?.();
  }
  forEach(visit: (value: string, name: string, params: GuestSearchParams) => void): void {
    for (const [name, value] of this) visit(value, name, this);
  }
  entries(): IterableIterator<[string, string]> {
    return this.#pairs.map(([name, value]): [string, string] => [name, value]).values();
  }
  keys(): IterableIterator<string> {
    return this.#pairs.map(([name]) => name).values();
  }
  values(): IterableIterator<string> {
    return this.#pairs.map(([, value]) => value).values();
  }
  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }
  toString(): string {
    const encode = (text: string): string => encodePart(text, `${KEEP.form} `).replaceAll(" ", "+");
    return this.#pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
  }
}

function parse(query: string): [string, string][] {
  const decode = (text: string): string => decodePart(text.replaceAll("+", " "));
  return query
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      return at < 0 ? [decode(part), ""] : [decode(part.slice(0, at)), decode(part.slice(at + 1))];
    });
}
