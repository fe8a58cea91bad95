/** Bodies of Keptn's uniform, log and secret API. @module */
import { z } from "zod";

const text = z.string();
const names = z.array(text).nullish();

/** One subscription; null and empty lists mean any (Keptn: http-api.md 4.1). */
export const subscriptionModel = z
  .looseObject({
    id: text.optional(),
    event: text.default(""),
    filter: z.looseObject({ projects: names, stages: names, services: names }).nullish(),
  })
  .meta({ id: "Subscription" });

export const integrationModel = z
  .looseObject({
    id: text.optional(),
    name: text.default(""),
    metadata: z.looseObject({
      hostname: text.default(""),
      integrationversion: text.optional(),
      distributorversion: text.optional(),
      location: text.optional(),
      kubernetesmetadata: z
        .looseObject({
          namespace: text.default(""),
          podname: text.optional(),
          deploymentname: text.optional(),
        })
        .nullish(),
      lastseen: text.nullish(),
    }),
    subscriptions: z.array(subscriptionModel).nullish(),
  })
  .meta({ id: "Integration" });
export const integrationsModel = z.array(integrationModel).meta({ id: "Integrations" });
export const idModel = z.looseObject({ id: text }).meta({ id: "Id" });

/** What an integration wants on record (Keptn: http-api.md 2.2.10). */
export const logEntry = z
  .looseObject({
    integrationid: text.default(""),
    message: text.default(""),
    time: text.nullish(),
    shkeptncontext: text.default(""),
    task: text.default(""),
    triggeredid: text.default(""),
    gitcommitid: text.default(""),
  })
  .meta({ id: "LogEntry" });
export const logInput = z.looseObject({ logs: z.array(logEntry) }).meta({ id: "LogInput" });
export const logsModel = z
  .looseObject({
    logs: z.array(logEntry),
    nextPageKey: z.number().optional(),
    totalCount: z.number().optional(),
  })
  .meta({ id: "Logs" });

/** Body of secret creation and change; values never come back (Keptn: http-api.md 2.5). */
export const secretInput = z
  .looseObject({
    name: text.min(1),
    scope: text.optional(),
    data: z.record(z.string(), z.string()),
  })
  .meta({ id: "SecretInput" });
export const secretsModel = z
  .looseObject({
    Secrets: z.array(
      z.looseObject({ name: text, scope: text.optional(), keys: z.array(text).nullish() }),
    ),
  })
  .meta({ id: "Secrets" });
export const scopesModel = z.looseObject({ scopes: z.array(text) }).meta({ id: "Scopes" });

export type Integration = z.infer<typeof integrationModel>;
export type Subscription = z.infer<typeof subscriptionModel>;
export type LogEntryModel = z.infer<typeof logEntry>;
