import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { VERBS } from "../../src/cli/overview.ts";
import { type Shell, shell } from "./run.ts";

let cli: Shell;

beforeAll(() => {
  cli = shell(mkdtempSync(join(tmpdir(), "periplus-words-")));
});
afterAll(() => rmSync(cli.folder, { recursive: true, force: true }));

describe("words and flags", () => {
  // These write to the terminal themselves; their tests start them as processes.
  const own = VERBS.map(({ words }) => words[0]!).filter(
    (words) => !["serve", "plane"].includes(words),
  );
  it.each(own)("%s has help with usage and examples", async (words) => {
    const ran = await cli.run(`${words} --help`);
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.out).toContain(`periplus ${words}`);
  });

  it.each([
    ["", 1, /^Periplus: /],
    ["trigger", 1, /trigger what\?: trigger takes delivery, evaluation, sequence/],
    ["trigger delivry", 1, /unknown command trigger delivry \(did you mean delivery\?\)/],
    ["triger delivery", 1, /unknown command triger \(did you mean trigger\?\)/],
    ["validate --knd slo x", 1, /unknown flag --knd \(did you mean --kind\?\)/],
    ["validate --kind cake x", 1, /--kind must be one of shipyard, slo/],
    ["validate", 1, /validate needs FILE…/],
    ["trigger delivery --project", 1, /--project needs a value: --project NAME/],
    ["trigger delivery --project p --service s --wait=maybe", 1, /--wait takes no value/],
    ["trigger delivery --project p --service s --timeout soon", 1, /--timeout must be a duration/],
    ["trigger delivery --service s --image a:1 --endpoint x", 1, /--project is needed/],
    ["trigger delivery extra --project p --service s", 1, /takes no argument, not also extra/],
    ["get projects", 1, /no host found: start one with `periplus serve`/],
    ["get projects --endpoint ::", 1, /:: is no address/],
    [
      "create secret x --from-literal broken --endpoint localhost",
      1,
      /--from-literal must be name=value, not broken/,
    ],
    ["completion tcsh", 1, /no completions for tcsh: bash, zsh, fish/],
    ["plugin new Hello", 1, /Hello is no valid name/],
    ["init --service Carts", 1, /Carts is no valid name/],
    ["apply nowhere --endpoint localhost", 1, /nowhere is no folder/],
  ])("%j ends with %i and one sentence", async (line, code, said) => {
    const ran = await cli.run(line);
    expect(ran).toMatchObject({ code, out: "", err: expect.stringMatching(said) });
    expect(ran.err).not.toMatch(/\n\s+at /);
  });

  it.each([
    "create project sockshop --shipyard=shipyard.yaml --git-user=me --git-token=t --git-remote-url=https://git.example/x.git",
    "create project sockshop -s shipyard.yaml -u me -t t -r https://git.example/x.git -x",
    "update project sockshop --git-user=me --git-token=t --git-remote-url=https://git.example/x.git",
    "create service carts --project=sockshop",
    "add-resource --project=sockshop --stage=staging --service=carts --resource=shipyard.yaml --resourceUri=jmeter/load.jmx",
    "add-resource -p sockshop -s staging --service carts -r shipyard.yaml",
    "trigger delivery --project=sockshop --service=carts-db --image=docker.io/mongo:4.2.2 --sequence=delivery-direct",
    "trigger delivery --project=sockshop --service=carts --image=docker.io/carts --tag=0.12.1 -l a=b -w --watch-time 60",
    "trigger evaluation --project=sockshop --stage=staging --service=carts --timeframe=5m --labels=buildId=1",
    "trigger evaluation --project sockshop --stage staging --service carts --start 2020-01-01T00:00:00 --end 2020-01-01T00:05:00 --git-commit-id abc",
    "trigger sequence hello --project sockshop --service carts --stage dev -d a.b=c -y",
    "configure monitoring prometheus --project=sockshop --service=carts",
    "get event evaluation.finished --keptn-context=1234 --num-of-pages 2 -o yaml",
    "get event approval.triggered --project=sockshop --stage=production",
    "send event approval.finished --project=sockshop --stage=production --id=1234",
    "pause sequence --keptn-context=1234 -p sockshop -s dev",
    "create secret x --from-literal=a=b --scope=keptn-default -n keptn",
    "delete secret x -s keptn-default",
    "get secrets -o json --quiet",
    "delete project sockshop -y",
    "auth --endpoint=http://127.0.0.1:65535/api --api-token=t -s -i",
  ])("takes Keptn's line: %s", async (line) => {
    const shipyard = "apiVersion: 0.2.0\nkind: Shipyard\nspec: {stages: [{name: dev}]}\n";
    writeFileSync(join(cli.folder, "shipyard.yaml"), shipyard);
    const env = { KEPTN_ENDPOINT: "http://127.0.0.1:65535", KEPTN_API_TOKEN: "t" };
    expect(await cli.run(line, env)).toMatchObject({
      code: 1,
      err: expect.stringMatching(/^periplus: cannot reach .*: nothing listens there\n$/),
    });
  });

  it("prints completions that know the nouns", async () => {
    expect((await cli.run("completion bash")).out).toContain("trigger) COMPREPLY");
    expect((await cli.run("completion fish")).out).toContain(
      '"__fish_seen_subcommand_from trigger"',
    );
  });

  it("prints its version although no host is there", async () => {
    const ran = await cli.run("version");
    expect(ran).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^periplus \d+\.\d+\.\d+\n$/),
    });
  });
});

describe("validate", () => {
  const file = (name: string, text: string): string => {
    writeFileSync(join(cli.folder, name), text);
    return name;
  };

  it("prints file, line and column on stderr", async () => {
    const good = file("good.yaml", "indicators: {a: b}\n");
    const bad = file("bad.yaml", "kind: Remediation\napiVersion: spec.keptn.sh/0.1.3\n");
    expect(await cli.run(`validate ${good} ${bad}`)).toEqual({
      code: 1,
      out: "",
      err: expect.stringMatching(/^good.yaml: valid sli\nbad.yaml:2:1 apiVersion .*0.1.4.*\n$/),
    });
  });

  it("prints JSON on stdout", async () => {
    const bad = file("job.yaml", "apiVersion: v1\nactions: []\n");
    const ran = await cli.run(`validate ${bad} -o json`);
    expect(ran).toMatchObject({ code: 1, err: "" });
    expect(JSON.parse(ran.out)).toMatchObject([
      { file: "job.yaml", kind: "job", valid: false, problems: [{ line: 1, column: 1 }] },
    ]);
  });

  it("takes the kind that it is told", async () => {
    const text = file("any.yaml", "a: b\n");
    expect((await cli.run(`validate ${text}`)).err).toMatch(/cannot tell what kind/);
    expect((await cli.run(`validate ${text} --kind sli`)).err).toMatch(
      /missing required field: indicators/,
    );
  });

  it("names a file that is not there", async () => {
    expect((await cli.run("validate gone.yaml")).err).toBe(
      "periplus: cannot read gone.yaml: no such file\n",
    );
  });
});
