/** Joins small writes that arrive together into one batch of the store. @module */
import type { PluginStore, Statement } from "./ports.ts";

interface Waiting {
  readonly statements: readonly Statement[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const MOST = 64;

/** Writes at once when nothing is under way; what comes meanwhile shares the next batch. */
export class GroupWriter {
  private readonly store: PluginStore;
  private waiting: Waiting[] = [];
  private busy = false;

  constructor(store: PluginStore) {
    this.store = store;
  }

  /** Resolves when the statements are durable; a guard among them refuses only this write. */
  write(statements: readonly Statement[]): Promise<void> {
    if (statements.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting.push({ statements, resolve, reject });
      if (!this.busy) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.busy = true;
    while (this.waiting.length > 0) await this.batch(this.waiting.splice(0, MOST));
    this.busy = false;
  }

  private async batch(group: Waiting[]): Promise<void> {
    let rest = group;
    while (rest.length > 0) {
      try {
        await this.store.write(rest.flatMap((one) => one.statements));
        for (const one of rest) one.resolve();
        return;
      } catch (error) {
        const refused = refusedBy(error, rest);
        for (const one of refused ? [refused] : rest) one.reject(error);
        if (!refused) return;
        rest = rest.filter((one) => one !== refused);
      }
    }
  }
}

/** Tells a guard's refusal by shape: the class belongs to the host. */
export function isGuardFailure(error: unknown): error is Error & { readonly index: number } {
  return error instanceof Error && error.name === "GuardFailed" && "index" in error;
}

function refusedBy(error: unknown, group: readonly Waiting[]): Waiting | undefined {
  if (!isGuardFailure(error)) return undefined;
  let before = 0;
  return group.find((one) => {
    before += one.statements.length;
    return error.index < before;
  });
}
