/** One project: its stages as a graph, what runs where, and its sequences. @module */
import { listSequences, readProject } from "../api.ts";
import { h } from "../element.ts";
import { score, shortImage } from "../format.ts";
import { columnsOf } from "../graph.ts";
import type { Project, SequenceState, Service, Stage } from "../models.ts";
import { sequencePath } from "../route.ts";
import { badge, toneOf } from "../status.ts";
import type { View } from "../view.ts";
import { overall, sequenceLines } from "./sequences.ts";

const PAGE = 25;

export function projectView(name: string): View {
  let project: Project | undefined;
  let sequences: readonly SequenceState[] = [];
  let total = 0;
  let wanted = PAGE;
  const load = async (): Promise<void> => {
    const [found, page] = await Promise.all([readProject(name), listSequences(name, wanted)]);
    project = found;
    sequences = page.states;
    total = page.totalCount ?? page.states.length;
  };
  return {
    title: name,
    crumbs: [{ text: name }],
    filter: { project: name },
    load,
    hear: () => true,
    async act() {
      wanted += PAGE;
      await load();
      return `${sequences.length} of ${total} sequences`;
    },
    render() {
      if (!project) return [];
      return [
        h("h1", {}, name),
        h(
          "section",
          { class: "section", "aria-label": "Stages" },
          h(
            "ol",
            { class: "graph" },
            columnsOf(project.stages).map((column) =>
              h(
                "li",
                {},
                h(
                  "div",
                  { class: "column" },
                  column.map((stage) => stageCard(stage, sequences)),
                ),
              ),
            ),
          ),
        ),
        h(
          "section",
          { class: "card section", "aria-labelledby": "sequences" },
          h("h2", { id: "sequences" }, "Sequences"),
          sequences.length > 0
            ? sequenceLines(sequences)
            : h(
                "p",
                { class: "quiet" },
                "None yet. Start one: ",
                h("code", {}, triggerLine(project)),
              ),
          sequences.length < total && h("button", { "data-do": "older" }, "Show older"),
        ),
      ];
    },
  };
}

function stageCard(stage: Stage, sequences: readonly SequenceState[]): HTMLElement {
  return h(
    "article",
    { class: "stage", "data-key": stage.stageName },
    h("h3", {}, stage.stageName),
    stage.services.length > 0
      ? h(
          "ul",
          { class: "lines" },
          stage.services.map((service) => serviceLine(stage.stageName, service, sequences)),
        )
      : h("p", { class: "inset quiet small" }, "no services"),
  );
}

function serviceLine(
  stage: string,
  service: Service,
  sequences: readonly SequenceState[],
): HTMLElement {
  const { serviceName, deployedImage } = service;
  const here = sequences.filter(
    (one) => one.service === serviceName && one.stages.some((reached) => reached.name === stage),
  );
  const last = here[0];
  const judged = here
    .map((one) => one.stages.find((reached) => reached.name === stage)?.latestEvaluation)
    .find((evaluation) => evaluation !== undefined);
  return h(
    "li",
    { "data-key": serviceName },
    h(
      "span",
      { class: "grow" },
      last
        ? h("a", { href: sequencePath(last.project, last.shkeptncontext, stage) }, serviceName)
        : serviceName,
      h("br"),
      h("span", { class: "image" }, deployedImage ? shortImage(deployedImage) : "not deployed"),
      wasRolledBack(service) && h("span", { class: "quiet small" }, " rolled back"),
    ),
    judged && badge(toneOf(judged.result), score(judged.score)),
    last && overall(last) !== "pass" && !judged && badge(overall(last)),
  );
}

/** The image is that of the latest deployment, which a rollback may have undone since. */
function wasRolledBack({ lastEventTypes = {} }: Service): boolean {
  const at = (task: string): bigint =>
    BigInt(lastEventTypes[`sh.keptn.event.${task}.finished`]?.time ?? 0);
  return at("rollback") > at("deployment");
}

function triggerLine({ projectName, stages }: Project): string {
  const service = stages.flatMap((stage) => stage.services)[0]?.serviceName ?? "SERVICE";
  return `periplus trigger delivery --project ${projectName} --service ${service} --image IMAGE:TAG`;
}
