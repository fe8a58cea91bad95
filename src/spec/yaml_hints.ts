/** What would be right where YAML is broken, by the parser's name for the fault. @module */

const HINTS: { readonly [code: string]: string } = {
  ALIAS_PROPS: "an alias such as *name takes neither tag nor anchor",
  BAD_ALIAS: "an alias such as *name needs an anchor &name before it",
  BAD_COLLECTION_TYPE: "the tag in front does not fit what follows: leave it out",
  BAD_DIRECTIVE: "a line that begins with % is a directive: put the text in quotes",
  BAD_DQ_ESCAPE: 'write \\\\ for a backslash in "…", or use single quotes',
  BAD_INDENT:
    "indent all entries of one mapping or list by the same number of blanks, and close every [ and {",
  BAD_PROP_ORDER: "anchors and tags stand directly before their value",
  BAD_SCALAR_START: "put a value that begins with this character in quotes",
  BLOCK_AS_IMPLICIT_KEY:
    "put a value that holds `: ` in quotes, or begin a new line for the mapping",
  BLOCK_IN_FLOW: "inside [ ] and { } write values on one line or in quotes",
  DUPLICATE_KEY: "this key stands twice in one mapping: remove one of them",
  KEY_OVER_1024_CHARS: "write `? ` in front of a key as long as this",
  MISSING_CHAR: "close every quote, [ and { that was opened, and write a blank after `:` and `-`",
  MULTILINE_IMPLICIT_KEY: "write key and `:` on one line; is there a `:` missing above?",
  MULTIPLE_ANCHORS: "a value takes one anchor",
  MULTIPLE_TAGS: "a value takes one tag",
  RESOURCE_EXHAUSTION: "it is nested too deeply",
  TAB_AS_INDENT: "indent with blanks, not with tabs",
  TAG_RESOLVE_FAILED: "this tag is not known: leave it out",
  UNEXPECTED_TOKEN: "check quotes, brackets and indentation of this line and the one above",
};

/** The parser's sentence, and what would be right. */
export function withHint(code: string, message: string): string {
  const said = message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");
  const hint = HINTS[code];
  return hint ? `${said}: ${hint}` : said;
}
