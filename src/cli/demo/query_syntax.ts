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
  return new Parser(tokensOf(text)).whole();
}

class Parser {
  readonly #tokens: readonly Token[];
  #here = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  whole(): Query {
    const query = this.#sum();
    if (this.#next.kind !== "end") throw new SyntaxError(`did not expect ${this.#next.text}`);
    return query;
  }

  get #next(): Token {
    return this.#tokens[this.#here] ?? { text: "the end", kind: "end" };
  }

  #take(wanted?: string): Token {
    const token = this.#next;
    if (wanted !== undefined && token.text !== wanted) {
      throw new SyntaxError(`expected ${wanted} but found ${token.text}`);
    }
    this.#here += 1;
    return token;
  }

  #skip(text: string): boolean {
    if (this.#next.text !== text) return false;
    this.#here += 1;
    return true;
  }

  #sum(): Query {
    return this.#chain(["+", "-"], () => this.#chain(["*", "/"], () => this.#signed()));
  }

  #chain(operators: readonly string[], operand: () => Query): Query {
    let left = operand();
    while (operators.includes(this.#next.text)) {
      left = { kind: "binary", operator: this.#take().text, left, right: operand() };
    }
    return left;
  }

  #signed(): Query {
    if (!this.#skip("-")) return this.#primary();
    const right = this.#signed();
    return { kind: "binary", operator: "*", left: { kind: "number", value: -1 }, right };
  }

  #primary(): Query {
    if (this.#skip("(")) {
      const inner = this.#sum();
      this.#take(")");
      return inner;
    }
    const { text, kind, value } = this.#next;
    if (text === "{") return this.#selector();
    if (kind !== "name" && kind !== "number") throw new SyntaxError(`did not expect ${text}`);
    this.#take();
    if (kind === "number") return { kind, value: value! };
    if (AGGREGATES.includes(text)) return this.#aggregate(text);
    return this.#next.text === "(" ? this.#call(text) : this.#selector(text);
  }

  #list<T>(open: string, close: string, item: () => T): T[] {
    const items: T[] = [];
    this.#take(open);
    while (!this.#skip(close)) {
      items.push(item());
      if (!this.#skip(",") && this.#next.text !== close) this.#take(close);
    }
    return items;
  }

  #call(name: string): Query {
    if (!FUNCTIONS.includes(name)) {
      throw new SyntaxError(`function ${name} is not known here: ${FUNCTIONS.join(", ")} are`);
    }
    return { kind: "call", name, args: this.#list("(", ")", () => this.#sum()) };
  }

  /** `by (…)` may stand before or behind what is aggregated. */
  #aggregate(name: string): Query {
    const before = this.#grouping();
    this.#take("(");
    const of = this.#sum();
    this.#take(")");
    return { kind: "aggregate", name, of, by: [...before, ...this.#grouping()] };
  }

  #grouping(): string[] {
    return this.#skip("by") ? this.#list("(", ")", () => this.#take().text) : [];
  }

  #selector(name?: string): Query {
    const named: Matcher[] =
      name === undefined ? [] : [{ name: "__name__", operator: "=", value: name }];
    const more = this.#next.text === "{" ? this.#list("{", "}", () => this.#matcher()) : [];
    const matchers = [...named, ...more];
    if (!this.#skip("[")) return { kind: "select", matchers };
    const range = this.#take().value ?? 0;
    this.#take("]");
    return { kind: "select", matchers, range };
  }

  #matcher(): Matcher {
    const name = this.#take().text;
    const operator = this.#take().text as Matcher["operator"];
    return { name, operator, value: unquote(this.#take().text) };
  }
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
