/** The stand-in for Prometheus: text format and instant queries. @module */
import { describe, expect, test } from "vitest";
import { answerQuery } from "../../src/cli/demo/query.ts";
import { parseQuery } from "../../src/cli/demo/query_syntax.ts";
import { createSampleStore, readMetrics } from "../../src/cli/demo/samples.ts";
import { createMetrics } from "../../src/cli/demo/metrics.ts";

/** Ten requests a second for ten seconds, one in ten fails; half take 0.1 s, all take under 0.5 s. */
function carts() {
  const store = createSampleStore();
  const series = (name: string, labels: object, perSecond: number): void => {
    for (let time = 0; time <= 10; time++) {
      store.add({ __name__: name, job: "carts", ...labels }, { time, value: perSecond * time });
    }
  };
  series("requests_total", { status: "200" }, 9);
  series("requests_total", { status: "500" }, 1);
  series("seconds_bucket", { le: "0.1" }, 5);
  series("seconds_bucket", { le: "0.5" }, 10);
  series("seconds_bucket", { le: "+Inf" }, 10);
  store.add({ __name__: "up", job: "carts" }, { time: 10, value: 1 });
  return store;
}

test.each([
  ["1 + 2 * 3", 7],
  ["-2 * (1 + 1)", -4],
  ["up", 1],
  ["sum(rate(requests_total{job='carts'}[10s]))", 10],
  ['rate(requests_total{status="500"}[5s])', 1],
  ["sum(increase(requests_total[5s]))", 50],
  ["sum(rate(requests_total{status!~'2..'}[10s])) / sum(rate(requests_total[10s]))", 0.1],
  ['sum(rate(requests_total{status=~"5.."}[10s])) / sum(rate(requests_total[10s])) * 100', 10],
  ["histogram_quantile(0.5, sum(rate(seconds_bucket[10s])) by (le)) * 1000", 100],
  ["histogram_quantile(0.95, sum by(le) (rate(seconds_bucket[10s])))", 0.46],
  ["count(requests_total)", 2],
  ["max(requests_total)", 90],
])("%s is %s", (text, wanted) => {
  const points = answerQuery(parseQuery(text), carts(), 10);
  expect(points.map(({ value }) => Number(value.toFixed(9)))).toEqual([wanted]);
});

test("a counter that was reset goes on growing", () => {
  const store = createSampleStore();
  for (const [time, value] of [5, 8, 1, 3].entries()) store.add({ __name__: "n" }, { time, value });
  const [point] = answerQuery(parseQuery("increase(n[3s])"), store, 3);
  // 8 → 1 → 3 in two seconds, over the three that were asked for.
  expect(point?.value).toBe(4.5);
});

describe("what is not understood is named", () => {
  test.each([
    ["rate(x)", "rate wants a range"],
    ["topk(3, x)", "function topk is not known here: rate, increase, histogram_quantile are"],
    ["sum(x", "expected ) but found the end"],
    ["x y", "did not expect y"],
    ["x ? 1", "did not expect ? 1"],
  ])("%s", (text, wanted) => {
    expect(() => answerQuery(parseQuery(text), carts(), 10)).toThrow(wanted);
  });
});

test("old samples go", () => {
  const store = carts();
  store.prune(8);
  expect([...store.all()][0]?.samples.map(({ time }) => time)).toEqual([8, 9, 10]);
});

test("the shop's own text is read back", () => {
  const metrics = createMetrics();
  metrics.count(200, 0.02);
  metrics.count(500, 7);
  const read = readMetrics(metrics.text());
  const value = (name: string, label: string, text: string): number | undefined =>
    read.find(({ labels }) => labels["__name__"] === name && labels[label] === text)?.value;
  expect(value("http_requests_total", "status", "500")).toBe(1);
  expect(value("http_server_request_duration_seconds_bucket", "le", "0.025")).toBe(1);
  expect(value("http_server_request_duration_seconds_bucket", "le", "+Inf")).toBe(2);
  expect(value("http_server_request_duration_seconds_sum", "route", "/carts")).toBe(7.02);
});

test("escaped label values and infinities", () => {
  expect(readMetrics('# HELP a b\na{x="1\\"2\\n"} +Inf\nnonsense\n')).toEqual([
    { labels: { __name__: "a", x: '1"2\n' }, value: Infinity },
  ]);
});
