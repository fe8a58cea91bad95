/** Further tokens beside that of the host: for planes and people (design D21). @module */
import { z } from "zod";
import { parseDuration } from "../../../spec/duration.ts";
import { KeptnError } from "../../../spec/errors.ts";
import {
  deleteToken,
  insertToken,
  listTokens,
  readToken,
  type TokenRow,
} from "../../tables/token_table.ts";
import type { Api } from "../api.ts";
import { parsedBody } from "../body.ts";
import { hexDigest, toHex } from "../digest.ts";
import { json } from "../reply.ts";

const wanted = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, "expected lower-case letters, digits and '-'"),
  scopes: z
    .array(z.enum(["admin", "plane"]))
    .min(1)
    .default(["plane"]),
  lifetime: z
    .string()
    .refine((text) => (parseDuration(text) ?? 0) > 0, "expected a duration such as 720h")
    .optional()
    .meta({ description: "without it the token has no end" }),
});
const token = z
  .object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.string()),
    expires: z.string().nullable(),
  })
  .meta({ id: "Token" });
const path = "/api/periplus/v1/tokens";

export function tokenRoutes(api: Api): void {
  const { store, ids, clock, settings } = api.deps;
  const create = {
    summary: "Makes a token; it is shown this once",
    body: wanted,
    status: 201,
    answer: token.extend({ token: z.string() }),
  } as const;
  api.route("post", path, create, async (context) => {
    const { name, scopes, lifetime } = await parsedBody(context, settings.maxBodyBytes, wanted);
    const now = clock.now();
    const expires = lifetime === undefined ? null : now + parseDuration(lifetime)!;
    const row = { id: ids.uuid(), name, scopes, expires };
    const text = toHex(ids.bytes(32));
    await store.write([insertToken(row, await hexDigest("SHA-256", text), now)]);
    return json(context, { ...tokenJson(row), token: text }, 201);
  });
  const list = {
    summary: "Tokens, without their values",
    answer: z.object({ tokens: z.array(token) }),
  };
  api.route("get", path, list, async (context) => {
    const [rows = []] = await store.read([listTokens()]);
    return json(context, { tokens: rows.map((row) => tokenJson(readToken(row))) });
  });
  api.route("delete", `${path}/:id`, { summary: "Takes a token back" }, async (context) => {
    const id = context.req.param("id") ?? "";
    const [written] = await store.write([deleteToken(id)]);
    api.auth.forget();
    if (written?.rowsAffected) return json(context, {});
    throw new KeptnError("ERR_NOT_FOUND", `there is no token ${id}`, {
      hint: `GET ${path} lists them`,
    });
  });
}

function tokenJson({ id, name, scopes, expires }: TokenRow): z.infer<typeof token> {
  const end = expires === null ? null : new Date(expires).toISOString();
  return { id, name, scopes: [...scopes], expires: end };
}
