/** Runs a loaded plugin as the platform does: long waits end the activation, and it resumes by replay. @module */
import type { Activation, Ended, LoadedPlugin, Replayed } from "../sandbox/types.ts";

/** A wait longer than this gives the machine back. */
const PATIENCE = 1_000;

/** Runs activations until the handler has ended. */
export async function runDurably(plugin: LoadedPlugin, activation: Activation): Promise<Ended> {
  let journal: Replayed[] = [];
  for (;;) {
    let now = journal.at(-1)?.now ?? activation.now;
    const { ended } = await plugin.run({
      ...activation,
      replay: journal,
      async call(call, signal) {
        const settled = await activation.call(call, signal);
        if (settled === "suspend") return settled;
        const { index, name } = call;
        // A further turn of a loop: what the turn before it called is forgotten.
        const turn = name === "poll" && journal.some((entry) => entry.index === index);
        journal = journal.filter((entry) => (turn ? entry.index < index : entry.index !== index));
        journal.push({ ...call, ...settled });
        const waited = settled.now - now;
        now = settled.now;
        return waited > PATIENCE ? "suspend" : settled;
      },
    });
    if (ended.kind !== "suspended") return ended;
  }
}
