import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Hosted, hosted, shell } from "./run.ts";

let host: Hosted;

beforeAll(async () => {
  host = await hosted();
}, 60_000);
afterAll(() => host?.end());

/** The context that a trigger printed. */
function contextOf(out: string): string {
  const context = /^ID of Keptn context: ([0-9a-f-]{36})$/m.exec(out)?.[1];
  if (!context) throw new Error(`no context in ${out}`);
  return context;
}

/** Runs a line again and again until it prints what is awaited; each run asks the host. */
async function until(line: string, awaited: RegExp) {
  for (;;) {
    const ran = await host.run(line);
    if (awaited.test(ran.out)) return ran;
  }
}

describe("an own project", () => {
  it("is written by init, and is valid", async () => {
    const init = await host.run("init shop --service=carts");
    expect(init).toMatchObject({ code: 0, err: expect.stringContaining("periplus apply shop") });
    expect(init.out.split("\n")).toContain("shop/shipyard.yaml");
    expect(await host.run("validate shop")).toMatchObject({ code: 0 });
    expect((await host.run("init shop --service=carts")).err).toMatch(
      /shipyard.yaml exists and stays/,
    );
  });

  it("is created by apply, which changes nothing the second time", async () => {
    const first = await host.run("apply shop");
    expect(first).toMatchObject({
      code: 0,
      err: expect.stringContaining("project shop: 7 changed"),
    });
    expect(first.out).toContain("+ project shop\n+ service shop/carts\n");
    const again = await host.run("apply shop");
    expect(again).toEqual({ code: 0, out: "", err: "project shop: nothing to change (5 files)\n" });
  });

  it("shows the diff of what apply changes", async () => {
    const slo = join(host.folder, "shop/services/carts/slo.yaml");
    writeFileSync(slo, readFileSync(slo, "utf8").replace('"90%"', '"80%"'));
    const dry = await host.run("apply shop --dry-run");
    expect(dry.out).toContain("~ file shop/staging/carts/slo.yaml\n");
    expect(dry.out).toMatch(/- {3}pass: "90%"\n {4}\+ {3}pass: "80%"/);
    expect((await host.run("apply shop -o name")).out).toBe(
      "shop/dev/carts/slo.yaml\nshop/staging/carts/slo.yaml\n",
    );
  });

  it("is refused with file and line when a file is wrong", async () => {
    const slo = join(host.folder, "shop/services/carts/slo.yaml");
    const good = readFileSync(slo, "utf8");
    writeFileSync(slo, "objectives: [");
    const ran = await host.run("apply shop");
    expect(ran).toMatchObject({ code: 1, out: "", err: expect.stringMatching(/slo.yaml:1:\d+ /) });
    writeFileSync(slo, good);
  });

  it("shows its stages and services", async () => {
    expect((await host.run("get project -o name")).out).toBe("shop\n");
    expect((await host.run("get stages --project shop")).out).toMatch(
      /^NAME +SERVICES +FOLLOWS\ndev/,
    );
    const services = await host.run("get services --project shop -o json");
    expect(JSON.parse(services.out)).toMatchObject([
      { project: "shop", stage: "dev", serviceName: "carts" },
      { project: "shop", stage: "staging", serviceName: "carts" },
    ]);
  });
});

