/** Each kind of waiting, skipping, refusing and ending, and how it is made. @module */
import { place, PROJECT, type Scene } from "./reason_scene.ts";

export interface Case {
  readonly name: string;
  readonly rule: string;
  readonly sentence: RegExp;
  /** Makes it happen for a service of its own; resolves with the context. */
  make(scene: Scene, service: string): Promise<string>;
}

const delivery = (scene: Scene, service: string): Promise<string> =>
  scene.send("dev.delivery.triggered", service);
const control = (scene: Scene, context: string, state: string, stage?: string): Promise<unknown> =>
  scene.call("POST", `/controlPlane/v1/sequence/${PROJECT}/${context}/control`, {
    state,
    ...(stage ? { stage } : {}),
  });

/** A delivery whose context also got an event that is refused. */
function refusing(type: string, data: object) {
  return async (scene: Scene, service: string): Promise<string> => {
    const shkeptncontext = await delivery(scene, service);
    await scene.call("POST", "/v1/event", {
      ...{ type, source: "somebody", specversion: "1.0", shkeptncontext },
      data: { ...place(service), ...data },
    });
    return shkeptncontext;
  };
}

export const CASES: readonly Case[] = [
  {
    name: "a task that nobody hears",
    rule: "nobody-subscribed",
    sentence: /^nobody is subscribed to sh\.keptn\.event\.work\.triggered in stage dev/,
    make: delivery,
  },
  {
    name: "a sequence in the queue",
    rule: "slot-held",
    sentence: /^waits for its turn: context \S+ holds service \S+ in stage dev$/,
    async make(scene, service) {
      await delivery(scene, service);
      return delivery(scene, service);
    },
  },
  {
    name: "a task held back",
    rule: "task-held",
    sentence: /^task more is held back: context \S+ holds service \S+ in stage dev$/,
    async make(scene, service) {
      const context = await delivery(scene, service);
      await scene.answer("work", "started", context, service);
      await control(scene, context, "pause");
      await scene.answer("work", "finished", context, service);
      const holder = await delivery(scene, service);
      await scene.answer("work", "started", holder, service);
      await control(scene, context, "resume");
      return context;
    },
  },
  {
    name: "a paused context",
    rule: "paused",
    sentence: /^pause was commanded by \S+$/,
    async make(scene, service) {
      const context = await delivery(scene, service);
      await control(scene, context, "pause");
      return context;
    },
  },
  {
    name: "a paused stage",
    rule: "paused",
    sentence: /^pause was commanded by \S+$/,
    async make(scene, service) {
      const context = await delivery(scene, service);
      await control(scene, context, "pause", "dev");
      return context;
    },
  },
  {
    name: "a delayed task",
    rule: "task-delayed",
    sentence: /^task work is sent at \S+Z, as its triggeredAfter says$/,
    make: (scene, service) => scene.send("dev.delayed.triggered", service),
  },
  {
    name: "an approval",
    rule: "waiting-for-approval",
    sentence: /^waits for somebody to approve or decline \S+ in dev$/,
    make: (scene, service) => scene.send("dev.gated.triggered", service),
  },
  {
    name: "a task that somebody hears",
    rule: "waiting-for-started",
    sentence: /: integration worker should answer$/,
    async make(scene, service) {
      const filter = { projects: [PROJECT], stages: [], services: [service] };
      await scene.call("POST", "/controlPlane/v1/uniform/registration", {
        name: "worker",
        metadata: { hostname: "h", kubernetesmetadata: { namespace: "n" } },
        subscriptions: [{ event: "sh.keptn.event.work.triggered", filter }],
      });
      return delivery(scene, service);
    },
  },
  {
    name: "a task under way",
    rule: "waiting-for-finished",
    sentence: /^task work is being worked on by worker: 0 of 1 finished$/,
    async make(scene, service) {
      const context = await delivery(scene, service);
      await scene.answer("work", "started", context, service);
      return context;
    },
  },
  ...(
    [
      ["a sequence that does not follow", "not-matched", /^staging\.delivery was not triggered: /],
      ["a skipped task", "task-skipped", /^task more was skipped: work ended with result fail/],
    ] as const
  ).map(([name, rule, sentence]) => ({
    name,
    rule,
    sentence,
    async make(scene: Scene, service: string) {
      const context = await delivery(scene, service);
      await scene.answer("work", "started", context, service);
      await scene.answer("work", "finished", context, service, { result: "fail" });
      return context;
    },
  })),
  {
    name: "an evaluation that measured nothing",
    rule: "nothing-evaluated",
    sentence: /^nothing was measured/,
    make: (scene, service) =>
      scene.send("dev.judged.triggered", service, { data: { evaluation: { timeframe: "5m" } } }),
  },
  {
    name: "a plugin that waits for its grant",
    rule: "waiting-for-grant",
    sentence:
      /^plugin caller waits for a grant .*; permit it with: periplus plugin allow caller --http https:\/\/foreign\.example$/,
    make: (scene, service) => scene.send("dev.guarded.triggered", service),
  },
  {
    name: "a call outside a plugin's grant",
    rule: "denied",
    sentence:
      /^granted may not reach https:\/\/foreign\.example; permit it with: periplus plugin allow granted /,
    make: (scene, service) => scene.send("dev.partly.triggered", service),
  },
  {
    name: "a sequence that cannot start",
    rule: "failed-start",
    sentence: /^Unable to start sequence none: /,
    make: (scene, service) => scene.send("dev.none.triggered", service),
  },
  {
    name: "an aborted sequence",
    rule: "aborted",
    sentence: /^abort was commanded by \S+$/,
    async make(scene, service) {
      const context = await delivery(scene, service);
      await control(scene, context, "abort");
      return context;
    },
  },
  {
    name: "an event of no known type",
    rule: "type",
    sentence: /^nonsense is no Keptn event type: /,
    make: refusing("nonsense", {}),
  },
  {
    name: "an event that cannot be decoded",
    rule: "cannot decode",
    sentence: /^cannot decode the event: data\.labels has a wrong type/,
    make: refusing("sh.keptn.event.work.finished", { labels: { build: 1 } }),
  },
  {
    name: "an event without a place",
    rule: "scope",
    sentence: /^data lacks service: /,
    make: refusing("sh.keptn.event.work.finished", { service: "" }),
  },
  {
    name: "an event of two stages",
    rule: "stage",
    sentence: /^the event type names stage dev, its data stage staging: /,
    make: refusing("sh.keptn.event.dev.delivery.triggered", { stage: "staging" }),
  },
  {
    name: "an answer that nobody asked for",
    rule: "not found",
    sentence: /^the answer has no triggeredid: /,
    make: refusing("sh.keptn.event.work.finished", {}),
  },
];
export const LATE: readonly Case[] = [
  {
    name: "a task that nobody answered in time",
    rule: "timed-out",
    sentence: /^nobody answered sh\.keptn\.event\.work\.triggered within 1(\.0)? ?s$/,
    make: delivery,
  },
];
