/** Draws a timeline: in place on a terminal, else one line for each change. @module */
import type { Colour } from "../output.ts";
import type { Sink } from "../io.ts";
import { changesOf, type Line, linesOf } from "./lines.ts";
import type { Timeline } from "./model.ts";

type Paint = (colour: Colour, text: string) => string;

const MARKS: { readonly [S in Line["state"]]: readonly [string, Colour] } = {
  waiting: ["…", "grey"],
  running: ["▶", "blue"],
  approval: ["?", "yellow"],
  pass: ["✔", "green"],
  warning: ["!", "yellow"],
  fail: ["✘", "red"],
  errored: ["✘", "red"],
  aborted: ["■", "red"],
  unanswered: ["✘", "red"],
  skipped: ["-", "grey"],
  refused: ["✘", "red"],
};

export interface Painter {
  /** Shows the timeline as it is at an instant, in milliseconds since 1970. */
  draw(timeline: Timeline, now: number): void;
  /** Leaves the last picture standing; text written afterwards goes below it. */
  end(): void;
}

/** `screen` is written to as it is; a terminal is redrawn in place. */
export function createPainter(screen: Sink, paint: Paint): Painter {
  return screen.isTerminal ? livePainter(screen, paint) : logPainter(screen, paint);
}

function livePainter(screen: Sink, paint: Paint): Painter {
  let drawn: readonly string[] = [];
  let height = 0;
  function write(rows: readonly string[]): void {
    const up = height > 0 ? `\u001b[${height}A` : "";
    screen.write(`${up}\r${rows.map((row) => `\u001b[2K${row}\n`).join("")}\u001b[J`);
    height = rows.length;
  }
  return {
    draw(timeline, now) {
      drawn = linesOf(timeline, now).map((line) => rowOf(line, paint, screen.columns));
      // What has left the screen at its top can not be redrawn.
      write(drawn.slice(-Math.max(1, (screen.rows ?? Infinity) - 1)));
    },
    end() {
      if (height < drawn.length) write(drawn);
      height = 0;
      drawn = [];
    },
  };
}

function logPainter(screen: Sink, paint: Paint): Painter {
  let before: readonly Line[] = [];
  return {
    draw(timeline, now) {
      const after = linesOf(timeline, now).flatMap(settled);
      const time = new Date(now).toISOString().slice(11, 19);
      for (const line of changesOf(before, after)) {
        screen.write(`${time} ${rowOf(line, paint, Infinity).trimEnd()}\n`);
      }
      before = after;
    },
    end() {},
  };
}

/** What is over within a second is worth a line for its end, not for its waiting. */
function settled(line: Line): Line[] {
  if (!line.isFresh) return [line];
  return line.state === "running" ? [{ ...line, note: line.brief }] : [];
}

/** `staging      evaluation    ✘ fail       4.2 s  lighthouse: …`, cut at the width. */
export function rowOf(line: Line, paint: Paint, columns: number): string {
  const [mark, colour] = MARKS[line.state];
  const name = line.isTask ? `  ${line.name}` : line.name;
  const start = `${line.stage.padEnd(12)} ${name.padEnd(18)} `;
  const state = `${mark} ${line.state.padEnd(10)}`;
  const span = line.span.padStart(8);
  const room = columns - start.length - state.length - span.length - 3;
  const note = line.note.replaceAll(/\s+/g, " ");
  const shown = note.length > room ? `${note.slice(0, Math.max(0, room - 1))}…` : note;
  const bold = line.isTask ? start : paint("bold", start);
  return `${bold}${paint(colour, state)}${span}  ${paint("grey", shown)}`;
}
