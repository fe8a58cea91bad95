/** The overview: every project with its stages and its latest sequences, and what waits for a person. @module */
import { decide, listApprovals, listProjects, listSequences } from "../api.ts";
import { h } from "../element.ts";
import { plural } from "../format.ts";
import type { KeptnEvent, Project, SequenceState } from "../models.ts";
import { projectPath } from "../route.ts";
import { icon } from "../status.ts";
import type { Facts, View } from "../view.ts";
import { approvalBox, decided } from "./approval.ts";
import { sequenceLines } from "./sequences.ts";

const LATEST = 3;

interface Tile {
  readonly project: Project;
  readonly latest: readonly SequenceState[];
}

export function projectsView(): View {
  let tiles: readonly Tile[] = [];
  let approvals: readonly KeptnEvent[] = [];
  return {
    title: "Projects",
    crumbs: [],
    filter: {},
    async load() {
      const [projects, open] = await Promise.all([listProjects(), listApprovals()]);
      approvals = open;
      tiles = await Promise.all(
        projects.map(async (project) => ({
          project,
          latest: (await listSequences(project.projectName, LATEST)).states,
        })),
      );
    },
    hear: () => true,
    act: (name, facts) => answer(name, facts, approvals),
    render() {
      return [
        ...inbox(approvals),
        h(
          "section",
          { class: "section", "aria-labelledby": "projects" },
          h("h1", { id: "projects" }, "Projects"),
          tiles.length === 0 ? emptyState() : h("ul", { class: "tiles" }, tiles.map(projectTile)),
        ),
      ];
    },
  };
}

async function answer(
  name: string,
  { id }: Facts,
  approvals: readonly KeptnEvent[],
): Promise<string> {
  const approval = approvals.find((one) => one.id === id);
  if (!approval) return "this approval was answered already";
  const result = name === "approve" ? "pass" : "fail";
  await decide(approval, result);
  return decided(approval, result);
}

function inbox(approvals: readonly KeptnEvent[]): Node[] {
  if (approvals.length === 0) return [];
  return [
    h(
      "section",
      { class: "section", "aria-labelledby": "inbox", "data-key": "inbox" },
      h("h2", { id: "inbox" }, "Waiting for you"),
      approvals.map((approval) => approvalBox(approval, true)),
    ),
  ];
}

function projectTile({ project, latest }: Tile): HTMLElement {
  const { projectName, stages } = project;
  const services = new Set(stages.flatMap((stage) => stage.services.map((one) => one.serviceName)));
  const counts = `${plural(stages.length, "stage")}, ${plural(services.size, "service")}`;
  return h(
    "li",
    { class: "card tile", "data-key": projectName },
    h(
      "div",
      { class: "row spread" },
      h("h2", {}, h("a", { href: projectPath(projectName) }, projectName)),
      h("span", { class: "quiet small" }, counts),
    ),
    h(
      "p",
      { class: "chain", "aria-label": `Stages: ${stages.map((one) => one.stageName).join(", ")}` },
      stages.map(({ stageName }, index) => [
        index > 0 && icon("arrow"),
        h("span", { class: "chip" }, stageName),
      ]),
    ),
    latest.length > 0
      ? sequenceLines(latest)
      : h("p", { class: "quiet small" }, "No sequence ran yet."),
  );
}

function emptyState(): HTMLElement {
  return h(
    "div",
    { class: "card section" },
    h("p", {}, "No project yet. Two commands give you one:"),
    h("pre", { class: "mono" }, "periplus init my-project\nperiplus apply my-project"),
    h("p", { class: "quiet" }, "Or watch a whole delivery: ", h("code", {}, "periplus demo")),
  );
}
