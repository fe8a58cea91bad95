/** Git objects: the only file that imports the git library. @module */
import git from "isomorphic-git";
import { KeptnError } from "../../../spec/errors.ts";
import type { Cache } from "./cache.ts";
import { commitBody, encodeObject, isWhole, type ObjectType, treeBody } from "./encode.ts";
import type { GitFiles } from "./files.ts";
import { gitFs } from "./git_fs.ts";

export interface TreeEntry {
  /** `040000` folder, `100644` file, `100755` program, `120000` link, `160000` submodule. */
  readonly mode: string;
  readonly oid: string;
}
/** Entries of one folder by name. */
export type Tree = ReadonlyMap<string, TreeEntry>;

export interface Signature {
  readonly name: string;
  readonly email: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}
export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly message: string;
  readonly author: Signature;
}

export type GitObject = Tree | Uint8Array | { readonly tree: string };

/** The objects of one repository; all ids are full SHA-1s in hexadecimal. */
export interface Objects {
  /** Id of the tree of a commit; null when the repository has no such commit. */
  treeOf(commit: string): Promise<string | null>;
  tree(oid: string): Promise<Tree>;
  blob(oid: string): Promise<Uint8Array>;
  /** Collects new objects; they are readable at once and durable after `flush`. */
  begin(): ObjectWriter;
}
export interface ObjectWriter {
  blob(content: Uint8Array): Promise<string>;
  tree(entries: Tree): Promise<string>;
  commit(commit: NewCommit): Promise<string>;
  flush(): Promise<void>;
}

export interface ObjectsOptions {
  readonly files: GitFiles;
  readonly gitdir: string;
  /** Shared by all repositories; `scope` keeps their keys apart. */
  readonly cache: Cache<GitObject>;
  readonly scope: string;
}

const LARGEST_CACHED = 256 * 1024;
const ENTRY_SIZE = 120;

/** Opens the objects of the repository in `gitdir`. */
export function openObjects({ files, gitdir, cache, scope }: ObjectsOptions): Objects {
  const keyOf = (oid: string): string => `${scope}/${oid}`;

  function keep<T extends GitObject>(oid: string, object: T): T {
    const size = sizeOf(object);
    if (size <= LARGEST_CACHED) cache.set(keyOf(oid), object, size);
    return object;
  }

  /** Reads through the cache; a file that does not hold what its name says is removed. */
  async function load<T extends GitObject>(oid: string, read: () => Promise<T>): Promise<T | null> {
    const cached = cache.get(keyOf(oid));
    if (cached) return cached as T;
    try {
      return keep(oid, await read());
    } catch (error) {
      if (error instanceof git.Errors.NotFoundError) return null;
      if (error instanceof git.Errors.ObjectTypeError) return null;
      if (!(await isDamaged(files, gitdir, oid))) throw error;
      await files.remove(objectPath(gitdir, oid));
      throw missing(gitdir, oid, error);
    }
  }
  async function demand<T extends GitObject>(oid: string, read: () => Promise<T>): Promise<T> {
    const object = await load(oid, read);
    if (object === null) throw missing(gitdir, oid);
    return object;
  }

  const reading = { fs: gitFs(files, new Map()), gitdir };
  return {
    async treeOf(commit) {
      const read = async (): Promise<{ tree: string }> => ({
        tree: (await git.readCommit({ ...reading, oid: commit })).commit.tree,
      });
      return (await load(commit, read))?.tree ?? null;
    },
    tree: (oid) =>
      demand(oid, async () => treeFrom((await git.readTree({ ...reading, oid })).tree)),
    blob: (oid) => demand(oid, async () => (await git.readBlob({ ...reading, oid })).blob),

    begin() {
      const pending = new Map<string, Uint8Array>();
      const writing = { fs: gitFs(files, pending), gitdir, format: "deflated" } as const;
      async function add<T extends GitObject>(
        type: ObjectType,
        body: Uint8Array,
        object: T,
      ): Promise<string> {
        const { oid, deflated } = encodeObject(type, body);
        await git.writeObject({ ...writing, oid, type, object: deflated });
        keep(oid, object);
        return oid;
      }
      return {
        blob: (content) => add("blob", content, content.slice()),
        tree: (entries) => add("tree", treeBody(entries), entries),
        commit: (commit) => add("commit", commitBody(commit), { tree: commit.tree }),
        flush: () => files.write(pending),
      };
    },
  };
}

/** Where the file of a loose object stands. */
export function objectPath(gitdir: string, oid: string): string {
  return `${gitdir}/objects/${oid.slice(0, 2)}/${oid.slice(2)}`;
}

/** Tells whether there is a loose object's file that does not hold what its name says. */
export async function isDamaged(files: GitFiles, gitdir: string, oid: string): Promise<boolean> {
  const deflated = await files.read(objectPath(gitdir, oid));
  return deflated !== null && !isWhole(oid, deflated);
}

function treeFrom(entries: readonly { mode: string; path: string; oid: string }[]): Tree {
  return new Map(entries.map(({ mode, path, oid }) => [path, { mode, oid }]));
}

function sizeOf(object: GitObject): number {
  if (object instanceof Uint8Array) return object.byteLength + ENTRY_SIZE;
  return object instanceof Map ? (object.size + 1) * ENTRY_SIZE : ENTRY_SIZE;
}

function missing(gitdir: string, oid: string, cause?: unknown): KeptnError {
  return new KeptnError(
    "ERR_INVARIANT",
    `object ${oid} of ${gitdir} is ${cause ? "damaged and was removed" : "missing"}: write the file again`,
    { oid, gitdir },
    cause,
  );
}
