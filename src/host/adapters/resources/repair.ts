/** What a crash leaves behind in the folder of a repository, and how it goes away. @module */
import { type GitFiles, TEMPORARY } from "./files.ts";
import { isDamaged } from "./objects.ts";

/** Records up to when the objects are known to be whole. */
const MARK = "periplus-checked";
const OBJECT_FOLDER = /^[0-9a-f]{2}$/;
const OBJECT_NAME = /^[0-9a-f]{38}$/;
/** File systems round their times; so much is looked at twice. */
const OVERLAP_MS = 2_000;

/**
 * Removes incomplete files, and objects that do not hold what their name says.
 *
 * Looks only at what changed since it last ran. Returns the ids that were removed.
 */
export async function repairObjects(
  files: GitFiles,
  gitdir: string,
  now: number,
): Promise<string[]> {
  const mark = await files.read(`${gitdir}/${MARK}`);
  const since = mark ? Number(new TextDecoder().decode(mark)) - OVERLAP_MS : 0;
  const removed: string[] = [];
  for (const folder of await files.list(`${gitdir}/objects`)) {
    const path = `${gitdir}/objects/${folder}`;
    if (!OBJECT_FOLDER.test(folder) || (await files.changed(path)) < since) continue;
    for (const name of await files.list(path)) {
      const file = `${path}/${name}`;
      if (name.startsWith(TEMPORARY)) await files.remove(file);
      if (!OBJECT_NAME.test(name) || (await files.changed(file)) < since) continue;
      if (!(await isDamaged(files, gitdir, folder + name))) continue;
      await files.remove(file);
      removed.push(folder + name);
    }
  }
  await files.write(new Map([[`${gitdir}/${MARK}`, new TextEncoder().encode(String(now))]]), false);
  return removed;
}
