/** Reading and changing the folders of a commit. @module */
import { KeptnError } from "../../../spec/errors.ts";
import type { Objects, ObjectWriter, Tree, TreeEntry } from "./objects.ts";

const FOLDER = "040000";
const FILE = "100644";
const EMPTY: Tree = new Map();

type Folder = TreeEntry & { readonly mode: typeof FOLDER };

/** Changes of one folder: content, null for removal, or the changes of a folder below. */
export type FolderChange = Map<string, Uint8Array | null | FolderChange>;

/** Files that take the place of whatever stood under the folder's name. */
export class NewFolder extends Map<string, Uint8Array | null | FolderChange> {}

/** The entry at a path of names below a tree, or null. */
export async function findEntry(
  objects: Objects,
  root: string,
  path: readonly string[],
): Promise<TreeEntry | null> {
  let entry: TreeEntry = { mode: FOLDER, oid: root };
  for (const name of path) {
    if (!isFolder(entry)) return null;
    const next = (await objects.tree(entry.oid)).get(name);
    if (!next) return null;
    entry = next;
  }
  return entry;
}

export function isFolder(entry: TreeEntry | null): entry is Folder {
  return entry?.mode === FOLDER;
}

export function isFile(
  entry: TreeEntry | null,
): entry is TreeEntry & { readonly mode: `100${string}` } {
  return entry !== null && entry.mode.startsWith("100");
}

/** Paths of all files, depth first, names of each folder in lexical order. */
export async function walk(
  objects: Objects,
  root: string,
  hides: (name: string) => boolean,
): Promise<string[]> {
  const paths: string[] = [];
  const visit = async (oid: string, prefix: string): Promise<void> => {
    const tree = await objects.tree(oid);
    for (const name of [...tree.keys()].sort()) {
      const entry = tree.get(name)!;
      if (hides(name)) continue;
      if (isFolder(entry)) await visit(entry.oid, `${prefix}${name}/`);
      else if (isFile(entry)) paths.push(prefix + name);
    }
  };
  await visit(root, "");
  return paths;
}

/** Adds a change at a path of names; a later change of the same path replaces an earlier one. */
export function putChange(
  changes: FolderChange,
  path: readonly string[],
  content: Uint8Array | null | NewFolder,
): void {
  let here = changes;
  for (const name of path.slice(0, -1)) {
    let below = here.get(name);
    if (!(below instanceof Map)) here.set(name, (below = new Map()));
    here = below;
  }
  here.set(path.at(-1)!, content);
}

/**
 * Writes the tree that results from changes to an older one; null when nothing is left of it.
 *
 * @throws {KeptnError} ERR_RESOURCE_UNKNOWN for the removal of what is not there, ERR_RESOURCE_URI
 *   where a file and a folder would need the same name
 */
export async function changeTree(
  objects: Objects,
  writer: ObjectWriter,
  before: string | null,
  changes: FolderChange,
  prefix = "",
): Promise<string | null> {
  const tree = new Map(before === null ? EMPTY : await objects.tree(before));
  for (const [name, change] of changes) {
    const path = prefix + name;
    const entry = tree.get(name) ?? null;
    if (change === null) {
      if (!entry) throw new KeptnError("ERR_RESOURCE_UNKNOWN", "Resource not found", { path });
      tree.delete(name);
    } else if (change instanceof Map) {
      const fresh = change instanceof NewFolder;
      if (entry && !isFolder(entry) && !fresh) throw clash(path, "a file", "a folder");
      const older = fresh ? null : (entry?.oid ?? null);
      const below = await changeTree(objects, writer, older, change, `${path}/`);
      if (below === null) tree.delete(name);
      else tree.set(name, { mode: FOLDER, oid: below });
    } else {
      if (isFolder(entry)) throw clash(path, "a folder", "a file");
      tree.set(name, { mode: entry?.mode ?? FILE, oid: await writer.blob(change) });
    }
  }
  if (tree.size === 0 && prefix !== "") return null;
  return writer.tree(tree);
}

function clash(path: string, is: string, wanted: string): KeptnError {
  return new KeptnError(
    "ERR_RESOURCE_URI",
    `invalid resource uri: ${path} is ${is} and cannot become ${wanted}; choose another name`,
    { path },
  );
}
