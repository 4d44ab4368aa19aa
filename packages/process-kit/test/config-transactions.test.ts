import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ConfigWorld, problem } from "./fixtures/config-world.ts";

test("who asks gets what was read since", async () => {
  const world = new ConfigWorld();
  world.file = "ERR_TEST";
  expect(await world.transactions.reload()).toMatchObject({ ok: false });
  world.file = "file";
  expect(await world.transactions.reload()).toMatchObject({ ok: true });
});

test("a thousand who ask while all is being read get one more reading, together", async () => {
  const world = new ConfigWorld();
  world.isHolding = true;
  world.file = "ERR_TEST";
  const first = world.transactions.reload();
  await world.letGo(1);
  const others = Array.from({ length: 1000 }, () => world.transactions.reload());
  expect(await first).toMatchObject({ ok: false });
  await world.letGo(2);
  const last = world.transactions.reload();
  const outcomes = new Set(await Promise.all(others));
  expect([...outcomes]).toMatchObject([{ ok: false }]);
  await world.letGo(3);
  expect(outcomes).not.toContain(await last);
  expect(world.done).toEqual(["load", "load", "load"]);
});

test("transactions are made one after the other, in the order in which they were asked for, as is what the program does in their turns", async () => {
  const world = new ConfigWorld();
  const { transactions } = world;
  world.isHolding = true;
  const own = async (): Promise<void> => void world.done.push("own");
  const asked = [
    transactions.apply("a"),
    world.turns.run(own),
    transactions.reload(true),
    transactions.reload(),
    transactions.apply("b", { isDryRun: true }),
    transactions.apply("c"),
  ];
  const done = ["take a", "own", "load", "load", "take file again", "take c"];
  for (const [at, number] of [0, 2, 3, 4, 5].entries()) {
    await world.letGo(at + 1);
    expect(world.done).toEqual(done.slice(0, number + 1));
  }
  await Promise.all(asked);
  expect([world.done, world.mostAtOnce, world.used]).toEqual([done, 1, "c"]);
});

test("when too many wait, more are refused, but a signal is not", async () => {
  const world = new ConfigWorld();
  world.isHolding = true;
  const asked = Array.from({ length: 40 }, (_, at) => world.transactions.apply(String(at)));
  const outcomes = await Promise.all(asked.slice(32));
  expect(outcomes.map((outcome) => outcome.refused?.[0]?.code)).toEqual(Array(8).fill("ERR_RELOADS_MANY"));
  const reload = world.transactions.reload();
  for (let at = 0; at < 34; at++) await world.letGo(at + 1);
  expect(await reload).toMatchObject({ ok: true });
  expect(world.done.slice(-3)).toEqual(["take 31", "load", "take file again"]);
});

test("a transaction that fails is told to those who asked for it, and the next one is none the worse", async () => {
  const world = new ConfigWorld();
  world.fault = new Error("out of luck");
  await expect(world.transactions.reload()).rejects.toThrow("out of luck");
  const second = world.transactions.reload();
  world.fault = undefined;
  expect(await second).toMatchObject({ ok: true });
});

test("a config is taken whole, with its changes, and runs until another one is", async () => {
  const world = new ConfigWorld();
  const { transactions } = world;
  world.file = "new";
  const changes = [
    { kind: "word", name: "file", change: "removed", effect: "it is gone" },
    { kind: "word", name: "new", change: "added" },
  ];
  expect(await transactions.reload()).toEqual({ ok: true, changes, down: [] });
  expect([world.used, transactions.written]).toEqual(["new", { word: "new" }]);
  expect(world.logged).toEqual([
    { code: "CONFIG_CHANGED", ...changes[0] },
    { code: "CONFIG_CHANGED", ...changes[1] },
    { code: "CONFIG_TAKEN", source: "file", changes: 2 },
  ]);
  world.down = [{ what: "word b", code: "ERR_TEST", text: "no" }];
  expect(await transactions.apply('{"word":"b"}')).toMatchObject({ ok: false, down: world.down });
  expect([world.used, transactions.written, (await transactions.status()).source]).toEqual([
    "b",
    { word: "b" },
    "posted",
  ]);
  expect(await transactions.reload()).toMatchObject({ changes: [{ name: "b" }, { name: "new" }] });
  expect([world.used, (await transactions.status()).source]).toEqual(["new", "file"]);
  expect((await transactions.reload()).changes).toEqual([]);
});

test.each([
  ["a text that is not in order", "ERR_TEST", ["ERR_TEST word"]],
  ["a change of what takes a restart", "restart", ["ERR_RESTART_NEEDED engine", "ERR_RESTART_NEEDED state"]],
  ["a config that cannot be used", "useless", ["ERR_USELESS word"]],
])("%s is refused whole, and the former config stays, from wherever it comes", async (_name, word, refusals) => {
  const world = new ConfigWorld();
  const { transactions } = world;
  await transactions.apply("a");
  world.logged.length = 0;
  world.down = [{ what: "word a", code: "ERR_TEST", text: "no" }];
  world.file = word;
  if (word === "useless") world.fault = problem("ERR_USELESS", "/etc/key.pem");
  for (const source of ["file", "posted"] as const) {
    const outcome = await (source === "file" ? transactions.reload() : transactions.apply(word));
    expect(outcome).toMatchObject({ ok: false, changes: [], down: world.down });
    expect(outcome.refused!.map(({ code, key }) => `${code} ${key}`)).toEqual(refusals);
    expect(world.logged).toEqual(
      outcome.refused!.map(({ code: reason, ...place }) => ({ code: "CONFIG_REFUSED", source, reason, ...place })),
    );
    world.logged.length = 0;
    expect([world.used, transactions.written, (await transactions.status()).source]).toEqual([
      "a",
      { word: "a" },
      "posted",
    ]);
    expect(transactions.written).toEqual({ word: "a" });
  }
});

