/** Replies of the outside to the requests of a simulated run. @module */
import type { HttpAnswer, HttpCall } from "../sandbox/calls.ts";
import type { HttpReplies, HttpReply } from "./scenario.ts";

/** A request with its body parsed where it is JSON. */
export type SeenRequest = HttpCall & { readonly json: unknown };

/** Finds the reply to a request; throws when the scenario has none. */
export function createReplies(rules: {
  readonly [methodAndUrl: string]: HttpReplies;
}): (request: HttpCall) => { seen: SeenRequest; answer: HttpAnswer } {
  const used = new Map<string, number>();
  const patterns = Object.entries(rules).map(([rule, replies]) => ({
    rule,
    replies,
    pattern: patternOf(rule),
  }));
  return (request) => {
    const seen = { ...request, json: jsonOf(request) };
    const line = `${request.method} ${request.url}`;
    const found = patterns.find(({ pattern }) => pattern.test(line));
    if (!found) throw new Error(`the scenario has no reply to ${line}: add it to \`http\``);
    const turn = used.get(found.rule) ?? 0;
    used.set(found.rule, turn + 1);
    return { seen, answer: answerOf(request.url, pick(found.replies, turn, seen)) };
  };
}

function pick(replies: HttpReplies, turn: number, request: SeenRequest): HttpReply {
  if (typeof replies === "function") return replies(request);
  if (!Array.isArray(replies)) return replies as HttpReply;
  return (replies as readonly HttpReply[])[Math.min(turn, replies.length - 1)]!;
}

function answerOf(url: string, reply: HttpReply): HttpAnswer {
  const {
    status = 200,
    headers = {},
    json,
    text,
  } = typeof reply === "number" ? { status: reply } : reply;
  const typed = json === undefined ? headers : { "content-type": "application/json", ...headers };
  const body = json === undefined ? (text ?? "") : JSON.stringify(json);
  return { url, status, headers: Object.entries(typed), body: { text: body } };
}

/** A rule such as `POST https://argo/*` as a regular expression; a rule without a method meets all methods. */
function patternOf(rule: string): RegExp {
  const [method, url] = /^[A-Z]+ /.test(rule) ? rule.split(/ (.*)/s) : ["*", rule];
  const glob = (text: string): string =>
    text
      .split(/(\*\*|\*)/)
      .map((part) =>
        part === "**" ? ".*" : part === "*" ? "[^/]*" : part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"),
      )
      .join("");
  return new RegExp(`^${glob(method!)} ${glob(url!)}$`, "s");
}

function jsonOf({ body }: HttpCall): unknown {
  if (!body || !("text" in body)) return undefined;
  try {
    return JSON.parse(body.text) as unknown;
  } catch {
    return undefined;
  }
}
