import { describe, expect, it } from "vitest";
import { addEvent, withExplanation } from "../../src/cli/timeline/fold.ts";
import { changesOf, linesOf } from "../../src/cli/timeline/lines.ts";
import { emptyTimeline, resultOf, type Timeline } from "../../src/cli/timeline/model.ts";
import { createPainter, rowOf } from "../../src/cli/timeline/paint.ts";
import { exitOf } from "../../src/cli/wait.ts";
import type { EventModel } from "../../src/spec/models.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
let count = 0;

function event(
  second: number,
  type: string,
  more: { id?: string; to?: string; source?: string; data?: Record<string, unknown> } = {},
): EventModel {
  return {
    id: more.id ?? `e${count++}`,
    type: `sh.keptn.event.${type}`,
    source: more.source ?? "shipyard-controller",
    time: new Date(START + second * 1_000).toISOString(),
    shkeptncontext: "c",
    ...(more.to ? { triggeredid: more.to } : {}),
    data: { project: "p", stage: "dev", service: "s", ...more.data } as never,
  };
}
function fold(...events: EventModel[]): Timeline {
  return events.reduce(addEvent, emptyTimeline("c"));
}
const pass = { result: "pass", status: "succeeded" };
const run = (id = "run"): EventModel => event(0, "dev.delivery.triggered", { id });
const task = (id = "task", name = "test"): EventModel => event(1, `${name}.triggered`, { id });

function explained(
  timeline: Timeline,
  ...reasons: {
    id: string;
    kind: string;
    task?: string;
    rule: string;
    message: string;
    values?: Record<string, string>;
  }[]
): Timeline {
  return withExplanation(timeline, {
    state: {
      name: "delivery",
      service: "s",
      project: "p",
      time: "",
      shkeptncontext: "c",
      state: "started",
      stages: [],
    },
    events: [],
    reasons: reasons.map(({ id, kind, task = "", ...reason }) => ({
      id,
      kind: kind as "waiting",
      stage: "dev",
      sequence: "delivery",
      task,
      reason,
    })),
  });
}
function rows(timeline: Timeline, second: number): string[] {
  return linesOf(timeline, START + second * 1_000).map((line) =>
    rowOf(line, (_, text) => text, Infinity)
      .replaceAll(/ +/g, " ")
      .trim(),
  );
}

describe("folding events", () => {
  it("shows a task as waiting, running and over, with its durations", () => {
    const waiting = fold(run(), task());
    expect(rows(waiting, 3)).toEqual(["dev delivery ▶ running 3.0 s", "dev test … waiting 2.0 s"]);
    const running = addEvent(waiting, event(4, "test.started", { to: "task", source: "x" }));
    expect(rows(running, 5).at(-1)).toBe("dev test ▶ running 4.0 s x");
    const said = addEvent(
      running,
      event(5, "test.status.changed", { to: "task", source: "x", data: { message: "half" } }),
    );
    expect(rows(said, 5).at(-1)).toBe("dev test ▶ running 4.0 s x: half");
    const done = addEvent(said, event(6, "test.finished", { to: "task", source: "x", data: pass }));
    expect(rows(done, 9).at(-1)).toBe("dev test ✔ pass 5.0 s x: half");
  });

  it("waits for every executor that started, and folds their answers", () => {
    const two = fold(
      run(),
      task(),
      event(2, "test.started", { to: "task", source: "a" }),
      event(2, "test.started", { to: "task", source: "b" }),
      event(3, "test.finished", { to: "task", source: "a", data: pass }),
    );
    expect(two.tasks[0]!.outcome).toBeUndefined();
    const answer = { result: "warning", status: "succeeded" };
    const done = addEvent(
      two,
      event(4, "test.finished", { to: "task", source: "b", data: answer }),
    );
    expect(done.tasks[0]!.outcome).toEqual({ result: "warning", status: "succeeded" });
  });

  it("takes an event once, and leaves tasks of executors and late answers out", () => {
    const events = [run(), task(), event(2, "get-sli.triggered", { source: "lighthouse-service" })];
    const timeline = fold(...events, ...events);
    expect(timeline.runs).toHaveLength(1);
    expect(timeline.tasks.map(({ name }) => name)).toEqual(["test"]);
    expect(addEvent(timeline, event(3, "test.finished", { to: "gone" })).tasks).toEqual(
      timeline.tasks,
    );
  });
});

describe("reasons", () => {
  it.each([
    [
      "queued",
      { id: "run", kind: "waiting", rule: "slot-held", message: "behind" },
      "dev delivery ▶ running 2.0 s behind (slot-held)",
    ],
    [
      "unanswered",
      { id: "task", kind: "waiting", task: "test", rule: "nobody-subscribed", message: "nobody" },
      "dev test … waiting 1.0 s nobody (nobody-subscribed)",
    ],
    [
      "held back, not sent yet",
      { id: "later", kind: "waiting", task: "release", rule: "task-held", message: "held" },
      "dev release … waiting held (task-held)",
    ],
    [
      "skipped",
      { id: "run", kind: "skipped", task: "release", rule: "task-skipped", message: "no" },
      "dev release - skipped no (task-skipped)",
    ],
    [
      "refused",
      { id: "x", kind: "refused", rule: "not found", message: "late" },
      "dev event ✘ refused late (not found)",
    ],
  ])("%s: the host's sentence and rule", (_name, reason, row) => {
    expect(rows(explained(fold(run(), task()), reason), 2)).toContain(row);
  });

  it("name the sequence that did not follow", () => {
    const values = { stage: "prod", sequence: "release" };
    const reason = { id: "run", kind: "skipped", rule: "not-matched", message: "no", values };
    expect(rows(explained(fold(run()), reason), 2)).toContain(
      "prod release - skipped no (not-matched)",
    );
  });

  it("belong to the open run when a sequence runs twice", () => {
    const ended = event(2, "dev.delivery.finished", { to: "run", data: pass });
    const twice = fold(run(), ended, event(3, "dev.delivery.triggered", { id: "again" }));
    const held = { id: "later", kind: "waiting", task: "test", rule: "task-held", message: "held" };
    expect(rows(explained(twice, held), 4).filter((row) => row.includes("task-held"))).toHaveLength(
      1,
    );
  });
});