test("the problems of a posted text have lines, and no file, as it stands in none", async () => {
  const world = new ConfigWorld();
  world.file = "ERR_TEST";
  const refused = { code: "ERR_TEST", text: "no", line: 3, key: "word" };
  expect((await world.transactions.reload()).refused).toEqual([{ ...refused, file: "/etc/demo.yaml" }]);
  expect((await world.transactions.apply("ERR_TEST")).refused).toEqual([refused]);
});

test("a dry run says what would change, or what is wrong, and nothing happens", async () => {
  const world = new ConfigWorld();
  world.reread = () => Promise.reject(new Error("a dry run reads nothing again"));
  world.down = [{ what: "word a", code: "ERR_TEST", text: "no" }];
  for (const [word, outcome] of [
    ["new", { ok: true, changes: [{ name: "file" }, { name: "new" }], down: [] }],
    ["restart", { ok: false, changes: [], refused: [{}, { code: "ERR_RESTART_NEEDED", key: "state" }], down: [] }],
    ["ERR_TEST", { ok: false, changes: [], refused: [{ code: "ERR_TEST" }], down: [] }],
  ] as const) {
    world.file = word;
    expect(await world.transactions.reload(true)).toMatchObject(outcome);
    expect(await world.transactions.apply(word, { isDryRun: true, confirmWithinMs: 1_000 })).toMatchObject(outcome);
  }
  expect(world.done).toEqual(["load", "load", "load"]);
  expect([world.used, world.logged, world.transactions.written]).toEqual(["file", [], { word: "file" }]);
  expect(await world.transactions.status()).toMatchObject({ source: "file", confirmMs: null });
});

test("a reload reads again what configs name, also where the file's config is refused then; what is posted does not", async () => {
  const world = new ConfigWorld();
  const refusal = (file: string) => ({ file, code: "ERR_TEST", text: "no" });
  world.reread = () => {
    world.done.push("reread");
    return Promise.resolve([refusal("before")]);
  };
  world.named = [refusal("after")];
  world.file = "new";
  expect(await world.transactions.reload()).toMatchObject({
    ok: false,
    changes: [{}, {}],
    refused: [refusal("before"), refusal("after")],
  });
  expect([world.done, world.used]).toEqual([["load", "reread", "take new again"], "new"]);
  world.file = "restart";
  const { refused, changes } = await world.transactions.reload();
  expect([refused!.map(({ code }) => code), changes]).toEqual([
    ["ERR_TEST", "ERR_RESTART_NEEDED", "ERR_RESTART_NEEDED"],
    [],
  ]);
  world.file = "ERR_TEST";
  await world.transactions.reload();
  await world.transactions.apply("posted");
  expect(world.done.slice(3)).toEqual(["load", "reread", "load", "take posted"]);
});

test("identities are read again without a reload, and the config on trial stays, whatever its file says", async () => {
  const world = new ConfigWorld();
  const refused = [{ file: "/identity", code: "ERR_TEST", text: "no" }];
  world.file = "ERR_TEST";
  await world.transactions.apply("trial", { confirmWithinMs: 1_000 });
  expect(await world.transactions.readIdentities()).toEqual({ ok: true, changes: [], down: [] });
  world.readIdentities = () => Promise.resolve(refused);
  expect(await world.transactions.readIdentities()).toMatchObject({ ok: false, changes: [], refused });
  expect([world.done, world.used, world.transactions.isOnTrial]).toEqual([["take trial"], "trial", true]);
});

test("the log names as many changes as the program says", async () => {
  const world = new ConfigWorld({ changesLoggedMax: 1 });
  await world.transactions.apply("a");
  expect(world.logged).toMatchObject([
    { code: "CONFIG_CHANGED", change: "removed" },
    { code: "CONFIG_TAKEN", changes: 2 },
  ]);
});

test("the status says whether the file, as it is now, comes to the config that runs", async () => {
  const folder = mkdtempSync(join(tmpdir(), "florenetes-transactions-"));
  const file = join(folder, "demo.yaml");
  const world = new ConfigWorld({ file });
  const write = (word: string): void => writeFileSync(file, (world.file = word));
  const state = async (): Promise<string> => (await world.transactions.status()).fileState;
  expect(await world.transactions.status()).toEqual({
    file,
    source: "file",
    fileState: "unreadable",
    confirmMs: null,
  });
  write("file");
  expect(await state()).toBe("same");
  write("another");
  expect(await state()).toBe("differs");
  await world.transactions.reload();
  expect(await state()).toBe("same");
  await world.transactions.apply("posted");
  expect(await state()).toBe("differs");
  write("ERR_TEST");
  expect(await state()).toBe("refused");
  rmSync(folder, { recursive: true });
  expect(await state()).toBe("unreadable");
});

test("a config on trial is told to stay once it is confirmed, and the former one when it is back", async () => {
  const world = new ConfigWorld();
  const { transactions } = world;
  await transactions.apply("a");
  await transactions.apply("b", { confirmWithinMs: 1_000 });
  expect([world.settled, transactions.isOnTrial]).toEqual([["a"], true]);
  transactions.confirm("b");
  await world.turns.run(() => Promise.resolve());
  expect([world.settled, transactions.isOnTrial]).toEqual([["a", "b"], false]);
  await transactions.apply("c", { confirmWithinMs: 1_000 });
  await transactions.back();
  expect([world.used, world.settled]).toEqual(["b", ["a", "b", "b"]]);
  await transactions.apply("d", { confirmWithinMs: 1_000 });
  await transactions.reload();
  expect(world.settled).toEqual(["a", "b", "b", "file"]);
});
