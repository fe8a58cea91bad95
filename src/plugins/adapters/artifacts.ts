/** What a build of the product writes beside its code for the sandbox. @module */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildGuest } from "./bundler.ts";
import { buildMeteredQuickJs, METERED_FILE } from "./metered.ts";

/**
 * Writes the metered QuickJS and the guest's side of the SDK into the folder of the bundles.
 *
 * `root` is the folder of `package.json`. The thread's script, `worker_entry.js`, is an ordinary
 * entry of the build.
 */
export async function writeSandboxArtifacts(root: string, outdir: string): Promise<void> {
  await Promise.all([
    buildMeteredQuickJs(join(root, "package.json")).then((wasm) =>
      writeFile(join(outdir, METERED_FILE), wasm),
    ),
    buildGuest(join(outdir, "guest"), root),
  ]);
}
