/** What to try after the demo: three command lines, each of which works as printed. @module */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { writeYaml } from "../../spec/yaml.ts";
import type { Timeline } from "../timeline/model.ts";
import type { Place } from "../place.ts";
import { taskOf } from "./chapter.ts";
import type { Crew } from "./crew.ts";
import { demoFile, PROJECT, SERVICE } from "./scene.ts";

const GATE = "my-gate";
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
  folder,
}: {
  readonly slow: Timeline;
  readonly crew: Crew;
  readonly periplus: string;
  readonly place: Place;
  readonly cwd: string;
  /** Where the demo keeps its own files. */
  readonly folder: string;
}): readonly Suggestion[] {
  const test = taskOf(slow, "staging", "evaluation").evaluation;
  const end = test?.timeEnd ?? new Date().toISOString();
  const start = new Date(Date.parse(end) - WINDOW_MS).toISOString();
  const file = shownPath(cwd, demoFile(place, "slo_dev.yaml"));
  const gate = shownPath(cwd, ownProject(folder, crew, place));
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
      title: `Gate your own Prometheus: put its address into ${gate}/prometheus/config.yaml and behind --http`,
      command:
        `${periplus} apply ${gate} && ` +
        `${periplus} plugin allow prometheus --http ${crew.query} --project ${GATE} && ` +
        `${periplus} trigger evaluation --project ${GATE} --service targets --stage production --timeframe 1m --wait`,
    },
  ];
}

/** A project of the reader's own as a folder, measured by the Prometheus that is there. */
function ownProject(folder: string, crew: Crew, place: Place): string {
  const path = join(folder, GATE);
  cpSync(demoFile(place, GATE), path, { recursive: true });
  mkdirSync(join(path, "prometheus"), { recursive: true });
  writeFileSync(join(path, "prometheus/config.yaml"), writeYaml({ server: crew.query }));
  return path;
}

function shownPath(cwd: string, path: string): string {
  const below = relative(cwd, path);
  return below.startsWith("..") ? path : below;
}
