/** A plugin's definition as data, for its manifest. @module */

type Loose = { readonly [key: string]: unknown };

/** Everything of a definition that is not code; the host checks it. */
export function describe(plugin: unknown): Loose {
  const { name, version, api, source, allow, limits, config, tasks, on } = plugin as Loose;
  return {
    name,
    version,
    api,
    source,
    allow,
    limits,
    config: schemaOf(config),
    tasks: Object.fromEntries(
      Object.entries((tasks ?? {}) as Loose).map(([task, made]) => [task, describeTask(made)]),
    ),
    on: Object.keys((on ?? {}) as object),
  };
}

function describeTask(made: unknown): Loose {
  if (typeof made === "function") return { cancels: false };
  const { props, cancel, run, onUncertain } = (made ?? {}) as Loose;
  return {
    runs: typeof run === "function",
    props: schemaOf(props),
    cancels: typeof cancel === "function",
    onUncertain,
  };
}

function schemaOf(schema: unknown): unknown {
  return (schema as { json?: unknown } | undefined)?.json;
}
