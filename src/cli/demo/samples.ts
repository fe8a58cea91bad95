/** Scraped samples in memory, and the text format that they come in. @module */

export type Labels = { readonly [name: string]: string };
export interface Sample {
  /** Seconds since 1970. */
  readonly time: number;
  readonly value: number;
}
export interface Series {
  readonly labels: Labels;
  /** In the order of time. */
  readonly samples: Sample[];
}
export interface SampleStore {
  add(labels: Labels, sample: Sample): void;
  all(): Iterable<Series>;
  /** Forgets what is older. */
  prune(before: number): void;
}

export function createSampleStore(): SampleStore {
  const series = new Map<string, Series>();
  return {
    add(labels, sample) {
      const key = JSON.stringify(Object.entries(labels).sort());
      let found = series.get(key);
      if (!found) series.set(key, (found = { labels, samples: [] }));
      found.samples.push(sample);
    },
    all: () => series.values(),
    prune(before) {
      for (const { samples } of series.values()) {
        const kept = samples.findIndex(({ time }) => time >= before);
        samples.splice(0, kept < 0 ? samples.length : kept);
      }
    },
  };
}

const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)/;
const LABEL = /([A-Za-z_]\w*)="((?:[^"\\]|\\.)*)"/g;

/** Reads Prometheus' text format; comments and what is no sample are skipped. */
export function readMetrics(text: string): { labels: Labels; value: number }[] {
  return text.split("\n").flatMap((line) => {
    const match = line.startsWith("#") ? null : LINE.exec(line);
    if (!match) return [];
    const labels: { [name: string]: string } = { __name__: match[1]! };
    for (const [, name, value] of (match[2] ?? "").matchAll(LABEL)) {
      labels[name!] = value!.replace(/\\(.)/g, (_, char) => (char === "n" ? "\n" : char));
    }
    return [{ labels, value: readNumber(match[3]!) }];
  });
}

export function readNumber(text: string): number {
  if (/^\+?Inf$/i.test(text)) return Infinity;
  return /^-Inf$/i.test(text) ? -Infinity : Number(text);
}
