/** One tar of everything that a restore needs (design D22). @module */
import { KeptnError } from "../../../spec/errors.ts";
import type { Api } from "../api.ts";

export function backupRoutes(api: Api): void {
  const { backup, clock } = api.deps;
  const about = {
    summary: "A backup as one tar: database, repositories, bundles, grants, key",
    answerType: "application/x-tar",
  } as const;
  api.route("get", "/api/periplus/v1/backup", about, async () => {
    if (!backup) {
      throw new KeptnError("ERR_NOT_FOUND", "this host keeps its data elsewhere: back it up there");
    }
    const day = new Date(clock.now()).toISOString().slice(0, 19).replaceAll(":", "-");
    return new Response(await backup(), {
      headers: {
        "content-type": "application/x-tar",
        "content-disposition": `attachment; filename="periplus-${day}.tar"`,
        "cache-control": "no-store",
      },
    });
  });
}
