/** Read-only `git clone` of the project repositories, by git's dumb protocol (design D17). @module */
import { decodeBase64 } from "../../../spec/base64.ts";
import { type Api, clientOf } from "../api.ts";
import { problemBody } from "../problem.ts";

const PATH = "/git/:repository{[^/]+\\.git}/:path{.+}";
const TEXT = "text/plain; charset=utf-8";

/** Any user name will do; the password is a token of the API. */
export function gitRoutes(api: Api): void {
  const about = {
    summary: "Files of a repository: git clone http://any:TOKEN@HOST/git/PROJECT.git",
    access: "open",
    answerType: "application/octet-stream",
  } as const;
  api.route("get", PATH, about, async (context) => {
    const token = passwordOf(context.req.header("authorization"));
    if (!token || !(await api.auth.ownerOf(token, clientOf(context)))) return challenge();
    const project = (context.req.param("repository") ?? "").slice(0, -".git".length);
    const path = context.req.param("path") ?? "";
    const content = await api.deps.resources.gitFile(project, path);
    if (!content) return refusal(404, `no ${path} in the repository of project ${project}`);
    const isText = path === "HEAD" || path.startsWith("info/") || path.startsWith("objects/info/");
    const headers = {
      "content-type": isText ? TEXT : "application/octet-stream",
      // Objects never change; everything else moves with the heads.
      "cache-control": isText ? "no-cache" : "private, max-age=31536000, immutable",
    };
    return new Response(content.slice(), { headers });
  });
}

function challenge(): Response {
  const message = "git needs a user name (any) and, as the password, a token of the API";
  return refusal(401, message, { "www-authenticate": 'Basic realm="Periplus", charset="UTF-8"' });
}

function refusal(status: number, message: string, headers: Record<string, string> = {}): Response {
  const type = { "content-type": "application/json" };
  return new Response(problemBody(status, message), { status, headers: { ...type, ...headers } });
}

function passwordOf(header: string | undefined): string | undefined {
  const [, encoded] = /^basic\s+([A-Za-z0-9+/=]+)$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const bytes = decodeBase64(encoded);
  if (!bytes) return undefined;
  const text = new TextDecoder().decode(bytes);
  return text.slice(text.indexOf(":") + 1);
}
