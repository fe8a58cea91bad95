/** `/api/periplus/v1/sequence/{project}/{context}`: a delivery that explains itself. @module */
import { z } from "zod";
import { KeptnError } from "../../../spec/errors.ts";
import { sequenceState } from "../../../spec/sequence_models.ts";
import { audienceOf } from "../waiting.ts";
import { selectLog } from "../../tables/event_query_table.ts";
import { readMember, selectExecutionsOf, selectMembers } from "../../tables/execution_table.ts";
import { readView, selectView } from "../../tables/sequence_query_table.ts";
import type { Execution, Slot, SlotMember } from "../../tables/state.ts";
import type { Uniform } from "../uniform.ts";
import type { Api } from "../api.ts";
import { loadExecutions } from "../execution_view.ts";
import { becauses, eventsJson, type Explained, refreshAt, sequencesOf } from "../explained.ts";
import { rawJson } from "../reply.ts";

const reason = z.looseObject({ rule: z.string(), message: z.string() }).meta({ id: "Reason" });
const answer = z
  .object({
    state: sequenceState,
    events: z.array(
      z.object({
        seq: z.int(),
        id: z.string(),
        origin: z.enum(["received", "emitted", "internal"]),
        principal: z.string(),
        at: z.int(),
        reason: reason.optional(),
        why: z
          .array(z.string())
          .optional()
          .meta({ description: "of an evaluation.finished: why each objective ended as it did" }),
        event: z.looseObject({}),
      }),
    ),
    sequences: z.array(
      z.looseObject({
        id: z.string(),
        stage: z.string(),
        sequence: z.string(),
        reason: reason.optional(),
      }),
    ),
    reasons: z.array(
      z.object({
        id: z.string(),
        kind: z.enum(["waiting", "skipped", "refused", "ended"]),
        stage: z.string(),
        sequence: z.string(),
        task: z.string(),
        reason,
      }),
    ),
    refreshAt: z.string().optional(),
  })
  .meta({ id: "ExplainedSequence" });
const MOST_EVENTS = 2_000;

export function explainedRoutes(api: Api, uniform: Uniform): void {
  const { store, clock, plugins } = api.deps;
  const about = {
    summary:
      "A delivery with its events and with the reason of all that waits, was skipped or refused",
    access: "plane",
    answer,
  } as const;
  api.route("get", "/api/periplus/v1/sequence/:project/:context", about, async (context) => {
    const project = context.req.param("project") ?? "";
    const id = context.req.param("context") ?? "";
    const [views, rows = [], events = []] = await store.read([
      selectView(project, id),
      selectExecutionsOf(project, id),
      selectLog(project, id, MOST_EVENTS),
    ]);
    const state = views?.[0] ? readView(views[0]) : null;
    if (!state) {
      throw new KeptnError("ERR_CONTEXT_UNKNOWN", `no sequence ${id} in project ${project}`, {
        hint: `GET /api/controlPlane/v1/sequence/${project} lists them`,
      });
    }
    const executions = await loadExecutions(store, rows);
    const members = await membersOf(executions);
    const integrations = await uniform.list();
    const explained: Explained = {
      now: clock.now(),
      executions,
      events,
      members: (slot) => members.get(slotKey(slot)) ?? [],
      audience: (type, slot) => audienceOf(type, slot, integrations, plugins.answerers(type, slot)),
    };
    const due = refreshAt(explained);
    const refresh = due === null ? "" : `,"refreshAt":"${new Date(due).toISOString()}"`;
    return rawJson(
      context,
      `{"state":${JSON.stringify(state)},"events":${eventsJson(events)},"sequences":${JSON.stringify(sequencesOf(explained))},"reasons":${JSON.stringify(becauses(explained))}${refresh}}`,
    );
  });

  /** Members of the slots in which an execution of this delivery waits. */
  async function membersOf(
    executions: readonly Execution[],
  ): Promise<Map<string, readonly SlotMember[]>> {
    const waiting = executions.filter(({ phase }) => phase === "queued" || phase === "held");
    const slots = [...new Map(waiting.map((slot) => [slotKey(slot), slot])).values()];
    if (slots.length === 0) return new Map();
    const rows = await store.read(slots.map(selectMembers));
    return new Map(slots.map((slot, index) => [slotKey(slot), rows[index]!.map(readMember)]));
  }
}

function slotKey({ project, stage, service }: Slot): string {
  return JSON.stringify([project, stage, service]);
}
