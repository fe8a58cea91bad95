/** What a plugin's author can do in place of an import that the sandbox does not have. @module */

const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [/^node:(fs|path)/, "read the project's files with ctx.resources"],
  [
    /^node:(https?|net|dns|tls|http2|dgram|undici)/,
    "use fetch, and ask for the address in allow.http",
  ],
  [/^node:(crypto)/, "use ctx.hmac for signatures, ctx.basic for credentials"],
  [/^node:(child_process|worker_threads|cluster)/, "run programs with `periplus plane --run`"],
  [/^node:(process|os)/, "use ctx.config for settings and ctx.secret for secrets"],
  [/^node:(buffer)/, "use Uint8Array, TextEncoder, atob and btoa"],
  [/^node:(timers)/, "use ctx.sleep or ctx.poll"],
  [/^node:(url)/, "URL and URLSearchParams are globals"],
  [/^node:/, "no runtime modules exist in the sandbox; a pure JavaScript package may do"],
  [
    /^(https?|npm|jsr|data):/,
    "install the package beside the plugin (npm install) and import it by name",
  ],
];

/** A sentence that names what to use in place of a module. */
export function alternativeTo(specifier: string): string {
  const found = INSTEAD.find(([pattern]) => pattern.test(specifier));
  return found?.[1] ?? "only files of its folder and pure JavaScript packages can be bundled";
}
