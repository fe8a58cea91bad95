/** Counters of one stage's requests, in Prometheus' text format. @module */

const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 2.5, 5];
const STATUSES = [200, 500];

export interface Metrics {
  count(status: number, seconds: number): void;
  /** The text of `/metrics`. */
  text(): string;
}

export function createMetrics(): Metrics {
  // Series exist from the start, so that a rate over the first requests is measured too.
  const requests = new Map(STATUSES.map((status) => [status, 0]));
  const buckets = BOUNDS.map(() => 0);
  let [total, sum] = [0, 0];
  return {
    count(status, seconds) {
      requests.set(status, (requests.get(status) ?? 0) + 1);
      BOUNDS.forEach((bound, index) => {
        if (seconds <= bound) buckets[index]! += 1;
      });
      total += 1;
      sum += seconds;
    },
    text() {
      const duration = "http_server_request_duration_seconds";
      return [
        "# HELP http_requests_total Requests by status.",
        "# TYPE http_requests_total counter",
        ...[...requests].map(
          ([status, count]) => `http_requests_total{route="/carts",status="${status}"} ${count}`,
        ),
        `# HELP ${duration} Time until the answer.`,
        `# TYPE ${duration} histogram`,
        ...BOUNDS.map(
          (bound, index) => `${duration}_bucket{route="/carts",le="${bound}"} ${buckets[index]}`,
        ),
        `${duration}_bucket{route="/carts",le="+Inf"} ${total}`,
        `${duration}_sum{route="/carts"} ${sum}`,
        `${duration}_count{route="/carts"} ${total}`,
        "",
      ].join("\n");
    },
  };
}
