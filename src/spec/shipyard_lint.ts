/** What will not work in a shipyard as it looks. @module */
import { parseDuration } from "./duration.ts";
import { at, isObject, type Json } from "./json.ts";
import { didYouMean } from "./near.ts";
import type { Shipyard, ShipyardSequence, ShipyardTrigger } from "./shipyard.ts";
import type { Problem, YamlText } from "./yaml.ts";

type Path = readonly (string | number)[];

/** Warnings: parts that are ignored, never match or cannot run. */
export function lintShipyard(shipyard: Shipyard, yaml: YamlText): Problem[] {
  const warnings: Problem[] = [];
  const warn = (path: Path, message: string): void => {
    warnings.push({ ...yaml.position(path), message });
  };
  lintProperties(yaml.value ?? null, warn);
  const kind = at(yaml.value, "kind");
  if (kind !== "Shipyard") warn(["kind"], "kind should be Shipyard");
  lintRepeats(shipyard.stages, ["spec", "stages"], "stage", warn);
  shipyard.stages.forEach((stage, s) => {
    const path = ["spec", "stages", s, "sequences"];
    lintRepeats(stage.sequences, path, `sequence of stage ${stage.name}`, warn);
    stage.sequences.forEach((sequence, q) => {
      lintSequence(sequence, [...path, q], warn);
      sequence.triggeredOn.forEach((trigger, t) =>
        lintTrigger(trigger, shipyard, [...path, q, "triggeredOn", t], warn),
      );
    });
  });
  return warnings;
}

type Warn = (path: Path, message: string) => void;

function lintRepeats(
  named: readonly { readonly name: string }[],
  path: Path,
  what: string,
  warn: Warn,
): void {
  const seen = new Set<string>();
  named.forEach(({ name }, index) => {
    if (seen.has(name))
      warn([...path, index, "name"], `second ${what} named ${name}: it is never used`);
    seen.add(name);
  });
}

function lintSequence(sequence: ShipyardSequence, path: Path, warn: Warn): void {
  lintEventName("sequence", sequence.name, path, warn);
  if (sequence.tasks.length === 0) {
    warn(path, `sequence ${sequence.name} has no tasks: it cannot be triggered`);
  }
  sequence.tasks.forEach((task, index) => {
    const here = [...path, "tasks", index];
    lintEventName("task", task.name, here, warn);
    if (task.triggeredAfter && parseDuration(task.triggeredAfter) === undefined) {
      const said = `triggeredAfter ${task.triggeredAfter} is no duration and is ignored`;
      warn([...here, "triggeredAfter"], `${said}: write 90s, 10m or 1h30m`);
    }
  });
}

/** Event types are split at dots, so a name that holds one never comes back. */
function lintEventName(what: string, name: string, path: Path, warn: Warn): void {
  if (name === "") warn(path, `a ${what} without a name cannot run`);
  else if (/[.\s]/.test(name)) {
    warn(
      [...path, "name"],
      `${what} name ${name} has a dot or blank: its events cannot be read, so it cannot run`,
    );
  }
}

function lintTrigger(trigger: ShipyardTrigger, { stages }: Shipyard, path: Path, warn: Warn): void {
  const event = [...path, "event"];
  const parts = trigger.event.split(".");
  if (parts.length !== 3 || parts[2] !== "finished") {
    warn(
      event,
      `triggeredOn event ${trigger.event} never matches: write <stage>.<sequence>.finished`,
    );
    return;
  }
  const [stageName, sequenceName] = parts as [string, string];
  const stage = stages.find(({ name }) => name === stageName);
  if (!stage) {
    const near = didYouMean(
      stageName,
      stages.map(({ name }) => name),
    );
    warn(event, `triggeredOn names stage ${stageName}, which does not exist${near}`);
    return;
  }
  const sequence = stage.sequences.find(({ name }) => name === sequenceName);
  if (!sequence && sequenceName !== "evaluation") {
    const near = didYouMean(
      sequenceName,
      stage.sequences.map(({ name }) => name),
    );
    warn(
      event,
      `triggeredOn names sequence ${sequenceName}, which stage ${stageName} does not have${near}`,
    );
    return;
  }
  lintSelector(trigger, sequence?.tasks.map(({ name }) => name) ?? ["evaluation"], path, warn);
}

function lintSelector(
  { selector }: ShipyardTrigger,
  tasks: readonly string[],
  path: Path,
  warn: Warn,
): void {
  const match = selector?.match;
  if (!match) return;
  const here = [...path, "selector", "match"];
  const known = ["result", ...tasks.map((task) => `${task}.result`)];
  const entries = Object.entries(match);
  if (entries.length === 0) warn(here, "an empty match never matches: leave the selector out");
  for (const [key, value] of entries) {
    if (!known.includes(key)) {
      warn(
        [...here, key],
        `match key ${key} is ignored${didYouMean(key, known)}: use result or <task>.result`,
      );
    } else if (!["pass", "warning", "fail"].includes(value)) {
      const meant = value === "failed" ? "fail" : "pass, warning or fail";
      warn([...here, key], `${key}: ${value} never matches: write ${meant}`);
    }
  }
}

/** Properties that are no mapping are lost on the way to the executor. */
function lintProperties(file: Json, warn: Warn): void {
  each(at(file, "spec", "stages"), ["spec", "stages"], (stage, stagePath) =>
    each(at(stage, "sequences"), [...stagePath, "sequences"], (sequence, path) =>
      each(at(sequence, "tasks"), [...path, "tasks"], (task, here) => {
        const properties = at(task, "properties") ?? {};
        if (isObject(properties)) return;
        warn([...here, "properties"], "properties is no mapping and is ignored");
      }),
    ),
  );
}

function each(list: Json | undefined, path: Path, visit: (item: Json, path: Path) => void): void {
  if (Array.isArray(list)) list.forEach((item, index) => visit(item, [...path, index]));
}
