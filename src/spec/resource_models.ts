/** Bodies of Keptn's resource service (Keptn: http-api.md 2.3.2). @module */
import { z } from "zod";

const metadata = z.looseObject({
  upstreamURL: z.string(),
  /** Commit at which the content was read or written. */
  version: z.string(),
});

/** Body of `POST` and `PUT …/resource`; contents are base64. */
export const resourcesInput = z
  .looseObject({
    resources: z.array(
      z.looseObject({ resourceURI: z.string(), resourceContent: z.string().default("") }),
    ),
  })
  .meta({ id: "ResourcesInput" });

/** Body of `PUT …/resource/{uri}`. */
export const resourceInput = z
  .looseObject({ resourceContent: z.string().default("") })
  .meta({ id: "ResourceInput" });

export const resourceModel = z
  .looseObject({
    resourceURI: z.string(),
    /** Absent in lists and for an empty file. */
    resourceContent: z.string().optional(),
    metadata,
  })
  .meta({ id: "Resource" });

export const resourcesModel = z
  .looseObject({
    resources: z.array(resourceModel),
    nextPageKey: z.string(),
    totalCount: z.number().optional(),
  })
  .meta({ id: "Resources" });

export const writtenModel = z
  .looseObject({ commitID: z.string(), version: z.string(), metadata })
  .meta({ id: "Written" });
