/** Requests that came before, and repetitions of one another inside a group (design D7). @module */
import type { Item, Repeat } from "./group.ts";

/** A group of inputs, told apart by whether they are new. */
export interface Told {
  readonly fresh: readonly Item[];
  /** Items that repeat a fresh one before them: they have no answer until that one is durable. */
  readonly echoes: readonly Echo[];
}

export interface Echo {
  readonly item: Item;
  readonly of: Repeat;
}

/** Answers the items whose keys `taken` has, and tells the others apart. */
export function tellApart(items: readonly Item[], taken: ReadonlyMap<string, Repeat>): Told {
  const fresh: Item[] = [];
  const echoes: Echo[] = [];
  const own = new Map<string, Repeat>();
  for (const item of items) {
    const keys = item.options?.dedupe ?? [];
    const before = first(keys, taken);
    const echoed = first(keys, own);
    if (before) answerRepeated(item, before);
    else if (echoed) echoes.push({ item, of: echoed });
    else {
      fresh.push(item);
      if (item.input.kind !== "event") continue;
      const { id: event, shkeptncontext: context } = item.input.event;
      for (const key of keys) own.set(key, { event, context });
    }
  }
  return { fresh, echoes };
}

export function answerRepeated(item: Item, { event, context }: Repeat): void {
  item.resolve({ kind: "repeated", eventId: event, keptnContext: context });
}

function first(keys: readonly string[], known: ReadonlyMap<string, Repeat>): Repeat | undefined {
  for (const key of keys) {
    const found = known.get(key);
    if (found) return found;
  }
  return undefined;
}
