/** The projection of the heads into the folder of a repository, for git's own tools. @module */
import type { GitFiles } from "./files.ts";
import type { Heads } from "./heads.ts";

const CONFIG = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";
const HEADS = "refs/heads";

/** Writes the refs that differ from before; all that git needs when there was nothing before. */
export async function projectRefs(
  files: GitFiles,
  gitdir: string,
  before: Heads,
  after: Heads,
): Promise<void> {
  const texts = new Map<string, string>();
  if (before.defaultBranch === undefined && after.defaultBranch !== undefined) {
    texts.set("HEAD", `ref: ${HEADS}/${after.defaultBranch}\n`).set("config", CONFIG);
  }
  for (const [name, commit] of after.commits) {
    if (before.commits.get(name) !== commit) texts.set(`${HEADS}/${name}`, `${commit}\n`);
  }
  await write(files, gitdir, texts);
  for (const name of before.commits.keys()) {
    if (!after.commits.has(name)) await files.remove(`${gitdir}/${HEADS}/${name}`);
  }
}

/** Makes the refs of a folder those of the store again, whatever stands there. */
export async function repairRefs(files: GitFiles, gitdir: string, heads: Heads): Promise<void> {
  const texts = new Map([["HEAD", `ref: ${HEADS}/${heads.defaultBranch}\n`]]);
  if (!(await files.read(`${gitdir}/config`))) texts.set("config", CONFIG);
  for (const [name, commit] of heads.commits) texts.set(`${HEADS}/${name}`, `${commit}\n`);
  for (const [name, text] of texts) {
    const present = await files.read(`${gitdir}/${name}`);
    if (present && new TextDecoder().decode(present) === text) texts.delete(name);
  }
  await write(files, gitdir, texts);
  await files.remove(`${gitdir}/packed-refs`);
  await removeUnknown(files, gitdir, HEADS, heads);
}

async function removeUnknown(
  files: GitFiles,
  gitdir: string,
  folder: string,
  heads: Heads,
): Promise<void> {
  for (const entry of await files.list(`${gitdir}/${folder}`)) {
    const path = `${folder}/${entry}`;
    const name = path.slice(HEADS.length + 1);
    if (heads.commits.has(name)) continue;
    const below = [...heads.commits.keys()].some((branch) => branch.startsWith(`${name}/`));
    if (below) await removeUnknown(files, gitdir, path, heads);
    else await files.remove(`${gitdir}/${path}`);
  }
}

function write(files: GitFiles, gitdir: string, texts: ReadonlyMap<string, string>): Promise<void> {
  if (texts.size === 0) return Promise.resolve();
  const contents = new Map<string, Uint8Array>();
  for (const [name, text] of texts)
    contents.set(`${gitdir}/${name}`, new TextEncoder().encode(text));
  return files.write(contents, false);
}
