/** Who answers the indicators' queries: a real Prometheus when one is installed, else the stand-in. @module */
import { accessSync, constants, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { SCRAPE_MS, type ScrapeTarget } from "./scraper.ts";

/** The program's path, or undefined when it is not on the PATH. */
export function findProgram(name: string, path: string): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

/** Writes configuration and an empty database below `folder`; returns the arguments to start with. */
export function preparePrometheus(
  folder: string,
  port: number,
  targets: readonly ScrapeTarget[],
): string[] {
  const data = join(folder, "prometheus");
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  const config = join(folder, "prometheus.yml");
  writeFileSync(config, JSON.stringify(configOf(targets), null, 2));
  return [
    `--config.file=${config}`,
    `--storage.tsdb.path=${data}`,
    "--storage.tsdb.retention.time=2h",
    `--web.listen-address=127.0.0.1:${port}`,
    "--log.level=warn",
  ];
}

/** JSON is YAML, so that nothing needs to be quoted by hand. */
function configOf(targets: readonly ScrapeTarget[]): object {
  return {
    global: { scrape_interval: `${SCRAPE_MS}ms`, scrape_timeout: `${SCRAPE_MS}ms` },
    scrape_configs: targets.map(({ job, url }) => {
      const { host, pathname } = new URL(url);
      return { job_name: job, metrics_path: pathname, static_configs: [{ targets: [host] }] };
    }),
  };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Absent or not ours to run: the next folder of the PATH is asked.
    return false;
  }
}
