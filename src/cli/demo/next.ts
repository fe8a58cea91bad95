/** What to try after the demo: three command lines, each of which works as printed. @module */
import { relative } from "node:path";
import type { Timeline } from "../timeline/model.ts";
import type { Place } from "../place.ts";
import { taskOf } from "./chapter.ts";
import type { Crew } from "./crew.ts";
import { demoFile, PROJECT, SERVICE } from "./scene.ts";

/** An evaluation looks at a minute at least. */
const WINDOW_MS = 60_000;

export interface Suggestion {
  readonly title: string;
  readonly command: string;
}

/** `slow` is the delivery that the gate refused; `periplus` how the command is called here. */
export function suggestions({
  slow,
  crew,
  periplus,
  place,
  cwd,
}: {
  readonly slow: Timeline;
  readonly crew: Crew;
  readonly periplus: string;
  readonly place: Place;
  readonly cwd: string;
}): readonly Suggestion[] {
  const test = taskOf(slow, "staging", "evaluation").evaluation;
  const end = test?.timeEnd ?? new Date().toISOString();
  const start = new Date(Date.parse(end) - WINDOW_MS).toISOString();
  const file = shownPath(cwd, demoFile(place, "slo_dev.yaml"));
  const scope = `--project ${PROJECT} --service ${SERVICE}`;
  return [
    {
      title: "Lower the SLO of staging to that of dev, and see the same measurement pass",
      command:
        `${periplus} add-resource ${scope} --stage staging --resource ${file} --resourceUri slo.yaml && ` +
        `${periplus} trigger evaluation ${scope} --stage staging --start ${start} --end ${end} --wait`,
    },
    {
      title: "Drop a plugin of your own into the running host, and call it",
      command:
        `${periplus} plugin new hello && ` +
        `${periplus} trigger sequence hello ${scope} --stage dev --wait`,
    },
    {
      title: "Gate a project of yours by your own Prometheus (here it is the demo's)",
      command:
        `${periplus} init my-shop && ${periplus} apply my-shop && ` +
        `${periplus} plugin allow prometheus --http ${new URL(crew.query).host} --project my-shop`,
    },
  ];
}

function shownPath(cwd: string, path: string): string {
  const below = relative(cwd, path);
  return below.startsWith("..") ? path : below;
}
