/** The three chapters: a good version, a slow one, and a problem in production. @module */
import { setTimeout as sleep } from "node:timers/promises";
import { sequenceType } from "../../spec/event_type.ts";
import { isObject } from "../../spec/json.ts";
import { writeYaml } from "../../spec/yaml.ts";
import type { Client } from "../client.ts";
import { type Deployed, GOOD_IMAGE, PROMOTION, SLOW_IMAGE, tagOf } from "./behaviour.ts";
import { type Chapter, differences, outcomeOf } from "./chapter.ts";
import type { Crew } from "./crew.ts";
import { putFile } from "./project.ts";
import { PROJECT, SERVICE, STAGES } from "./scene.ts";
import { readDeployed, readValues, VALUES_URI } from "./values.ts";

const FIRST = STAGES[0];
const PRODUCTION = "production";
const CUSTOMERS = 60;
const NOTICED_MS = 1_500;
const ROLLED_OUT_MS = 15_000;

/** Through all stages, past the approval. */
export function goodDelivery(client: Client): Chapter {
  return {
    title: `1  A good version: ${tagOf(GOOD_IMAGE)} from dev to production`,
    event: delivery(GOOD_IMAGE),
    expected: async (timeline) =>
      differences({
        "delivery in dev": [outcomeOf(timeline, "dev", "delivery"), "pass"],
        "delivery in staging": [outcomeOf(timeline, "staging", "delivery"), "pass"],
        "delivery in production": [outcomeOf(timeline, PRODUCTION, "delivery"), "pass"],
        "image in production": [(await readDeployed(client, PRODUCTION)).image, GOOD_IMAGE],
      }),
  };
}

/** Refused by the gate in staging and rolled back there; production never sees it. */
export function slowDelivery(client: Client): Chapter {
  return {
    title: `2  A slow version: ${tagOf(SLOW_IMAGE)} meets the quality gate`,
    event: delivery(SLOW_IMAGE),
    expected: async (timeline) =>
      differences({
        "delivery in dev": [outcomeOf(timeline, "dev", "delivery"), "pass"],
        "delivery in staging": [outcomeOf(timeline, "staging", "delivery"), "fail"],
        "the gate in staging": [
          timeline.tasks.findLast(({ name }) => name === "evaluation")?.evaluation?.result,
          "fail",
        ],
        "a rollback in staging": [timeline.runs.some(({ name }) => name === "rollback"), true],
        "image in staging": [(await readDeployed(client, "staging")).image, GOOD_IMAGE],
        "a delivery in production": [
          timeline.runs.some(({ stage }) => stage === PRODUCTION),
          false,
        ],
        "image in production": [(await readDeployed(client, PRODUCTION)).image, GOOD_IMAGE],
      }),
  };
}

/** The problem is answered by an action that repairs the workload. */
export function problem(client: Client, crew: Crew): Chapter {
  return {
    title: "3  A problem in production: remediation picks the action",
    event: {
      type: sequenceType(PRODUCTION, "remediation", "triggered"),
      source: "periplus-demo",
      specversion: "1.0",
      data: {
        project: PROJECT,
        stage: PRODUCTION,
        service: SERVICE,
        deployment: { deploymentURIsLocal: [`${crew.shop}/${PRODUCTION}`] },
        problem: {
          State: "OPEN",
          ProblemID: "1",
          problemTitle: "Failure rate increase",
          problemDetails: "customers see errors since the promotion began",
        },
      },
    },
    expected: async (timeline) =>
      differences({
        "remediation in production": [outcomeOf(timeline, PRODUCTION, "remediation"), "pass"],
        "the gate in production": [
          timeline.tasks.findLast(({ name }) => name === "evaluation")?.evaluation?.result,
          "pass",
        ],
        [`switch ${PROMOTION}`]: [
          (await readDeployed(client, PRODUCTION)).features.includes(PROMOTION),
          false,
        ],
      }),
  };
}

/** Somebody switches the promotion on, by a commit; resolves with the share of requests that fail. */
export async function spoilProduction(client: Client, crew: Crew): Promise<number> {
  const values = await readValues(client, PRODUCTION);
  const spoiled = featuresYaml("on", isObject(values) ? values : {});
  await putFile(client, PRODUCTION, VALUES_URI, spoiled);
  const shop = `${crew.shop}/${PRODUCTION}`;
  for (const until = Date.now() + ROLLED_OUT_MS; Date.now() < until; await sleep(100)) {
    const { features } = (await (await fetch(`${shop}/version`)).json()) as Deployed;
    if (features.includes(PROMOTION)) break;
  }
  let failed = 0;
  for (let customer = 0; customer < CUSTOMERS; customer++) {
    if (!(await fetch(`${shop}/carts`)).ok) failed += 1;
  }
  // Somebody needs a moment to see it; by then it is out of the next measurement's time frame.
  await sleep(NOTICED_MS);
  return failed / CUSTOMERS;
}

function delivery(image: string): object {
  return {
    type: sequenceType(FIRST, "delivery", "triggered"),
    source: "periplus-demo",
    specversion: "1.0",
    data: {
      project: PROJECT,
      stage: FIRST,
      service: SERVICE,
      configurationChange: { values: { image } },
    },
  };
}

function featuresYaml(state: string, values: object): string {
  return writeYaml({ ...values, features: { [PROMOTION]: state } });
}
