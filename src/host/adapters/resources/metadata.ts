/** The `metadata.yaml` files that mark projects, stages and services (Keptn: ux.md 5.2). @module */

export const METADATA = "metadata.yaml";

export function projectMetadata(project: string, at: number, directories: boolean): Uint8Array {
  return yaml({
    projectName: plain(project),
    creationTimestamp: goTime(at),
    isUsingDirectoryStructure: String(directories),
  });
}

export function stageMetadata(stage: string, at: number): Uint8Array {
  return yaml({ stagename: plain(stage), creationtimestamp: goTime(at) });
}

export function serviceMetadata(service: string, at: number): Uint8Array {
  return yaml({ servicename: plain(service), creationtimestamp: goTime(at) });
}

/** Go's text of an instant: `2022-09-15 08:44:12.57 +0000 UTC`. */
function goTime(at: number): string {
  const [date, time] = new Date(at).toISOString().slice(0, -1).split("T");
  return `${date} ${time!.replace(/\.?0+$/, "")} +0000 UTC`;
}

function yaml(fields: Readonly<Record<string, string>>): Uint8Array {
  const lines = Object.entries(fields).map(([key, value]) => `${key}: ${value}\n`);
  return new TextEncoder().encode(lines.join(""));
}

/** Names may look like numbers or hold YAML's signs: JSON's quotes are YAML's too. */
function plain(name: string): string {
  return /^[A-Za-z][\w-]*$/.test(name) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(name)
    ? name
    : JSON.stringify(name);
}
