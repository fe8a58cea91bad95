/** Restores a backup into the data directory of the settings. @module */
import { readFileSync } from "node:fs";
import { restoreBackup } from "../adapters/backup/restore.ts";
import { diskError, openDataDir } from "../adapters/data_dir/data_dir.ts";
import { holdLock } from "../adapters/store/libsql.ts";
import { readSettings } from "../settings.ts";

export interface RestoreNodeOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly file: string;
  readonly force: boolean;
}

/** Resolves with the directory; @throws {KeptnError} ERR_IN_USE while a host works in it */
export async function restoreNodeHost({ env, file, force }: RestoreNodeOptions): Promise<string> {
  const readFile = (path: string): string => readFileSync(path, "utf8");
  const { settings } = readSettings({ env, readFile });
  const dir = await openDataDir(settings.dataDir, holdLock);
  try {
    await restoreBackup({ file, folder: dir.path, force });
    return dir.path;
  } catch (error) {
    throw diskError(dir.path, error);
  } finally {
    await dir.close();
  }
}
