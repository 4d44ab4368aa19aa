import { runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { linkConfigUse } from "../../../src/clusters/drivers/link-config-use.ts";
import { planChanges } from "../../../src/config/config-changes.ts";
import { parseLinkConfig } from "../../../src/config/link-config-file.ts";
import { at, ClusterWorld, configText } from "./cluster-world.ts";

const TWO = configText({ demo: at(1), prod: at(2) });

test("clusters come, go and change, and nothing is done to the others", async () => {
  const world = new ClusterWorld();
  const transactions = await world.start(TWO);
  expect(world.served).toEqual(["demo 1", "prod 2"]);
  world.done.length = 0;
  world.text = configText({ demo: at(1), test: at(3) });
  expect(await transactions.reload()).toEqual({
    ok: true,
    changes: [
      { kind: "cluster", name: "prod", change: "removed", effect: "its links end" },
      { kind: "cluster", name: "test", change: "added" },
    ],
    down: [],
  });
  expect(world.done).toEqual(["close prod", "open test", "reload demo", "reload test"]);
  world.done.length = 0;
  world.text = configText({ test: at(3), demo: `${at(1)}, expiry-grace: 1h` });
  expect(await transactions.reload()).toMatchObject({ changes: [{ name: "demo", change: "changed" }] });
  expect(world.done).toEqual(["change demo", "reload demo", "reload test"]);
  expect(world.logged.filter(({ code }) => code === "CONFIG_TAKEN")).toHaveLength(2);
});

test("what one cluster lets go of, another one takes in the same transaction", async () => {
  const world = new ClusterWorld();
  const transactions = await world.start(TWO);
  world.text = configText({ demo: at(2), prod: at(1) });
  expect(await transactions.reload()).toMatchObject({ ok: true });
  expect(world.served).toEqual(["demo 2", "prod 1"]);
  world.text = configText({ demo: at(1), test: at(2) });
  expect(await transactions.reload()).toMatchObject({ ok: true });
  expect(world.served).toEqual(["demo 1", "test 2"]);
});

test("an identity of another vertex has its cluster begin anew", async () => {
  const world = new ClusterWorld();
  const transactions = await world.start(TWO);
  world.done.length = 0;
  world.text = TWO.replace("/etc/demo/vertex", "/etc/demo/vertex-renewed");
  expect(await transactions.reload()).toMatchObject({ ok: true });
  expect(world.done.slice(0, -2)).toEqual(["change demo"]);
  world.done.length = 0;
  world.text = TWO.replace("/etc/demo/vertex", "/etc/demo/other");
  expect(await transactions.reload()).toMatchObject({ ok: true });
  expect(world.done.slice(0, -2)).toEqual(["change demo", "close demo", "open demo"]);
});

test("a config that is not in order, or takes a restart, changes nothing", async () => {
  const world = new ClusterWorld();
  const transactions = await world.start(TWO);
  world.done.length = 0;
  world.text = TWO.replace("admin:", "admn:");
  const refused = [
    { code: "ERR_CONFIG_MISSING_KEY" },
    { code: "ERR_CONFIG_UNKNOWN_KEY", file: "/etc/link.yaml", line: 2 },
  ];
  const outcome = await transactions.reload();
  expect(outcome).toMatchObject({ ok: false, changes: [], refused });
  expect(world.logged).toMatchObject([{}, { code: "CONFIG_REFUSED", reason: "ERR_CONFIG_UNKNOWN_KEY", line: 2 }]);
  world.text = configText({ demo: at(9) }, "engine: portable\ncontrol: /run/other.sock\n");
  const restart = await transactions.reload();
  expect(restart).toMatchObject({ ok: false, changes: [] });
  expect(restart.refused?.map(({ code, key }) => `${code} ${key}`)).toEqual([
    "ERR_RESTART_NEEDED engine",
    "ERR_RESTART_NEEDED control",
  ]);
  expect(world.done).toEqual([]);
  expect(world.served).toEqual(["demo 1", "prod 2"]);
});

test("a dry run says what would become of links, and nothing happens", async () => {
  const world = new ClusterWorld();
  const transactions = await world.start(TWO);
  world.done.length = 0;
  world.logged.length = 0;
  world.text = configText({ demo: at(7) });
  const changes = [
    { kind: "cluster", name: "prod", change: "removed", effect: "its links end" },
    { kind: "cluster", name: "demo", change: "changed", effect: "`listen`: links end, and come back" },
  ];
  expect(await transactions.reload(true)).toEqual({ ok: true, changes, down: [] });
  expect([world.done, world.logged]).toEqual([[], []]);
});

test("what is posted has the keys of the file, and its identities are not read again", async () => {
  const world = new ClusterWorld();
  const transactions = await world.start(TWO);
  world.done.length = 0;
  const written = transactions.written as { clusters: Record<string, object> };
  const posted = { ...written, clusters: { demo: written.clusters["demo"] } };
  expect(await transactions.apply(JSON.stringify(posted))).toMatchObject({ ok: true, changes: [{ name: "prod" }] });
  expect([transactions.written, world.done]).toEqual([posted, ["close prod"]]);
  expect(await transactions.reload()).toMatchObject({ changes: [{ name: "prod", change: "added" }] });
});

test("a cluster that cannot be had is down by itself, and tried again after longer and longer", async () => {
  const world = new ClusterWorld();
  world.missing.add(2);
  const transactions = await world.start(TWO);
  expect(world.served).toEqual(["demo 1"]);
  const tried = (): number => world.done.filter((what) => what === "open prod").length;
  const times: number[] = [];
  for (let before = tried(); world.scheduler.now < 200_000;) {
    await world.pass(250);
    if (tried() > before) times.push(world.scheduler.now);
    before = tried();
  }
  const pauses = times.map((time, index) => Math.round((time - (times[index - 1] ?? 0)) / 1_000));
  expect(pauses).toEqual([1, 2, 4, 8, 16, 30, 30, 30, 30, 30]);
  // A cluster that stays down for the same reason is logged once.
  expect(world.logged.filter(({ code }) => code === "CLUSTER_DOWN")).toMatchObject([
    { cluster: "prod", reason: "ERR_TEST_MISSING", text: "2 cannot be had" },
  ]);
  const [row] = world.clusters.downStatus();
  expect(row).toMatchObject({ cluster: "prod", code: "ERR_TEST_MISSING", attempts: 11, sinceMs: 200_000 });
  const down = [{ what: "cluster prod", code: "ERR_TEST_MISSING", text: "2 cannot be had" }];
  expect(await transactions.reload()).toEqual({ ok: false, changes: [], down });

  world.missing.clear();
  await world.pass(30_000);
  expect(world.served).toEqual(["demo 1", "prod 2"]);
  expect(world.clusters.downStatus()).toEqual([]);
  expect(world.logged.at(-1)).toMatchObject({ code: "CLUSTER_UP", cluster: "prod" });
  world.done.length = 0;
  await world.pass(100_000);
  expect(world.done).toEqual([]);
});

test("a reload tries at once what is down, by its own config or by another one", async () => {
  const world = new ClusterWorld();
  world.missing.add("/etc/demo/vertex").add(2);
  const transactions = await world.start(TWO);
  expect(world.served).toEqual([]);
  world.missing.delete(2);
  world.text = TWO.replace("/etc/demo/vertex", "/etc/demo/other");
  expect(await transactions.reload()).toMatchObject({ ok: true });
  expect(world.served).toEqual(["demo 1", "prod 2"]);
});

test("a cluster that runs and cannot have what it is to have is down, and its former address is free", async () => {
  const world = new ClusterWorld();
  const transactions = await world.start(TWO);
  world.missing.add("/etc/demo/nowhere").add(9);
  world.text = TWO.replace("/etc/demo/vertex", "/etc/demo/nowhere").replace(":2", ":9");
  expect(await transactions.reload()).toMatchObject({
    ok: false,
    changes: [{ name: "demo" }, { name: "prod" }],
    down: [{ what: "cluster demo" }, { what: "cluster prod" }],
  });
  expect([world.served, [...world.bound]]).toEqual([[], []]);
  world.text = TWO;
  expect(await transactions.reload()).toMatchObject({ ok: true });
  expect(world.served).toEqual(["demo 1", "prod 2"]);
});

test("nothing is tried for a cluster that is gone, or after the end", async () => {
  const world = new ClusterWorld();
  world.missing.add(1).add(2);
  const transactions = await world.start(TWO);
  world.text = configText({ demo: at(1) });
  await transactions.reload();
  world.done.length = 0;
  await world.pass(5_000);
  expect(new Set(world.done)).toEqual(new Set(["open demo"]));
  await world.clusters.close();
  world.done.length = 0;
  await world.pass(100_000);
  expect(world.done).toEqual([]);
});

test("from any config to any other, what is served is what a start with the other serves", async () => {
  const names = ["a", "b", "c", "d"] as const;
  const section = fc.option(
    fc.record({ port: fc.integer({ min: 1, max: 6 }), more: fc.constantFrom("", ", expiry-grace: 1h", ", identity2") }),
    { nil: undefined },
  );
  const config = fc
    .record(Object.fromEntries(names.map((name) => [name, section])))
    .map((sections) => Object.entries(sections).flatMap(([name, of]) => (of === undefined ? [] : [{ name, ...of }])))
    .filter((of) => of.length > 0 && new Set(of.map(({ port }) => port)).size === of.length)
    .map((of) => {
      const lines = of.map(({ name, port, more }) => [name, `${at(port)}${more === ", identity2" ? "" : more}`]);
      const text = configText(Object.fromEntries(lines) as Record<string, string>);
      return of.reduce(
        (all, { name, more }) => (more === ", identity2" ? all.replace(`${name}/vertex`, `${name}/other`) : all),
        text,
      );
    });
  await fc.assert(
    fc.asyncProperty(
      fc.array(config, { minLength: 2, maxLength: 5 }),
      fc.integer({ min: 0, max: 8 }),
      async (all, lost) => {
        const [changed, fresh] = [new ClusterWorld(), new ClusterWorld()];
        for (const world of [changed, fresh]) world.missing.add(lost);
        const transactions = await changed.start(all[0]!);
        for (const next of all.slice(1)) {
          changed.text = next;
          await transactions.reload();
        }
        await fresh.start(all.at(-1)!);
        expect(changed.served).toEqual(fresh.served);
        expect(changed.bound).toEqual(fresh.bound);
        expect(changed.clusters.down).toEqual(expect.arrayContaining(fresh.clusters.down));
      },
    ),
    { numRuns: runs(200, 70) },
  );
});

test("how a value is written, and the order of clusters, make no difference", () => {
  const parse = (text: string): ReturnType<typeof parseLinkConfig> => parseLinkConfig(text, "/etc/link.yaml");
  const other = `# the same\n${configText({ prod: at(2), demo: `${at(1)}, expiry-grace: 0` }, "dead-after: 1000\n")}`;
  expect(planChanges(parse(TWO), parse(other))).toMatchObject({ restartKeys: [], changes: [] });
  const use = linkConfigUse(new ClusterWorld().clusters);
  expect(
    [other, `engine: portable\n${TWO}`, configText({ demo: at(1) })].map((text) => use.isSame(parse(TWO), parse(text))),
  ).toEqual([true, false, false]);
});

test.each([
  ["quiet", (text: string) => `quiet: 25s\n${text}`, ["demo", "prod"], "renewed"],
  ["dead-after", (text: string) => `dead-after: 3s\n${text}`, ["demo", "prod"], "renewed"],
  ["bind", (text: string) => text.replace("demo.l", "demo.x"), ["demo"], "attaches again"],
  ["connect", (text: string) => text.replace("demo.c", "demo.x"), ["demo"], "attaches again"],
  ["links-max", (text: string) => text.replace('0:1"', '0:1", links-max: 9'), ["demo"], "attaches again"],
  ["listen", (text: string) => text.replace(":1", ":5"), ["demo"], "come back"],
  ["identity", (text: string) => text.replace("demo/vertex", "x"), ["demo"], "renewed"],
  ...[
    "udp-payload-max: 1300",
    "revocation: required",
    "revocation-grace: 1d",
    "expiry-grace: 1d",
    "expiry-warning: 1d",
  ].map(
    (line) => [line.split(":")[0]!, (text: string) => text.replace('0:1"', `0:1", ${line}`), ["demo"], ""] as const,
  ),
] as const)("a change of `%s` is told, with what becomes of links", (key, change, names, effect) => {
  const [before, after] = [TWO, change(TWO)].map((text) => parseLinkConfig(text, "/etc/link.yaml"));
  const { changes } = planChanges(before!, after!);
  expect(changes.map(({ name }) => name)).toEqual(names);
  for (const told of changes) expect(told.effect).toMatch(new RegExp(`^\`${key}\`: .*${effect}`));
});
