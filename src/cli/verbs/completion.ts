/** `completion`. @module */
import { command } from "../command.ts";
import { usage } from "../flags.ts";
import { VERBS } from "../overview.ts";

const SHELLS: { readonly [shell: string]: () => string } = { bash, zsh, fish };

export const completion = command({
  args: "SHELL",
  summary: "completions for bash, zsh or fish, to be sourced by it",
  flags: {},
  examples: ["source <(periplus completion bash)", "periplus completion fish | source"],
  async run({ args, io }) {
    const write = SHELLS[args[0]!];
    if (!write) throw usage(`no completions for ${args[0]}: ${Object.keys(SHELLS).join(", ")}`);
    io.out.write(write());
    return 0;
  },
});

function spellings(): string[] {
  return VERBS.map(({ words }) => words[0]!);
}

function firstWords(): string[] {
  return [...new Set(spellings().map((words) => words.split(" ")[0]!))];
}

/** `get` → project stage … */
function secondWords(): [string, string[]][] {
  return firstWords()
    .map((first): [string, string[]] => [
      first,
      spellings()
        .filter((words) => words.startsWith(`${first} `))
        .map((words) => words.slice(first.length + 1)),
    ])
    .filter(([, nouns]) => nouns.length > 0);
}

function bash(): string {
  const cases = secondWords().map(
    ([first, nouns]) => `    ${first}) COMPREPLY=($(compgen -W "${nouns.join(" ")}" -- "$word"));;`,
  );
  return [
    "_periplus() {",
    '  local word="${COMP_WORDS[COMP_CWORD]}"',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${firstWords().join(" ")}" -- "$word")); return`,
    "  fi",
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    '    *) COMPREPLY=($(compgen -f -- "$word"));;',
    "  esac",
    "}",
    "complete -F _periplus periplus",
    "",
  ].join("\n");
}

function zsh(): string {
  return `autoload -U +X bashcompinit && bashcompinit\n${bash()}`;
}

function fish(): string {
  const first = `complete -c periplus -f -n __fish_use_subcommand -a "${firstWords().join(" ")}"`;
  const second = secondWords().map(
    ([word, nouns]) =>
      `complete -c periplus -f -n "__fish_seen_subcommand_from ${word}" -a "${nouns.join(" ")}"`,
  );
  return [first, ...second, ""].join("\n");
}
