/** Tells when something changes under a folder. @module */
import { existsSync, type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";

/** Saves come in bursts; this long after the last one the folder is looked at. */
const QUIET_MS = 60;

/**
 * Calls back shortly after anything under the folder has changed, also when it appears only later;
 * returns what ends it. Does not keep the process alive.
 */
export function watchFolder(
  folder: string,
  changed: () => void,
  failed: (error: unknown) => void,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watcher: FSWatcher | undefined;
  let ended = false;
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(changed, QUIET_MS);
    timer.unref();
  };
  const open = (): void => {
    if (ended) return;
    try {
      watcher = existsSync(folder) ? watchInside() : watchFor();
      watcher.on("error", failed);
      watcher.unref();
    } catch (error) {
      failed(error);
    }
  };
  const watchInside = (): FSWatcher => watch(folder, { recursive: true }, later);
  const watchFor = (): FSWatcher =>
    watch(dirname(folder), (_event, name) => {
      if (name !== basename(folder) || !existsSync(folder)) return;
      watcher?.close();
      open();
      later();
    });
  open();
  return () => {
    ended = true;
    clearTimeout(timer);
    watcher?.close();
  };
}
