/** Sequence states, their control, and the executions behind them (Keptn: http-api.md 7). @module */
import { z } from "zod";
import {
  sequenceControl,
  sequenceExecutions,
  sequenceStates,
} from "../../../spec/sequence_models.ts";
import type { ControlCommand } from "../../engine/controller_types.ts";
import { readView, selectExecutions, selectStates } from "../../tables/sequence_query_table.ts";
import type { Api, Handler } from "../api.ts";
import { parsedBody } from "../body.ts";
import { executionJson, loadExecutions } from "../execution_view.ts";
import { numberKey, numberPage, totalCount } from "../paging.ts";
import { invalidFormat } from "../problem.ts";
import { requireProject } from "../projects.ts";
import { json } from "../reply.ts";

const text = z.string().optional();
const paging = { pageSize: text, nextPageKey: text };
const stateQuery = z.object({
  name: text,
  state: text,
  fromTime: text.meta({ description: "later than, compared as text" }),
  beforeTime: text.meta({ description: "earlier than, compared as text" }),
  keptnContext: text.meta({ description: "one or several, separated by commas" }),
  ...paging,
});
const executionQuery = z.object({
  project: z.string(),
  stage: text,
  service: text,
  name: text,
  status: text,
  keptnContext: text,
  ...paging,
});
const COMMANDS: readonly string[] = ["pause", "resume", "abort"];
const base = "/api/controlPlane/v1";

export function sequenceRoutes(api: Api): void {
  const { store } = api.deps;
  const states: Handler = async (context) => {
    const ask = (name: string): string | undefined => context.req.query(name) || undefined;
    const page = numberPage(ask);
    const filter = {
      project: context.req.param("project") ?? "",
      name: ask("name"),
      state: ask("state"),
      fromTime: ask("fromTime"),
      beforeTime: ask("beforeTime"),
      contexts: ask("keptnContext")?.replaceAll(" ", "").split(","),
    };
    const [counts, rows = []] = await store.read(selectStates(filter, page));
    const total = Number(counts?.[0]?.n ?? 0);
    return json(context, {
      states: rows.map(readView),
      ...numberKey(page, total),
      ...totalCount(total),
    });
  };
  const executions: Handler = async (context) => {
    const ask = (name: string): string | undefined => context.req.query(name) || undefined;
    const project = ask("project");
    if (!project) throw invalidFormat("project name must not be empty");
    const page = numberPage(ask);
    await requireProject(api.deps, project);
    const filter = {
      project,
      stage: ask("stage"),
      service: ask("service"),
      name: ask("name"),
      state: ask("status"),
      context: ask("keptnContext"),
    };
    const [counts, rows = []] = await store.read(selectExecutions(filter, page));
    const total = Number(counts?.[0]?.n ?? 0);
    const found = await loadExecutions(store, rows);
    return json(context, {
      sequenceExecutions: found.map(executionJson),
      ...numberKey(page, total),
      ...(found.length > 0 ? { pageSize: found.length } : {}),
      ...totalCount(total),
    });
  };
  const access = "plane";
  api.route(
    "get",
    `${base}/sequence/:project`,
    {
      summary: "Deliveries of a project, newest first",
      access,
      query: stateQuery,
      answer: sequenceStates,
    },
    states,
  );
  api.route(
    "get",
    `${base}/sequence-execution`,
    {
      summary: "Passes of sequences through stages",
      access,
      query: executionQuery,
      answer: sequenceExecutions,
    },
    executions,
  );
  controlRoute(api);
}

function controlRoute(api: Api): void {
  const { controller, settings } = api.deps;
  const about = {
    summary: "Pauses, resumes or aborts a delivery, or one stage of it",
    body: sequenceControl,
  } as const;
  api.route("post", `${base}/sequence/:project/:context/control`, about, async (context) => {
    // Absent is told by Keptn's words below, like empty.
    const lenient = sequenceControl.extend({ state: z.string().nullish() });
    const { state, stage } = await parsedBody(context, settings.maxBodyBytes, lenient);
    if (!state) {
      throw invalidFormat(
        "Key: 'SequenceControlCommand.State' Error:Field validation for 'State' failed on the 'required' tag",
        { hint: "state is pause, resume or abort" },
      );
    }
    // Keptn took any word and did nothing for those that it did not know.
    if (isCommand(state)) {
      await controller.control({
        command: state,
        project: context.req.param("project") ?? "",
        context: context.req.param("context") ?? "",
        ...(stage ? { stage } : {}),
        principal: context.get("principal").name,
      });
    }
    return json(context, {});
  });
}

function isCommand(state: string): state is ControlCommand {
  return COMMANDS.includes(state);
}
