/** How times, spans, numbers and images read on the page. @module */

/** `850 ms`, `4.2 s`, `3 m 05 s`, `2 h 07 m`. */
export function span(milliseconds: number): string {
  const ms = Math.max(0, milliseconds);
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} m ${two((ms % 60_000) / 1_000)} s`;
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} m`;
}

/** `just now`, `12 min ago`, `3 h ago`, else the date. */
export function ago(time: number, now: number): string {
  const seconds = (now - time) / 1_000;
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  return new Date(time).toLocaleDateString();
}

export function clock(time: number): string {
  return new Date(time).toLocaleTimeString(undefined, { hour12: false });
}

export function fullTime(time: number): string {
  return new Date(time).toLocaleString();
}

/** A measured value in at most four significant digits, as people write it. */
export function measured(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0 || Math.abs(value) >= 1_000) return String(Math.round(value * 100) / 100);
  return String(Number(value.toPrecision(4)));
}

export function score(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** `carts:1.0.0` of `ghcr.io/acme/carts:1.0.0`. */
export function shortImage(image: string): string {
  return image.slice(image.lastIndexOf("/") + 1);
}

/** Executor's name of an event source: its last path segment, without a fragment. */
export function sourceName(source: string): string {
  const path = source.split("#")[0]!.replace(/\/+$/, "");
  return path.slice(path.lastIndexOf("/") + 1) || source;
}

export function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function two(value: number): string {
  return String(Math.floor(value)).padStart(2, "0");
}