describe("exit codes", () => {
  const end = (
    run: string,
    second: number,
    data: Record<string, unknown>,
    type = "dev.delivery",
  ): EventModel => event(second, `${type}.finished`, { to: run, data });
  const over = (timeline: Timeline, flags = {}) =>
    exitOf({ timeline, ended: "over" }, { "fail-on": undefined, "allow-empty": false, ...flags })
      .code;

  it.each([
    ["pass", pass, 0],
    ["warning", { result: "warning", status: "succeeded" }, 0],
    ["fail", { result: "fail", status: "succeeded" }, 2],
    ["errored", { result: "fail", status: "errored" }, 2],
    ["aborted", { result: "pass", status: "aborted" }, 5],
  ])("%s", (_name, data, code) => {
    expect(over(fold(run(), end("run", 1, data)))).toBe(code);
  });

  it("3 for a warning only when asked", () => {
    const timeline = fold(run(), end("run", 1, { result: "warning", status: "succeeded" }));
    expect(over(timeline, { "fail-on": "warning" })).toBe(3);
  });

  it("a rollback does not mend a failure, a second remediation does", () => {
    const rollback = event(2, "dev.rollback.triggered", { id: "back" });
    const failed = { result: "fail", status: "succeeded" };
    const mended = fold(
      run(),
      end("run", 1, failed),
      rollback,
      end("back", 3, pass, "dev.rollback"),
    );
    expect(resultOf(mended)).toBe("fail");
    const again = fold(run(), end("run", 1, failed), run("second"), end("second", 3, pass));
    expect(resultOf(again)).toBe("pass");
  });

  it("1 when an evaluation measured nothing, unless that is allowed", () => {
    const evaluation = {
      result: "pass",
      score: 100,
      timeStart: "",
      timeEnd: "",
      indicatorResults: [],
    };
    const timeline = fold(
      run(),
      task("task", "evaluation"),
      event(2, "evaluation.started", { to: "task" }),
      event(3, "evaluation.finished", { to: "task", data: { ...pass, evaluation } }),
      end("run", 4, pass),
    );
    expect(over(timeline)).toBe(1);
    expect(over(timeline, { "allow-empty": true })).toBe(0);
  });
});

describe("painting", () => {
  function screen(isTerminal: boolean) {
    const parts: string[] = [];
    const sink = { write: (text: string) => void parts.push(text), isTerminal, columns: 60 };
    return { sink, parts };
  }

  it("writes one line for each change where there is no terminal", () => {
    const { sink, parts } = screen(false);
    const painter = createPainter(sink, (_, text) => text);
    const waiting = fold(run(), task());
    painter.draw(waiting, START + 1_500);
    painter.draw(waiting, START + 1_900);
    expect(parts).toHaveLength(1);
    painter.draw(waiting, START + 9_000);
    painter.draw(waiting, START + 10_000);
    expect(parts).toHaveLength(2);
    expect(parts[1]).toMatch(/^00:00:09 dev +test +… waiting +8.0 s\n$/);
  });

  it("redraws in place on a terminal, within its width", () => {
    const { sink, parts } = screen(true);
    const painter = createPainter(sink, (_, text) => text);
    const long = "x".repeat(200);
    const timeline = addEvent(
      fold(run(), task()),
      event(2, "test.started", { to: "task", data: { message: long } }),
    );
    painter.draw(timeline, START + 3_000);
    painter.draw(timeline, START + 4_000);
    expect(parts[1]!.startsWith("\u001b[2A\r")).toBe(true);
    const plain = parts[1]!.replaceAll(/\u001b\[\d*[A-Za-z]/g, "").split("\n");
    expect(Math.max(...plain.map((line) => line.trim().length))).toBeLessThanOrEqual(60);
  });

  it("shows the end of what is higher than the screen, and all of it at the end", () => {
    const { sink, parts } = screen(true);
    const painter = createPainter({ ...sink, rows: 3 }, (_, text) => text);
    const timeline = fold(run(), task("a", "one"), task("b", "two"), task("c", "three"));
    painter.draw(timeline, START + 3_000);
    expect(parts[0]).toMatch(/two[^]*three/);
    expect(parts[0]).not.toContain("one");
    painter.end();
    expect(parts[1]).toMatch(/^\u001b\[2A[^]*delivery[^]*one[^]*two[^]*three/);
  });

  it("finds what changed, durations aside", () => {
    const before = linesOf(fold(run(), task()), START + 2_000);
    const after = linesOf(fold(run(), task()), START + 9_000);
    expect(changesOf(before, after)).toEqual([]);
  });
});
