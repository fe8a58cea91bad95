/** Where the guest's side of the platform stands: TypeScript in a clone, plain modules in a package. @module */
import { access, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface GuestSources {
  /** The module behind `periplus/plugin`. */
  readonly sdk: string;
  /** The module that starts a guest. */
  readonly guest: string;
  /** Folders whose files may be bundled besides the plugin's own. */
  readonly roots: string[];
}

/** Finds the sources beside this module, or the folder `guest` that the product's build wrote. */
export async function guestSources(): Promise<GuestSources> {
  const here = await realpath(dirname(fileURLToPath(import.meta.url)));
  const inClone = join(here, "../sandbox/guest/boot.ts");
  if (await exists(inClone)) {
    const roots = ["../sdk", "../sandbox", "../../spec"].map((folder) => join(here, folder));
    roots.push(join(here, "../placeholder.ts"));
    return { sdk: join(here, "../sdk/mod.ts"), guest: inClone, roots };
  }
  const built = join(here, "guest");
  return { sdk: join(built, "sdk.js"), guest: join(built, "boot.js"), roots: [built] };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
