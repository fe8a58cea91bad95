/** The page's only way to the host: the public HTTP API, with the session cookie. @module */
import type { Explained, Json, KeptnEvent, Project, SequenceState } from "./models.ts";
import { apiUrl } from "./route.ts";

/** An answer that is no success: status and the sentence that the API gave. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export async function listProjects(): Promise<readonly Project[]> {
  const found: Project[] = [];
  let next = "0";
  do {
    const page = (await get(`/api/controlPlane/v1/project?pageSize=50&nextPageKey=${next}`)) as {
      projects: Project[];
      nextPageKey?: string;
    };
    found.push(...page.projects);
    next = page.nextPageKey ?? "0";
  } while (next !== "0");
  return found;
}

export async function readProject(name: string): Promise<Project> {
  return (await get(`/api/controlPlane/v1/project/${encodeURIComponent(name)}`)) as Project;
}

export async function listSequences(
  project: string,
  pageSize: number,
): Promise<{ states: readonly SequenceState[]; totalCount?: number }> {
  const path = `/api/controlPlane/v1/sequence/${encodeURIComponent(project)}?pageSize=${pageSize}`;
  return (await get(path)) as { states: SequenceState[]; totalCount?: number };
}

/** What Keptn had no path for: the sequence with every reason (design D8). */
export async function readExplained(project: string, context: string): Promise<Explained> {
  const path = `${encodeURIComponent(project)}/${encodeURIComponent(context)}`;
  return (await get(`/api/periplus/v1/sequence/${path}`)) as Explained;
}

/** Name of the project that a context belongs to, or undefined when no event of it is known. */
export async function projectOf(context: string): Promise<string | undefined> {
  const query = new URLSearchParams({ keptnContext: context, pageSize: "1" });
  const page = (await get(`/api/mongodb-datastore/event?${query}`)) as { events: KeptnEvent[] };
  const data = page.events[0]?.data as { project?: string } | undefined;
  return data?.project || undefined;
}

/** Approvals that wait for somebody, in all projects. */
export async function listApprovals(): Promise<readonly KeptnEvent[]> {
  const path = "/api/controlPlane/v1/event/triggered/sh.keptn.event.approval.triggered";
  return ((await get(`${path}?pageSize=50`)) as { events: KeptnEvent[] }).events;
}

/** Answers an approval, with the labels of the question. */
export async function decide(approval: KeptnEvent, result: "pass" | "fail"): Promise<void> {
  const asked = (approval.data ?? {}) as { readonly [key: string]: Json };
  const { project = "", stage = "", service = "", labels } = asked;
  await send("/api/v1/event", {
    type: "sh.keptn.event.approval.finished",
    source: "bridge",
    specversion: "1.0",
    shkeptncontext: approval.shkeptncontext,
    triggeredid: approval.id,
    data: {
      project,
      stage,
      service,
      ...(labels ? { labels } : {}),
      status: "succeeded",
      result,
      message: result === "pass" ? "approved on the page" : "declined on the page",
    },
  });
}

export async function control(
  project: string,
  context: string,
  state: "pause" | "resume" | "abort",
): Promise<void> {
  const path = `${encodeURIComponent(project)}/${encodeURIComponent(context)}/control`;
  await send(`/api/controlPlane/v1/sequence/${path}`, { state });
}

async function get(path: string): Promise<unknown> {
  return read(await fetch(apiUrl(path), { headers: { accept: "application/json" } }));
}

async function send(path: string, body: Json): Promise<void> {
  const headers = { "content-type": "application/json", accept: "application/json" };
  await read(await fetch(apiUrl(path), { method: "POST", headers, body: JSON.stringify(body) }));
}

async function read(answer: Response): Promise<unknown> {
  const body = await answer.text();
  if (answer.ok) return body === "" ? {} : JSON.parse(body);
  throw new Refused(answer.status, sentenceOf(body) ?? `the API answered ${answer.status}`);
}

function sentenceOf(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === "string" ? message : undefined;
  } catch {
    // A gateway between us and the host may answer in plain text or HTML.
    return undefined;
  }
}
