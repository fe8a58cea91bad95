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

/** Finds what the product's build wrote beside this module, or the sources of a clone. */
export async function guestSources(): Promise<GuestSources> {
  const here = await realpath(dirname(fileURLToPath(import.meta.url)));
  const built = join(here, "guest");
  if (await exists(join(built, "boot.js"))) {
    return { sdk: join(built, "sdk.js"), guest: join(built, "boot.js"), roots: [built] };
  }
  // As TypeScript beside this module, or seen from a tool that was bundled into `dist/tools`.
  const seenFrom = [join(here, ".."), join(here, "../../src/plugins")];
  for (const plugins of seenFrom) {
    const guest = join(plugins, "sandbox/guest/boot.ts");
    if (!(await exists(guest))) continue;
    const roots = ["sdk", "sandbox", "../spec", "placeholder.ts"].map((path) =>
      join(plugins, path),
    );
    return { sdk: join(plugins, "sdk/mod.ts"), guest, roots };
  }
  throw new Error(`the guest's side of the SDK is neither in ${built} nor in a clone around it`);
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
