/** Answers instant queries over scraped samples. @module */
import type { Matcher, Query } from "./query_syntax.ts";
import { type Labels, readNumber, type Sample, type SampleStore } from "./samples.ts";

export interface Point {
  readonly labels: Labels;
  readonly value: number;
}

/** A sample older than this is no latest value any more, as in Prometheus. */
const STALE_SECONDS = 300;

/** The vector that a query has at an instant (seconds since 1970). */
export function answerQuery(query: Query, store: SampleStore, at: number): readonly Point[] {
  switch (query.kind) {
    case "number":
      return [{ labels: {}, value: query.value }];
    case "select":
      return latest(query.matchers, store, at);
    case "call":
      return call(query, store, at);
    case "aggregate":
      return aggregate(query, answerQuery(query.of, store, at));
    case "binary":
      return binary(
        query.operator,
        answerQuery(query.left, store, at),
        answerQuery(query.right, store, at),
        query.left.kind === "number" || query.right.kind === "number",
      );
  }
}

function latest(matchers: readonly Matcher[], store: SampleStore, at: number): Point[] {
  return select(matchers, store, at - STALE_SECONDS, at).map(({ labels, samples }) => ({
    labels,
    value: samples.at(-1)!.value,
  }));
}

function select(
  matchers: readonly Matcher[],
  store: SampleStore,
  from: number,
  to: number,
): { labels: Labels; samples: readonly Sample[] }[] {
  return [...store.all()]
    .filter(({ labels }) => matchers.every((matcher) => matches(matcher, labels)))
    .map(({ labels, samples }) => ({
      labels,
      samples: samples.filter(({ time }) => time > from && time <= to),
    }))
    .filter(({ samples }) => samples.length > 0);
}

function matches({ name, operator, value }: Matcher, labels: Labels): boolean {
  const found = labels[name] ?? "";
  if (operator === "=") return found === value;
  if (operator === "!=") return found !== value;
  const fits = new RegExp(`^(?:${value})$`).test(found);
  return operator === "=~" ? fits : !fits;
}

function call(
  { name, args }: Extract<Query, { kind: "call" }>,
  store: SampleStore,
  at: number,
): readonly Point[] {
  if (name === "histogram_quantile") {
    const [quantile, buckets] = args.map((arg) => answerQuery(arg, store, at));
    return histogramQuantile(quantile?.[0]?.value ?? NaN, buckets ?? []);
  }
  const range = args[0];
  if (range?.kind !== "select" || range.range === undefined) {
    throw new SyntaxError(`${name} wants a range such as requests_total[30s]`);
  }
  const seconds = range.range;
  return select(range.matchers, store, at - seconds, at)
    .filter(({ samples }) => samples.length > 1)
    .map(({ labels, samples }) => {
      const perSecond = increase(samples) / (samples.at(-1)!.time - samples[0]!.time);
      return { labels: without(labels), value: name === "rate" ? perSecond : perSecond * seconds };
    });
}

/** Growth of a counter; a fall means that it was reset to zero. */
function increase(samples: readonly Sample[]): number {
  let grown = 0;
  for (const [index, { value }] of samples.entries()) {
    const before = samples[index - 1]?.value ?? value;
    grown += value >= before ? value - before : value;
  }
  return grown;
}

function aggregate(
  { name, by }: Extract<Query, { kind: "aggregate" }>,
  points: readonly Point[],
): readonly Point[] {
  const groups = new Map<string, { labels: Labels; values: number[] }>();
  for (const { labels, value } of points) {
    const kept = Object.fromEntries(by.map((label) => [label, labels[label] ?? ""]));
    const key = JSON.stringify(kept);
    const group = groups.get(key) ?? { labels: kept, values: [] };
    group.values.push(value);
    groups.set(key, group);
  }
  return [...groups.values()].map(({ labels, values }) => ({ labels, value: fold(name, values) }));
}

function fold(name: string, values: readonly number[]): number {
  if (name === "min") return Math.min(...values);
  if (name === "max") return Math.max(...values);
  if (name === "count") return values.length;
  const sum = values.reduce((total, value) => total + value, 0);
  return name === "avg" ? sum / values.length : sum;
}

/** Linear inside the bucket that holds the quantile, as Prometheus does it. */
function histogramQuantile(quantile: number, points: readonly Point[]): Point[] {
  const groups = new Map<string, { labels: Labels; buckets: { bound: number; count: number }[] }>();
  for (const { labels, value } of points) {
    const { le, ...rest } = labels;
    if (le === undefined) continue;
    const key = JSON.stringify(rest);
    const group = groups.get(key) ?? { labels: rest, buckets: [] };
    group.buckets.push({ bound: readNumber(le), count: value });
    groups.set(key, group);
  }
  return [...groups.values()].map(({ labels, buckets }) => ({
    labels,
    value: quantileOf(
      quantile,
      buckets.sort((a, b) => a.bound - b.bound),
    ),
  }));
}

function quantileOf(
  quantile: number,
  buckets: readonly { readonly bound: number; readonly count: number }[],
): number {
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return NaN;
  const rank = quantile * total;
  const index = buckets.findIndex(({ count }) => count >= rank);
  const { bound, count } = buckets[index]!;
  const below = buckets[index - 1];
  if (bound === Infinity) return below?.bound ?? NaN;
  const [from, before] = [below?.bound ?? 0, below?.count ?? 0];
  return count === before ? bound : from + ((bound - from) * (rank - before)) / (count - before);
}

function binary(
  operator: string,
  left: readonly Point[],
  right: readonly Point[],
  scalar: boolean,
): readonly Point[] {
  if (scalar) {
    const [many, one] = left.length === 1 && right.length > 1 ? [right, left] : [left, right];
    return many.flatMap((point) =>
      one.map((other) =>
        many === left
          ? { labels: without(point.labels), value: compute(operator, point.value, other.value) }
          : { labels: without(point.labels), value: compute(operator, other.value, point.value) },
      ),
    );
  }
  const byLabels = new Map(right.map((point) => [keyOf(point.labels), point.value]));
  return left.flatMap(({ labels, value }) => {
    const other = byLabels.get(keyOf(labels));
    return other === undefined
      ? []
      : [{ labels: without(labels), value: compute(operator, value, other) }];
  });
}

function compute(operator: string, left: number, right: number): number {
  if (operator === "+") return left + right;
  if (operator === "-") return left - right;
  return operator === "*" ? left * right : left / right;
}

function without({ __name__: _, ...labels }: Labels): Labels {
  return labels;
}

function keyOf(labels: Labels): string {
  return JSON.stringify(Object.entries(without(labels)).sort());
}
