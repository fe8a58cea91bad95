/** The part of PromQL that SLI files of HTTP services use, as a tree. @module */

export interface Matcher {
  readonly name: string;
  readonly operator: "=" | "!=" | "=~" | "!~";
  readonly value: string;
}
export type Query =
  | { readonly kind: "number"; readonly value: number }
  | {
      readonly kind: "select";
      readonly matchers: readonly Matcher[];
      /** Seconds of a range; absent = the latest sample. */
      readonly range?: number;
    }
  | { readonly kind: "call"; readonly name: string; readonly args: readonly Query[] }
  | {
      readonly kind: "aggregate";
      readonly name: string;
      readonly by: readonly string[];
      readonly of: Query;
    }
  | {
      readonly kind: "binary";
      readonly operator: string;
      readonly left: Query;
      readonly right: Query;
    };

export const AGGREGATES = ["sum", "avg", "min", "max", "count"];
export const FUNCTIONS = ["rate", "increase", "histogram_quantile"];

const TOKEN =
  /\s*(?:([A-Za-z_:][\w:]*)|(\d+(?:\.\d+)?(?:e[+-]?\d+)?)(ms|s|m|h|d)?|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(=~|!~|!=|[-+*/=(){}[\],]))/iy;
const SECONDS: { readonly [unit: string]: number } = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
};

interface Token {
  readonly text: string;
  readonly kind: "name" | "number" | "duration" | "string" | "sign" | "end";
  readonly value?: number;
}

/** Parses a query. @throws {SyntaxError} that names what is not understood */
export function parseQuery(text: string): Query {
  const tokens = tokensOf(text);
  let here = 0;
  const peek = (): Token => tokens[here] ?? { text: "the end", kind: "end" };
  const take = (wanted?: string): Token => {
    const token = peek();
    if (wanted !== undefined && token.text !== wanted) {
      throw new SyntaxError(`expected ${wanted} but found ${token.text}`);
    }
    here += 1;
    return token;
  };
  const skip = (text: string): boolean => peek().text === text && Boolean(take());

  const chain = (operators: readonly string[], next: () => Query): Query => {
    let left = next();
    while (peek().kind === "sign" && operators.includes(peek().text)) {
      left = { kind: "binary", operator: take().text, left, right: next() };
    }
    return left;
  };
  const sum = (): Query => chain(["+", "-"], product);
  const product = (): Query => chain(["*", "/"], unary);
  const unary = (): Query => {
    if (!skip("-")) return primary();
    return { kind: "binary", operator: "*", left: { kind: "number", value: -1 }, right: unary() };
  };
  const primary = (): Query => {
    if (skip("(")) {
      const inner = sum();
      take(")");
      return inner;
    }
    const token = peek();
    if (token.kind === "number") return { kind: "number", value: take().value! };
    if (token.text === "{") return selector();
    if (token.kind !== "name") throw new SyntaxError(`did not expect ${token.text}`);
    if (AGGREGATES.includes(token.text)) return aggregate(take().text);
    const next = tokens[here + 1]?.text;
    if (next === "(") return call(take().text);
    return selector(take().text);
  };
  const list = <T>(open: string, close: string, item: () => T): T[] => {
    const items: T[] = [];
    take(open);
    while (!skip(close)) {
      items.push(item());
      if (!skip(",") && peek().text !== close) take(close);
    }
    return items;
  };
  const call = (name: string): Query => {
    if (!FUNCTIONS.includes(name)) {
      throw new SyntaxError(`function ${name} is not known here: ${FUNCTIONS.join(", ")} are`);
    }
    return { kind: "call", name, args: list("(", ")", sum) };
  };
  const grouping = (): string[] => (skip("by") ? list("(", ")", () => take().text) : []);
  const aggregate = (name: string): Query => {
    const before = grouping();
    take("(");
    const of = sum();
    take(")");
    return { kind: "aggregate", name, of, by: [...before, ...grouping()] };
  };
  const selector = (name?: string): Query => {
    const named: Matcher[] =
      name === undefined ? [] : [{ name: "__name__", operator: "=", value: name }];
    const more = peek().text === "{" ? list("{", "}", matcher) : [];
    const matchers = [...named, ...more];
    if (!skip("[")) return { kind: "select", matchers };
    const range = take().value ?? 0;
    take("]");
    return { kind: "select", matchers, range };
  };
  const matcher = (): Matcher => {
    const name = take().text;
    const operator = take().text as Matcher["operator"];
    return { name, operator, value: unquote(take().text) };
  };

  const query = sum();
  if (peek().kind !== "end") throw new SyntaxError(`did not expect ${peek().text}`);
  return query;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let end = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    end = TOKEN.lastIndex;
    const [, name, number, unit, quoted, sign] = match;
    if (name !== undefined) tokens.push({ text: name, kind: "name" });
    else if (number !== undefined) {
      const value = Number(number) * (unit === undefined ? 1 : SECONDS[unit]!);
      tokens.push({ text: number + (unit ?? ""), kind: unit ? "duration" : "number", value });
    } else if (quoted !== undefined) tokens.push({ text: quoted, kind: "string" });
    else tokens.push({ text: sign!, kind: "sign" });
  }
  const rest = text.slice(end).trim();
  if (rest !== "") throw new SyntaxError(`did not expect ${rest}`);
  return tokens;
}

function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(.)/g, "$1");
}
