/** Near names, for messages that say what was probably meant. @module */

/** The candidates that differ from a word by a slip of the finger, nearest first. */
export function nearNames(word: string, candidates: Iterable<string>): string[] {
  const limit = Math.max(1, Math.floor(word.length / 3));
  return [...new Set(candidates)]
    .map((name) => ({ name, distance: distance(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .toSorted((a, b) => a.distance - b.distance)
    .map(({ name }) => name);
}

/** ` (did you mean x or y?)`, or nothing when no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const near = nearNames(word, candidates).slice(0, 3);
  return near.length > 0 ? ` (did you mean ${near.join(" or ")}?)` : "";
}

/** Levenshtein distance in which swapping two neighbours counts once. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const here = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        above[column - 1]! + (same ? 0 : 1),
        above[column]! + 1,
        here[column - 1]! + 1,
      );
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (row > 1 && column > 1 && swapped) best = Math.min(best, before[column - 2]! + 1);
      here.push(best);
    }
    [before, above] = [above, here];
  }
  return above[b.length]!;
}
