/** Where the objects of the git repositories are kept. @module */

/**
 * A flat keeper of files under slash-separated paths.
 *
 * A file appears under its name with its whole content or not at all: adapters write to a temporary
 * name and rename.
 */
export interface GitFiles {
  /** The content, or null when there is no such file. */
  read(path: string): Promise<Uint8Array | null>;
  /** Writes all files; resolves when they are visible, and durable unless the caller can do without. */
  write(files: ReadonlyMap<string, Uint8Array>, durable?: boolean): Promise<void>;
  /** Removes a file, or a folder with all it holds; what is not there is no error. */
  remove(path: string): Promise<void>;
  /** Names in a folder (`""` is the top), sorted; empty when there is no such folder. */
  list(path: string): Promise<readonly string[]>;
  /** Milliseconds since 1970 at which a file or a folder's list last changed; 0 when it is absent. */
  changed(path: string): Promise<number>;
}

/** How names of files begin that are not complete yet; git itself ignores and prunes them. */
export const TEMPORARY = "tmp_obj_";
