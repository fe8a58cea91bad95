/** The guest's web globals against those of this runtime. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clone } from "../../../src/plugins/sandbox/guest/clone.ts";
import { GuestSearchParams } from "../../../src/plugins/sandbox/guest/search_params.ts";
import { GuestTextDecoder, GuestTextEncoder } from "../../../src/plugins/sandbox/guest/text.ts";
import { GuestUrl } from "../../../src/plugins/sandbox/guest/url.ts";
import { seeded } from "../../../src/plugins/sandbox/guest/random.ts";

const PARTS = [
  ...["href", "origin", "protocol", "username", "password", "host", "hostname", "port"],
  ...["pathname", "search", "hash"],
] as const;
type Part = (typeof PARTS)[number];

function partsOf(url: { readonly [P in Part]: string }): { [part: string]: string } {
  return Object.fromEntries(PARTS.map((part) => [part, url[part]]));
}

function parsed(make: () => { readonly [P in Part]: string }): unknown {
  try {
    return partsOf(make());
  } catch (error) {
    return (error as Error).name;
  }
}

const URLS: readonly (readonly [url: string, base?: string])[] = [
  ["https://example.com"],
  ["HTTP://User:Pass@EXAMPLE.com:80/a/./b/../c?x=1&y#z"],
  ["https://example.com:8443/%7Efoo/ä?ö=ü#ß"],
  ["http://example.com:443/"],
  ["http://127.1/"],
  ["http://0x7f.0.0.1/"],
  ["http://2130706433/"],
  ["http://0177.0.0.1/"],
  ["http://256.1.1.1/"],
  ["http://[::1]:3000/x"],
  ["http://exa mple.com/"],
  ["http://a%41.com/"],
  ["http:\\\\host\\path"],
  ["http:///host/path"],
  ["ws://h/p"],
  ["mailto:someone@example.com"],
  ["data:text/plain,hello"],
  ["not a url"],
  ["//host/path"],
  ["https://"],
  ["https://h:99999/"],
  ["https://h:/p"],
  ["  https://h/ \n"],
  ["../x", "https://h/a/b/c?q#f"],
  ["x", "https://h"],
  ["?q=2", "https://h/a/b?q=1#f"],
  ["#only", "https://h/a/b?q=1#f"],
  ["//other/p", "https://h/a"],
  ["/root", "https://u:p@h:1/a/b"],
  ["", "https://h/a?b"],
  ["https:relative", "https://h/a/b"],
  ["http:absolute", "https://h/a/b"],
  ["..", "https://h/a/b/c"],
  [".", "https://h/a/b/c"],
  ["%2e%2E/x", "https://h/a/b/c"],
  ["a b\"<>`{}|^'", "https://h/"],
  ["?a b\"<>'`", "https://h/"],
  ['#a b"<>`', "https://h/"],
];

describe("URL", () => {
  test.each(URLS)("%j on %j", (url = "", base) => {
    expect(parsed(() => new GuestUrl(url, base))).toEqual(parsed(() => new URL(url, base)));
  });

  test("paths and queries of any characters", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 20 });
    fc.assert(
      fc.property(text, text, text, (path, query, fragment) => {
        const clean = (part: string): string => part.replace(/[#?\\]/g, "").trim();
        const url = `https://h.example/${clean(path)}?${clean(query)}#${clean(fragment)}`;
        expect(parsed(() => new GuestUrl(url))).toEqual(parsed(() => new URL(url)));
      }),
      { numRuns: 300 },
    );
  });

  test("its parts can be set, and its parameters follow", () => {
    const change = (url: URL | GuestUrl): string => {
      url.pathname = "/a b/../c";
      url.searchParams.append("k", "v w&");
      url.searchParams.set("x", "2");
      url.hash = "frag ment";
      url.port = "8443";
      url.hostname = "Other.example";
      url.username = "me@";
      return JSON.stringify({ url, same: url.searchParams.toString() });
    };
    const start = "https://h.example/?x=1&x=3";
    expect(change(new GuestUrl(start))).toBe(change(new URL(start)));
  });
});

test("URLSearchParams reads and writes as forms do", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: "grapheme" }), fc.string())), (pairs) => {
      const [mine, theirs] = [new GuestSearchParams(pairs), new URLSearchParams(pairs)];
      expect(mine.toString()).toBe(theirs.toString());
      expect([...new GuestSearchParams(theirs.toString())]).toEqual([
        ...new URLSearchParams(theirs.toString()),
      ]);
    }),
    { numRuns: 200 },
  );
});

test("texts become UTF-8, and any bytes become texts", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect([...new GuestTextEncoder().encode(text)]).toEqual([...new TextEncoder().encode(text)]);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const outcome = (decoder: { decode(bytes: Uint8Array): string }): string => {
        try {
          return decoder.decode(bytes);
        } catch (error) {
          return (error as Error).name;
        }
      };
      expect(outcome(new GuestTextDecoder())).toBe(outcome(new TextDecoder()));
      expect(outcome(new GuestTextDecoder("utf-8", { fatal: true }))).toBe(
        outcome(new TextDecoder("utf-8", { fatal: true })),
      );
    }),
    { numRuns: 2_000 },
  );
});

test("structuredClone copies deeply, circles included", () => {
  const shared = { n: 1 };
  const value = {
    shared: [shared, shared],
    when: new Date(5),
    map: new Map([["k", new Set([1])]]),
    bytes: new Uint8Array([1, 2, 3]).subarray(1),
    pattern: /x/gi,
    error: new RangeError("r"),
    self: undefined as unknown,
  };
  value.self = value;
  const copy = clone(value);
  expect(copy).toEqual(structuredClone(value));
  expect(copy).not.toBe(value);
  expect(copy.shared[0]).toBe(copy.shared[1]);
  expect(copy.self).toBe(copy);
  expect(() => clone({ f: () => 1 })).toThrow(/could not be cloned/);
});

test("a seed decides all random numbers", () => {
  const draw = (seed: number): number[] => Array.from({ length: 1_000 }, seeded(seed));
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
  const mean = draw(3).reduce((sum, value) => sum + value, 0) / 1_000;
  expect(mean).toBeGreaterThan(0.45);
  expect(mean).toBeLessThan(0.55);
});
