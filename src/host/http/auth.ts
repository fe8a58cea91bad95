/** Who is asking: tokens, page sessions and one-time login codes. @module */
import { KeptnError } from "../../spec/errors.ts";
import { deleteExpiredTokens, findToken, insertToken, readToken } from "../tables/token_table.ts";
import type { HttpDeps } from "./deps.ts";
import { hexDigest, sameText, toHex } from "./digest.ts";
import { createLimiter } from "./limiter.ts";

export type Scope = "admin" | "plane";

/** The owner of a token, as every log entry names it (design D21). */
export interface Principal {
  readonly name: string;
  readonly scopes: readonly string[];
}

export interface Auth {
  /** @throws {KeptnError} ERR_TOKEN_INVALID, ERR_RATE_LIMITED */
  authenticate(request: Request, client: string, texts: RefusalTexts): Promise<Principal>;
  /**
   * The owner of a token, or null; for routes with their own challenge, such as git.
   *
   * @throws {KeptnError} ERR_RATE_LIMITED
   */
  ownerOf(token: string, client: string): Promise<Principal | null>;
  /** Asks the table anew for every token; after one was taken back. */
  forget(): void;
  /** A fresh one-time code for `/login`. */
  loginCode(): string;
  /** Turns a code into a session token; null when it is unknown, used or too old. */
  redeem(code: string): Promise<string | null>;
}

/** Keptn's two wordings of a 401 (Keptn: http-api.md 1.4). */
export interface RefusalTexts {
  readonly missing: string;
  readonly wrong: string;
}

export const API_TEXTS: RefusalTexts = {
  missing: "unauthenticated for invalid credentials",
  wrong: "incorrect api key auth",
};
export const GATEWAY_TEXTS: RefusalTexts = {
  missing: "unauthenticated or invalid credentials",
  wrong: "unauthenticated or invalid credentials",
};

export const SESSION_COOKIE = "periplus_session";
export const SESSION_MS = 12 * 3_600_000;
const CODE_MS = 24 * 3_600_000;
const MOST_CODES = 64;
const RECENT_MS = 5_000;
const MOST_RECENT = 8;
const HINT =
  "send the token of the host in the header x-token; `periplus status` tells where it is kept";

interface Recent {
  readonly token: string;
  readonly owner: Principal;
  readonly until: number;
}

export function createAuth(deps: HttpDeps): Auth {
  const { store, clock, ids, settings } = deps;
  const limiter = settings.badTokens ? createLimiter(settings.badTokens) : null;
  const adminHash = hexDigest("SHA-256", settings.secretToken);
  const codes = new Map<string, number>();
  // Tokens accepted a moment ago, so that a busy client is not hashed on every request.
  let recent: Recent[] = [];

  async function lookUp(token: string): Promise<Principal | null> {
    const hash = await hexDigest("SHA-256", token);
    if (sameText(hash, await adminHash)) return { name: "admin", scopes: ["admin"] };
    const row = (await store.read([findToken(hash)]))[0]?.[0];
    if (!row) return null;
    const { name, scopes, expires } = readToken(row);
    return expires !== null && expires <= clock.now() ? null : { name, scopes };
  }

  async function recentOwner(token: string): Promise<Principal | null> {
    const now = clock.now();
    for (const known of recent) {
      if (sameText(token, known.token) && known.until > now) return known.owner;
    }
    const owner = await lookUp(token);
    if (owner) {
      recent = recent.filter((known) => known.until > now && known.token !== token);
      recent = [{ token, owner, until: now + RECENT_MS }, ...recent].slice(0, MOST_RECENT);
    }
    return owner;
  }

  async function ownerOf(token: string, client: string): Promise<Principal | null> {
    const owner = await recentOwner(token);
    if (owner) limiter?.refill(client);
    else if (limiter && !limiter.take(client, clock.now())) {
      throw new KeptnError("ERR_RATE_LIMITED", "too many requests", {
        hint: "too many wrong tokens came from this address: wait a second and send the right one",
      });
    }
    return owner;
  }

  return {
    ownerOf,
    forget() {
      recent = [];
    },
    async authenticate(request, client, texts) {
      const header = request.headers.get("x-token");
      const token = header ? header : sessionOf(request);
      if (!token) throw new KeptnError("ERR_TOKEN_INVALID", texts.missing, { hint: HINT });
      const owner = await ownerOf(token, client);
      if (owner) return owner;
      throw new KeptnError("ERR_TOKEN_INVALID", texts.wrong, { hint: HINT });
    },
    loginCode() {
      const code = toHex(ids.bytes(16));
      codes.set(code, clock.now() + CODE_MS);
      for (const oldest of codes.keys()) {
        if (codes.size <= MOST_CODES) break;
        codes.delete(oldest);
      }
      return code;
    },
    async redeem(code) {
      const until = codes.get(code);
      codes.delete(code);
      const now = clock.now();
      if (until === undefined || until <= now) return null;
      const token = toHex(ids.bytes(32));
      const row = { id: ids.uuid(), name: "page", scopes: ["admin"], expires: now + SESSION_MS };
      await store.write([
        deleteExpiredTokens(now),
        insertToken(row, await hexDigest("SHA-256", token), now),
      ]);
      return token;
    },
  };
}

/**
 * The session token of a page, taken only from requests that the page itself made: a browser sends
 * the cookie also with what other pages start.
 */
function sessionOf(request: Request): string | undefined {
  const cookies = request.headers.get("cookie");
  if (!cookies) return undefined;
  const site = request.headers.get("sec-fetch-site");
  const safe = request.method === "GET" || request.method === "HEAD";
  if (site === "cross-site" || (!safe && !fromOwnOrigin(request, site))) return undefined;
  for (const part of cookies.split(";")) {
    const [name, value] = part.trim().split("=", 2);
    if (name === SESSION_COOKIE && value) return value;
  }
  return undefined;
}

function fromOwnOrigin(request: Request, site: string | null): boolean {
  if (site !== null) return site === "same-origin";
  const origin = request.headers.get("origin");
  return (
    origin !== null && URL.canParse(origin) && new URL(origin).host === request.headers.get("host")
  );
}
