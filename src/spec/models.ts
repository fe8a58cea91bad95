/**
 * The bodies of Keptn's HTTP API; texts that Keptn omitted when empty are optional here.
 *
 * Answers are loose: a client keeps fields it does not know. `id` in the metadata is the name of
 * the component in OpenAPI.
 *
 * @module
 */
import { z } from "zod";

const text = z.string();
const texts = z.record(z.string(), z.string());

/** Keptn's answer to everything that goes wrong (Keptn: http-api.md 0.1). */
export const errorModel = z
  .looseObject({ code: z.number().optional(), message: text })
  .meta({ id: "Error" });

/** One event as read from the API (Keptn: http-api.md 0.4). */
export const eventModel = z
  .looseObject({
    id: text.optional(),
    source: text.nullish(),
    specversion: text.optional(),
    type: text,
    time: text.optional(),
    contenttype: text.optional(),
    datacontenttype: text.optional(),
    shkeptncontext: text.optional(),
    shkeptnspecversion: text.optional(),
    triggeredid: text.optional(),
    gitcommitid: text.optional(),
    extensions: z.json().optional(),
    data: z.json(),
  })
  .meta({ id: "Event" });

/** Body of `POST /v1/event` (Keptn: http-api.md 5.1). */
export const eventInput = z
  .looseObject({
    type: text.min(1),
    source: text,
    data: z.json().refine((value) => value !== null, "data is required"),
    id: text.optional(),
    time: text.optional(),
    specversion: text.optional(),
    contenttype: text.optional(),
    shkeptncontext: text.optional(),
    triggeredid: text.optional(),
    gitcommitid: text.optional(),
    extensions: z.json().optional(),
  })
  .meta({ id: "EventInput" });

export const eventContext = z.object({ keptnContext: z.string() }).meta({ id: "EventContext" });

export const eventsModel = z
  .looseObject({
    events: z.array(eventModel),
    nextPageKey: text.optional(),
    pageSize: z.number().optional(),
    totalCount: z.number().optional(),
  })
  .meta({ id: "Events" });

/** Open triggered events; `cursor` only when asked with `wait`. */
export const triggeredEvents = eventsModel
  .extend({ cursor: text.optional() })
  .meta({ id: "TriggeredEvents" });

export const metadataModel = z
  .looseObject({
    automaticprovisioning: z.boolean(),
    bridgeversion: text.optional(),
    keptnlabel: text,
    keptnversion: text,
    namespace: text,
    shipyardversion: text,
  })
  .meta({ id: "Metadata" });

const lastEvent = z.looseObject({
  eventId: text,
  keptnContext: text,
  /** Nanoseconds since 1970, as text. */
  time: text,
});

export const serviceModel = z
  .looseObject({
    serviceName: text,
    creationDate: text.optional(),
    deployedImage: text.optional(),
    lastEventTypes: z.record(z.string(), lastEvent).optional(),
    openRemediations: z.array(z.json()).nullish(),
  })
  .meta({ id: "Service" });

export const stageModel = z
  .looseObject({
    stageName: text,
    services: z.array(serviceModel),
    parentStages: z.array(text).optional(),
  })
  .meta({ id: "Stage" });

/** Git access without its secrets (Keptn: http-api.md 2.2.2). */
export const gitCredentialsModel = z.looseObject({
  remoteURL: text,
  user: text.optional(),
  https: z
    .looseObject({
      insecureSkipTLS: z.boolean().optional(),
      proxy: z
        .looseObject({ url: text, scheme: text.optional(), user: text.optional() })
        .optional(),
    })
    .optional(),
});

export const projectModel = z
  .looseObject({
    projectName: text,
    creationDate: text.optional(),
    /** Plain YAML. */
    shipyard: text.optional(),
    shipyardVersion: text.optional(),
    stages: z.array(stageModel),
    gitCredentials: gitCredentialsModel.optional(),
    isUpstreamAutoProvisioned: z.boolean().optional(),
  })
  .meta({ id: "Project" });

/** Git access as a client gives it (Keptn: http-api.md 2.2.4). */
export const gitCredentialsInput = z
  .strictObject({
    remoteURL: text,
    user: text.optional(),
    https: z
      .strictObject({
        token: text.optional(),
        certificate: text.optional(),
        insecureSkipTLS: z.boolean().optional(),
        proxy: z
          .strictObject({
            url: text,
            scheme: text.optional(),
            user: text.optional(),
            password: text.optional(),
          })
          .nullish(),
      })
      .nullish(),
    ssh: z.strictObject({ privateKey: text, privateKeyPass: text.optional() }).nullish(),
  })
  .meta({ id: "GitCredentials" });

/** Body of `POST` and `PUT /v1/project`; the shipyard is base64. */
export const projectInput = z
  .strictObject({
    name: text.optional(),
    shipyard: text.nullish(),
    gitCredentials: gitCredentialsInput.nullish(),
  })
  .meta({ id: "ProjectInput" });

export const serviceInput = z
  .looseObject({ serviceName: text.optional() })
  .meta({ id: "ServiceInput" });

/** One page of a list that Keptn's shipyard controller gave (Keptn: http-api.md 0.5). */
export function pageOf<K extends string, T extends z.ZodType>(key: K, item: T) {
  return z.looseObject({
    ...({ [key]: z.array(item) } as { [P in K]: z.ZodArray<T> }),
    nextPageKey: text,
    totalCount: z.number().optional(),
  });
}
export const projectsModel = pageOf("projects", projectModel).meta({ id: "Projects" });
export const stagesModel = pageOf("stages", stageModel).meta({ id: "Stages" });
export const servicesModel = pageOf("services", serviceModel).meta({ id: "Services" });

/** Body of the evaluation trigger (Keptn: http-api.md 6). */
export const evaluationInput = z
  .looseObject({
    labels: texts.nullish(),
    start: text.optional(),
    end: text.optional(),
    timeframe: text.optional(),
    gitcommitid: text.optional(),
  })
  .meta({ id: "EvaluationInput" });

export type KeptnProject = z.infer<typeof projectModel>;
export type KeptnStage = z.infer<typeof stageModel>;
export type KeptnService = z.infer<typeof serviceModel>;
export type EventModel = z.infer<typeof eventModel>;
