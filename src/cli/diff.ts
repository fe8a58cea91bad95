/** The difference between two texts, line by line. @module */

/** Lines that went (`-`) and came (`+`), each with `context` lines around it. */
export function diffLines(before: string, after: string, context = 2): string[] {
  const edits = editsOf(lines(before), lines(after));
  const near = (at: number): boolean =>
    edits.slice(Math.max(0, at - context), at + context + 1).some(({ mark }) => mark !== " ");
  const shown: string[] = [];
  edits.forEach(({ mark, line }, at) => {
    if (near(at)) shown.push(`${mark} ${line}`);
    else if (shown.length > 0 && shown.at(-1) !== "…") shown.push("…");
  });
  if (shown.at(-1) === "…") shown.pop();
  return shown;
}

interface Edit {
  readonly mark: " " | "-" | "+";
  readonly line: string;
}

function lines(text: string): string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

/** By the longest common subsequence; equal ends are set aside, which is where most lines are. */
function editsOf(before: readonly string[], after: readonly string[]): Edit[] {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const same = (line: string): Edit => ({ mark: " ", line });
  return [
    ...before.slice(0, start).map(same),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

function middle(before: readonly string[], after: readonly string[]): Edit[] {
  const common = table(before, after);
  const edits: Edit[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    const [old, fresh] = [before[row], after[column]];
    if (old !== undefined && old === fresh) {
      edits.push({ mark: " ", line: old });
      row++;
      column++;
    } else if (fresh === undefined || (old !== undefined && down(row, column))) {
      edits.push({ mark: "-", line: old! });
      row++;
    } else {
      edits.push({ mark: "+", line: fresh });
      column++;
    }
  }
  return edits;

  function down(at: number, right: number): boolean {
    return (common[at + 1]?.[right] ?? 0) >= (common[at]?.[right + 1] ?? 0);
  }
}

/** `table[r][c]`: how many lines the rests from r and c have in common. */
function table(before: readonly string[], after: readonly string[]): Uint32Array[] {
  const rows = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  for (let row = before.length - 1; row >= 0; row--) {
    for (let column = after.length - 1; column >= 0; column--) {
      rows[row]![column] =
        before[row] === after[column]
          ? rows[row + 1]![column + 1]! + 1
          : Math.max(rows[row + 1]![column]!, rows[row]![column + 1]!);
    }
  }
  return rows;
}
