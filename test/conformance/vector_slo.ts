/** The SLO file of a vector, as the plugin would find it. @module */
import { parseSlo } from "../../src/spec/slo_file.ts";
import { classifySlo, type SloLookup, unparsableSlo } from "../../src/spec/slo_lookup.ts";
import { readText } from "./vector_values.ts";

export interface Place {
  readonly project: string;
  readonly stage: string;
  readonly service: string;
}

/** Reads the file with the errors that the vector wants. */
export function lookUpSlo(vector: Record<string, unknown>, place: Place): SloLookup {
  const fetched = classifySlo({
    content: (vector.slo ?? null) as string | null,
    resourceError: readText(vector.sloRetrievalError),
    serviceError: readText(vector.serviceLookupError),
  });
  if (fetched.kind !== "content") return fetched;
  const read = parseSlo(fetched.content);
  if (!read.ok) {
    const { project, stage, service } = place;
    return { kind: "problem", message: unparsableSlo(project, stage, service) };
  }
  const contentBase64 = Buffer.from(fetched.content, "utf8").toString("base64");
  return { kind: "found", slo: read.slo, contentBase64 };
}
