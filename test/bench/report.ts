/** What a bench measures, and how it is printed beside its raw limit. @module */

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** The same work without Periplus, measured in the same run. */
  readonly raw?: { readonly value: number; readonly what: string };
  /** What the project aims at: at least or at most this. */
  readonly aim?: { readonly is: "atLeast" | "atMost"; readonly value: number };
  readonly note?: string;
}

/** One line per figure. */
export function asText(figures: readonly Figure[]): string {
  const width = Math.max(...figures.map(({ name }) => name.length));
  return figures
    .map((figure) => {
      const { name, value, unit, raw, aim, note } = figure;
      const parts = [`${name.padEnd(width)}  ${round(value)} ${unit}`];
      if (raw)
        parts.push(`raw ${round(raw.value)} ${unit} (${raw.what}), ${share(value, raw.value)}`);
      if (aim)
        parts.push(
          `aim ${aim.is === "atLeast" ? "≥" : "≤"} ${aim.value}: ${met(figure) ? "met" : "MISSED"}`,
        );
      if (note) parts.push(note);
      return parts.join("  |  ");
    })
    .join("\n");
}

export function met({ value, aim }: Figure): boolean {
  if (!aim) return true;
  return aim.is === "atLeast" ? value >= aim.value : value <= aim.value;
}

/** The q-quantile of values, by the nearest rank. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] ?? NaN;
}

function round(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function share(value: number, raw: number): string {
  return `${((100 * value) / raw).toFixed(0)} %`;
}