describe("a delivery", () => {
  const trigger = "trigger delivery --project=shop --service=carts --image=carts:1.0.0";

  it("waits for its approval and says so, goes on, ends with 0", { timeout: 30_000 }, async () => {
    const waiting = host.run(`${trigger} --wait --timeout 20s`);
    const [question] = JSON.parse((await until("get approvals -o json", /approval/)).out) as {
      shkeptncontext: string;
    }[];
    const context = question!.shkeptncontext;
    const why = "waits for somebody to approve or decline carts in staging";
    await until(`get sequence ${context}`, new RegExp(why));
    expect(await host.run("approve")).toMatchObject({ code: 0, err: "Approved staging/carts\n" });
    const ran = await waiting;
    expect(ran.code).toBe(0);
    expect(contextOf(ran.out)).toBe(context);
    expect(ran.err).toMatch(/staging +deployment +✔ pass .* deploy-service: /);
    expect(ran.err).toMatch(/staging +approval +✔ pass .* periplus-cli: approved/);
    expect(ran.err).toContain("result pass");
    expect(ran.err).toContain(`page ${host.api.replace("/api", "")}/trace/${context}`);
  });

  it(
    "that is declined ends with 2, and its rollback does not mend that",
    { timeout: 30_000 },
    async () => {
      const waiting = host.run(`${trigger} --wait --timeout 20s`);
      await until("get approvals -o name", /./);
      expect(await host.run("decline --message not-today")).toMatchObject({ code: 0 });
      const ran = await waiting;
      expect(ran).toMatchObject({ code: 2, err: expect.stringContaining("result fail") });
      expect(ran.err).toMatch(/staging +approval +✘ fail .* periplus-cli: not-today/);
      expect(ran.err).toMatch(/staging +rollback +. \w+ .* deploy-service: Finished rollback/);
      expect(ran.err).toMatch(/- skipped .*task release was skipped/);
    },
  );

  it("that is not over in time ends with 4; aborted, with 5", { timeout: 30_000 }, async () => {
    const late = await host.run(`${trigger} --wait --timeout 1s`);
    expect(late).toMatchObject({ code: 4, err: expect.stringContaining("not over in time") });
    const context = contextOf(late.out);
    const again = host.run(
      `trigger sequence rollback --project=shop --service=carts --stage=staging --wait --timeout 20s`,
    );
    await host.run(`abort sequence --project=shop --keptn-context=${context}`);
    expect((await host.run(`get sequence ${context} -o json`)).out).toContain('"state": "aborted"');
    expect((await again).code).toBe(0);
    const held = host.run(`${trigger} --wait --timeout 20s`);
    const open = await until("get approvals -o json", /shkeptncontext/);
    const { shkeptncontext } = (JSON.parse(open.out) as { shkeptncontext: string }[])[0]!;
    await host.run(`abort sequence --project=shop --keptn-context=${shkeptncontext}`);
    expect(await held).toMatchObject({ code: 5, err: expect.stringContaining("aborted") });
  });

  it.each(["pause", "resume", "abort"])("that never was is not touched by %s", async (verb) => {
    const ran = await host.run(`${verb} sequence --project=shop --keptn-context=nope`);
    expect(ran).toMatchObject({
      code: 1,
      err: expect.stringContaining("no sequence nope in shop"),
    });
  });

  it.each([
    ["shipyard.yaml", 1, /broken\.yaml:1:1 .*apiVersion/],
    ["slo.yaml", 0, /warning: broken\.yaml:1:\d+ [^]*Resource slo\.yaml added/],
  ])("gets no broken %s unsaid", async (uri, code, said) => {
    const broken = uri === "shipyard.yaml" ? "stages: x\n" : "objectives: x\n";
    writeFileSync(join(host.folder, "broken.yaml"), broken);
    const ran = await host.run(
      `add-resource --project=shop --resource=broken.yaml --resourceUri=${uri}`,
    );
    expect(ran).toMatchObject({ code, err: expect.stringMatching(said) });
  });

  it("is paused and resumed, and says who paused it", { timeout: 30_000 }, async () => {
    const context = contextOf((await host.run(trigger)).out);
    await host.run(`pause sequence --project=shop --keptn-context=${context}`);
    expect((await host.run(`get sequence ${context}`)).out).toMatch(
      /: paused,[^]*pause was commanded by admin/,
    );
    await host.run(`resume sequence --project=shop --keptn-context=${context}`);
    await until(`get sequence ${context}`, /approval {2}/);
    await host.run(`abort sequence --project=shop --keptn-context=${context}`);
  });

  it("names stages and services that do not exist", async () => {
    const wrong = await host.run(`${trigger} --stage=devv`);
    expect(wrong).toMatchObject({ code: 1, out: "" });
    expect(wrong.err).toMatch(/no stage devv in project shop \(did you mean dev\?\)/);
    const service = await host.run("trigger delivery --project=shop --service=cart --image=a:1");
    expect(service.err).toMatch(/no service cart in stage dev \(did you mean carts\?\)/);
  });

  it("takes Keptn's flags: --tag, --values, --labels, -o json", async () => {
    const ran = await host.run(
      "trigger delivery --project=shop --service=carts --image=carts --tag=2 --values a.b=c=d --labels x=1,y=2 -o json",
    );
    const { keptnContext } = JSON.parse(ran.out) as { keptnContext: string };
    const events = await host.run(
      `get event dev.delivery.triggered --keptn-context=${keptnContext} -o json`,
    );
    expect(JSON.parse(events.out)).toMatchObject([
      {
        data: {
          labels: { x: "1", y: "2" },
          configurationChange: { values: { a: { b: "c=d" }, image: "carts:2" } },
        },
      },
    ]);
    await host.run(`abort sequence --project=shop --keptn-context=${keptnContext}`);
  });
});

