/** What a crash leaves behind in the folder of a repository, and how it goes away. @module */
import { type GitFiles, TEMPORARY } from "./files.ts";
import { isDamaged } from "./objects.ts";

/** Records up to when the objects are known to be whole. */
const MARK = "periplus-checked";
const OBJECT_FOLDER = /^[0-9a-f]{2}$/;
const OBJECT_NAME = /^[0-9a-f]{38}$/;
/** A crash can only hurt what was written in its last moments. */
const AT_RISK_MS = 5_000;

/**
 * Removes incomplete files, and objects that do not hold what their name says.
 *
 * Looks at the newest objects only, and not twice. Returns the ids that were removed.
 */
export async function repairObjects(files: GitFiles, gitdir: string): Promise<string[]> {
  const folders = new Map<string, number>();
  for (const name of await files.list(`${gitdir}/objects`)) {
    const path = `${gitdir}/objects/${name}`;
    if (OBJECT_FOLDER.test(name)) folders.set(name, await files.changed(path));
  }
  const newest = Math.max(0, ...folders.values());
  const mark = await files.read(`${gitdir}/${MARK}`);
  if (mark && Number(new TextDecoder().decode(mark)) >= newest) return [];
  const removed: string[] = [];
  for (const [folder, changed] of folders) {
    if (changed < newest - AT_RISK_MS) continue;
    for (const name of await files.list(`${gitdir}/objects/${folder}`)) {
      const file = `${gitdir}/objects/${folder}/${name}`;
      if (name.startsWith(TEMPORARY)) await files.remove(file);
      if (!OBJECT_NAME.test(name) || (await files.changed(file)) < newest - AT_RISK_MS) continue;
      if (!(await isDamaged(files, gitdir, folder + name))) continue;
      await files.remove(file);
      removed.push(folder + name);
    }
  }
  const checked = new TextEncoder().encode(String(newest));
  await files.write(new Map([[`${gitdir}/${MARK}`, checked]]), false);
  return removed;
}
