/** Queries for the indicators that Keptn's Prometheus service knew without a file. @module */
import type { QueryScope } from "./sli_query.ts";

const JOB = "job='$SERVICE-$PROJECT-$STAGE-$DEPLOYMENT'";
const PERCENTILE = /^response_time_p(50|90|95)$/;

/** The built-in query of an indicator, with placeholders; undefined for all other names (Keptn: lighthouse.md 10.1). */
export function builtInQuery(
  indicator: string,
  filters: QueryScope["filters"],
): string | undefined {
  const selector = selectorOf(filters);
  const percentile = PERCENTILE.exec(indicator)?.[1];
  if (percentile) {
    const buckets = `http_response_time_milliseconds_bucket{${selector}}[$DURATION_SECONDS]`;
    return `histogram_quantile(0.${percentile},sum(rate(${buckets}))by(le))`;
  }
  const requests = `sum(rate(http_requests_total{${selector}}[$DURATION_SECONDS]))`;
  if (indicator === "throughput") return requests;
  if (indicator !== "error_rate") return undefined;
  const errors = `sum(rate(http_requests_total{${selector},status!~'2..'}[$DURATION_SECONDS]))`;
  return `${errors}/${requests}`;
}

/** Custom filters select labels; one that begins with an operator brings its own. */
function selectorOf(filters: QueryScope["filters"]): string {
  const parts = filters.map(({ key, value }) =>
    /^(=|!=|!~)/.test(value)
      ? `${key}${value.replaceAll('"', "'")}`
      : `${key}='${value.replace(/['"]/g, "")}'`,
  );
  return filters.some(({ key }) => key === "job") ? parts.join(",") : [JOB, ...parts].join(",");
}