describe("other things of a host", () => {
  it("sends events from files and shows them", async () => {
    const file = join(host.folder, "event.json");
    const data = { project: "shop", stage: "dev", service: "carts" };
    writeFileSync(
      file,
      JSON.stringify({ type: "sh.keptn.event.hello.started", source: "me", data }),
    );
    const context = contextOf((await host.run(`send event --file ${file}`)).out);
    expect(
      (await host.run(`get event --keptn-context=${context} --project=shop -o name`)).out,
    ).not.toBe("");
    expect((await host.run(`logs ${context} --project=shop`)).out).toMatch(
      /dev\/carts {2}hello.started {2}me/,
    );
  });

  it("keeps secrets and never shows them", async () => {
    expect(await host.run("create secret token --from-literal=key=hidden")).toMatchObject({
      code: 0,
    });
    const shown = await host.run("get secrets");
    expect(shown.out).toMatch(/^token +keptn-default +key$/m);
    expect(shown.out).not.toContain("hidden");
    expect(await host.run("update secret token --from-literal=key=other")).toMatchObject({
      code: 0,
    });
    expect(await host.run("delete secret token")).toMatchObject({ code: 0 });
    expect((await host.run("delete secret token")).err).toMatch(/^periplus: .*not found/);
  });

  it("adds a file to all stages", async () => {
    writeFileSync(join(host.folder, "note.txt"), "hello\n");
    const ran = await host.run(
      "add-resource --project=shop --all-stages --service=carts --resource=note.txt",
    );
    expect(
      ran.err.match(/Resource note.txt added to shop\/(dev|staging)\/carts at [0-9a-f]{40}/g),
    ).toHaveLength(2);
  });

  it("lists, allows and denies plugins", async () => {
    expect((await host.run("plugin list")).out).toMatch(/^prometheus +\S+ +/m);
    const allowed = await host.run(
      "plugin allow prometheus --http http://127.0.0.1:9090 --project shop",
    );
    expect(allowed.err).toBe(
      "Plugin prometheus may now use http://127.0.0.1:9090 in project shop\n",
    );
    expect((await host.run("plugin list -o json")).out).toContain("http://127.0.0.1:9090");
    await host.run("plugin deny prometheus --project shop");
    expect((await host.run("plugin list -o json")).out).not.toContain("http://127.0.0.1:9090");
    expect((await host.run("plugin allow promtheus --http http://a")).err).toMatch(
      /no plugin promtheus/,
    );
  });

  it("says which tasks of a shipyard nobody there executes", async () => {
    const shipyard = join(host.folder, "other.yaml");
    writeFileSync(
      shipyard,
      "apiVersion: spec.keptn.sh/0.2.3\nkind: Shipyard\nmetadata: {name: x}\nspec:\n  stages:\n    - name: dev\n      sequences:\n        - name: a\n          tasks:\n            - name: deployment\n            - name: dance\n",
    );
    const ran = await host.run(`validate ${shipyard} --against ${host.api}`);
    expect(ran.code).toBe(0);
    expect(ran.err).toMatch(/other.yaml:11:1 warning: nobody at .* executes task dance/);
    expect(ran.err).not.toContain("task deployment");
  });

  it("is found in the order of design D26", async () => {
    const found = await host.run("status");
    expect(found).toMatchObject({
      code: 0,
      out: expect.stringContaining(
        `${host.api} (found in ${host.folder}/.periplus/host.json)\n`,
      ) as string,
    });
    const elsewhere = { KEPTN_ENDPOINT: host.api, KEPTN_API_TOKEN: "wrong" };
    expect(await host.run("status", elsewhere)).toMatchObject({
      code: 1,
      out: expect.stringContaining(`${host.api} (found in KEPTN_ENDPOINT)\n`) as string,
      err: expect.stringContaining("check --api-token, KEPTN_API_TOKEN or periplus auth"),
    });
    const away = await host.run("status --endpoint http://127.0.0.1:65535");
    expect(away.err).toMatch(/cannot reach http:\/\/127.0.0.1:65535\/api: nothing listens there/);
  });

  it("is remembered by auth, for the owner only", async () => {
    const token = readFileSync(join(host.folder, ".periplus/token"), "utf8").trim();
    const home = join(host.folder, "home");
    const env = { HOME: home, PERIPLUS_DATA_DIR: join(host.folder, "nowhere") };
    const auth = await host.run(`auth --endpoint=${host.api} --api-token=${token}`, env);
    expect(auth).toMatchObject({
      code: 0,
      err: expect.stringContaining("Successfully authenticated"),
    });
    const path = join(home, ".config/periplus/auth.json");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const [found, page] = (await host.run("status", env)).out.split("\n");
    expect(found).toBe(`${host.api} (found in ${path})`);
    expect(page).toMatch(/^page http:\S+\/login\?code=\w+$/);
    await host.run("logout", env);
    expect((await host.run("status", env)).err).toMatch(/no host found/);
  });

  it("takes Keptn's file of contexts", async () => {
    const token = readFileSync(join(host.folder, ".periplus/token"), "utf8").trim();
    const file = join(host.folder, "contexts.yaml");
    writeFileSync(
      file,
      `contexts:\n  - name: a\n    namespace: keptn\n    endpoint: ${host.api}\n    api_token: ${token}\n`,
    );
    expect(await shell(host.folder).run("status", { KEPTNCONFIG: file })).toMatchObject({
      code: 0,
      out: expect.stringContaining(`${host.api} (found in ${file})\n`) as string,
    });
  });

  it("deletes service and project", async () => {
    expect(await host.run("create service more --project=shop")).toMatchObject({ code: 0 });
    expect(await host.run("delete service more --project=shop")).toMatchObject({ code: 0 });
    expect(await host.run("delete project shop")).toMatchObject({ code: 0 });
    expect((await host.run("get project shop")).err).toMatch(/not found/);
  });
});
