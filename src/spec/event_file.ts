/** Checks an event before it is sent. @module */
import { z } from "zod";
import { commonData } from "./event.ts";
import { EVENT_PREFIX, parseEventType } from "./event_type.ts";
import { isObject, type JsonObject } from "./json.ts";
import { describeProblems, type FileRead, shapeYaml } from "./shape.ts";
import { type Problem, readYaml, type YamlText } from "./yaml.ts";

/** What the file may hold; attributes that it does not name are kept. */
export const eventFile = z.looseObject(
  {
    type: z.string({
      error: "type is missing: an event type such as sh.keptn.event.dev.delivery.triggered",
    }),
    source: z.string().optional(),
    specversion: z.string().optional(),
    id: z.string().optional(),
    time: z.string().optional(),
    contenttype: z.string().optional(),
    datacontenttype: z.string().optional(),
    shkeptncontext: z.string().optional(),
    shkeptnspecversion: z.string().optional(),
    triggeredid: z.string().optional(),
    gitcommitid: z.string().optional(),
    extensions: z.json().optional(),
    data: z.record(z.string(), z.json(), {
      error: ({ input }) =>
        `data ${input === undefined ? "is missing" : "is no object"}: an object with project, stage and service is expected`,
    }),
  },
  { error: "expected an event with type, source and data" },
);

/** What Alertmanager posts; the prometheus service turned it into a remediation trigger. */
const alertmanager = z.looseObject({
  status: z.string(),
  alerts: z.array(z.looseObject({ labels: z.record(z.string(), z.string()) })),
});

/** Events whose data names no stage, or no service either (Keptn: http-api.md 8). */
const NO_STAGE = /^sh\.keptn\.event\.(project|service)\.(create|delete)\.(started|finished)$/;
const FREE = ["sh.keptn.log.error", "sh.keptn.events.problem"];

/** Reads an event file: a Keptn event, or the body of an Alertmanager (Keptn: http-api.md 5.3). */
export function parseEventFile(text: string): FileRead<JsonObject> {
  const yaml = readYaml(text);
  const schema = isObject(yaml.value) && "alerts" in yaml.value ? alertmanager : eventFile;
  const shaped = shapeYaml<JsonObject>(yaml, schema as z.ZodType<JsonObject>);
  const problems = shaped.ok ? problemsOf(shaped.value, yaml) : [...shaped.problems];
  if (!shaped.ok || problems.length > 0) {
    return { ok: false, why: describeProblems(problems), problems };
  }
  return { ok: true, value: shaped.value, warnings: [] };
}

function problemsOf(event: JsonObject, yaml: YamlText): Problem[] {
  const type = event.type;
  if (typeof type !== "string" || FREE.includes(type)) return [];
  const problem = (path: string[], message: string): Problem => ({
    ...yaml.position(path),
    message,
  });
  if (type.startsWith("sh.keptn.events.")) {
    const advice =
      "write sh.keptn.event.<stage>.<sequence>.triggered or sh.keptn.event.<task>.<kind>";
    return [problem(["type"], `type ${type} is of Keptn 0.7 and older: ${advice}`)];
  }
  if (!type.startsWith(EVENT_PREFIX) || parseEventType(type).level === "other") {
    const right = "sh.keptn.event.<stage>.<sequence>.triggered or sh.keptn.event.<task>.<kind>";
    return [problem(["type"], `type ${type} is no Keptn event type: expected ${right}`)];
  }
  const data = commonData(event.data);
  if ("undecodable" in data) {
    return [problem(["data", data.undecodable], `data.${data.undecodable} has a wrong type`)];
  }
  const needed = neededFields(type);
  const missing = needed.filter((field) => data[field] === "");
  const problems = missing.map((field) => problem(["data"], `data.${field} is missing`));
  const parsed = parseEventType(type);
  if (
    parsed.level === "sequence" &&
    data.stage !== "" &&
    data.stage !== parsed.stage &&
    !NO_STAGE.test(type)
  ) {
    const said = `data.stage ${data.stage} is not the stage of the type, ${parsed.stage}`;
    problems.push(problem(["data", "stage"], said));
  }
  return problems;
}

function neededFields(type: string): readonly ("project" | "stage" | "service")[] {
  if (type === `${EVENT_PREFIX}monitoring.configure`) return ["project"];
  const lifecycle = NO_STAGE.exec(type)?.[1];
  if (lifecycle === "project") return ["project"];
  return lifecycle === "service" ? ["project", "service"] : ["project", "stage", "service"];
}
