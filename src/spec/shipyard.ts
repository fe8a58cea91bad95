/** The shipyard: what a parsed file means to the controller. Parsing stands in `shipyard_file.ts`. @module */
import type { JsonObject } from "./json.ts";
import type { Outcome } from "./outcome.ts";

export interface ShipyardTask {
  readonly name: string;
  /** Go duration as written; what does not parse counts as absent (Keptn: orchestration.md 2.2). */
  readonly triggeredAfter?: string;
  readonly properties?: JsonObject;
}
export interface ShipyardTrigger {
  readonly event: string;
  readonly selector?: { readonly match?: { readonly [key: string]: string } };
}
export interface ShipyardSequence {
  readonly name: string;
  readonly triggeredOn: readonly ShipyardTrigger[];
  readonly tasks: readonly ShipyardTask[];
}
export interface ShipyardStage {
  readonly name: string;
  readonly sequences: readonly ShipyardSequence[];
}
export interface Shipyard {
  readonly apiVersion: string;
  readonly name: string;
  readonly stages: readonly ShipyardStage[];
}

/** Either what was asked for, or a sentence that says what is missing. */
export type Found<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

const EVALUATION: ShipyardSequence = {
  name: "evaluation",
  triggeredOn: [],
  tasks: [{ name: "evaluation" }],
};

/** The sequence of a stage; every stage has an implicit `evaluation` (Keptn: orchestration.md 2.3). */
export function findSequence(
  shipyard: Shipyard,
  stageName: string,
  name: string,
): Found<ShipyardSequence> {
  const stage = shipyard.stages.find((candidate) => candidate.name === stageName);
  if (!stage) {
    return missing(`no stage ${stageName} in the shipyard: it has ${list(shipyard.stages)}`);
  }
  const sequence = stage.sequences.find((candidate) => candidate.name === name);
  if (!sequence) {
    if (name === EVALUATION.name) return { ok: true, value: EVALUATION };
    return missing(
      `no task sequence ${name} in stage ${stageName}: it has ${list(stage.sequences)}`,
    );
  }
  if (sequence.tasks.length === 0)
    return missing(`sequence ${name} of stage ${stageName} has no tasks`);
  return { ok: true, value: sequence };
}

export interface FinishedSequence {
  readonly stage: string;
  readonly sequence: string;
  readonly outcome: Outcome;
  /** Name of the last task that was executed. */
  readonly lastTask: string;
}
export interface Successor {
  readonly stage: string;
  readonly sequence: string;
  /** The `triggeredOn` entry that matched. */
  readonly trigger: ShipyardTrigger;
}
export interface NotMatched extends Successor {
  readonly wanted: string;
}

/**
 * What follows a finished sequence, in file order, and what listens to it but did not match.
 *
 * Keptn: orchestration.md 2.4; each sequence counts once however many of its entries match.
 */
export function successorsOf(
  shipyard: Shipyard,
  finished: FinishedSequence,
): { matched: Successor[]; refused: NotMatched[] } {
  const event = `${finished.stage}.${finished.sequence}.finished`;
  const matched: Successor[] = [];
  const refused: NotMatched[] = [];
  for (const stage of shipyard.stages) {
    for (const sequence of stage.sequences) {
      const listening = sequence.triggeredOn.filter((trigger) => trigger.event === event);
      const first = listening[0];
      if (!first) continue;
      const scope = { stage: stage.name, sequence: sequence.name };
      const trigger = listening.find((candidate) => selects(candidate, finished));
      if (trigger) matched.push({ ...scope, trigger });
      else refused.push({ ...scope, trigger: first, wanted: describe(first) });
    }
  }
  return { matched, refused };
}

/** Names of the stages whose finished sequences start something in this stage. */
export function parentStages(stage: ShipyardStage): string[] {
  const parents = new Set<string>();
  for (const { triggeredOn } of stage.sequences) {
    for (const { event } of triggeredOn) {
      const parts = event.split(".");
      if (parts.length === 3 && parts[0] !== stage.name) parents.add(parts[0]!);
    }
  }
  return [...parents];
}

function selects(trigger: ShipyardTrigger, { outcome, lastTask }: FinishedSequence): boolean {
  const match = trigger.selector?.match;
  if (!match) return outcome.result === "pass" || outcome.result === "warning";
  return match.result === outcome.result || match[`${lastTask}.result`] === outcome.result;
}

function describe(trigger: ShipyardTrigger): string {
  const match = trigger.selector?.match;
  if (!match) return "result pass or warning";
  const wanted = Object.entries(match).map(([key, value]) => `${key} ${value}`);
  return wanted.length > 0 ? wanted.join(" or ") : "nothing: its match is empty";
}

function missing(why: string): Found<never> {
  return { ok: false, why };
}

function list(named: readonly { readonly name: string }[]): string {
  return named.length > 0 ? named.map(({ name }) => name).join(", ") : "none";
}
