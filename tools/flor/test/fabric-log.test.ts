import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { keyIdOf, readRecordTexts, signPayload, readEnvelope, type Envelope } from "@florenetes/facts";
import { makeSigningKey } from "@florenetes/facts/authoring";
import {
  entriesAfter,
  type LogStore,
  openSqliteStore,
  proposeCheckpoint,
  readEntry,
  type SectionDigest,
} from "@florenetes/facts/log";
import { afterAll, beforeAll, expect, test } from "vitest";
import { restoreLog } from "../src/fabric/log-restore.ts";
import { flor, type Run } from "./run-flor.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-flor-log-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const at = (...names: readonly string[]): string => join(base, ...names);
const fabric = (...args: readonly string[]): Promise<Run> => flor("fabric", ...args);
const octetsOf = (file: string): Buffer => readRecordTexts(readFileSync(file, "utf8"))![0]!;
const signer = makeSigningKey("log-a");

const verify = (...more: readonly string[]): Promise<Run> =>
  fabric("log", "verify", "--root", at("fabric", "root.fact"), ...more);

/** A log in a file of its own: the root, a policy that names a signer, a service, and more records. */
async function fill(file: string, ...more: readonly Uint8Array[]): Promise<string> {
  const store = openSqliteStore({ path: at(file), cluster: "demo", name: "main" });
  const { head } = await store.head();
  const records = [at("fabric", "root.fact"), at("policy.fact"), at("web.fact")].map(octetsOf);
  await store.append(head, entriesAfter(head, [...records, ...more]));
  store.close();
  return at(file);
}

beforeAll(async () => {
  const done = async (...args: readonly string[]): Promise<void> =>
    expect(await fabric(...args)).toMatchObject({ code: 0 });
  await done("init", "--cluster", "demo", "--operators", "alice,bob,carol", "--out", at("fabric"));
  writeFileSync(at("policy.yaml"), `log: { name: main, signers: [ { node: a, key: ${signer.key} } ] }\n`);
  await done("propose", "policy", "--cluster", "demo", "--body", at("policy.yaml"), "--out", at("policy.fact"));
  await done("propose", "service", "web", "--cluster", "demo", "--host", "c", "--out", at("web.fact"));
  for (const name of ["policy.fact", "web.fact"])
    for (const operator of ["alice", "bob"]) await done("sign", at(name), "--key", at("fabric", operator));
  await done("propose", "service", "mail", "--cluster", "demo", "--host", "c", "--out", at("mail.fact"));
});

test("a log that is whole ends with 0, and says how far it goes", async () => {
  const file = await fill("whole.db");
  const run = await verify("--sqlite", file);
  expect(run, run.err).toMatchObject({ code: 0 });
  expect(run.out).toMatch(/head +entry 3, [0-9a-f]{64}\n.*3 hold.*\n.*none that holds\nthe log is whole/);
});

test("an entry that was changed, one that was cut out, and a record that nobody has signed enough end with 1", async () => {
  const file = await fill("edited.db");
  const database = new DatabaseSync(file);
  database.exec("DELETE FROM entries WHERE entry = 2");
  database.close();
  const cut = await verify("--sqlite", file);
  expect(cut).toMatchObject({ code: 1, out: expect.stringContaining("fault entry 2: missing [ERR_LOG_MISSING]") });

  const changed = new DatabaseSync(await fill("changed.db"));
  changed.exec("UPDATE entries SET octets = substr(octets, 1, 60) WHERE entry = 2");
  changed.close();
  expect(await verify("--sqlite", at("changed.db"), "--json")).toMatchObject({
    code: 1,
    out: expect.stringMatching(/"what": "fault",\s+"reason": "changed"/),
  });

  const unsigned = await verify("--sqlite", await fill("unsigned.db", octetsOf(at("mail.fact"))));
  expect(unsigned).toMatchObject({ code: 1, out: expect.stringContaining("record entry 4: quorum") });
});

test("a checkpoint of the board is held against the log, and against the records that it confirms", async () => {
  const store = openSqliteStore({ path: await fill("signed.db"), cluster: "demo", name: "main" });
  const { head } = await store.head();
  const now = Date.now();
  const post = async (changes: {
    readonly head?: typeof head;
    readonly sections?: readonly SectionDigest[];
  }): Promise<void> => {
    const content = { cluster: "demo", log: "main", policy: 1, epoch: now, issued: now, head, sections: [] };
    const { payload } = readEnvelope(proposeCheckpoint({ ...content, ...changes })) as Envelope;
    await store.post(keyIdOf(signer.key), signPayload(payload, [signer]));
  };
  await post({});
  const other = await verify("--sqlite", at("signed.db"));
  expect(other).toMatchObject({ code: 1, out: expect.stringContaining("checkpoint entry 3: sections entry public") });
  expect(other.out).toContain("signed by 1 keys");
  await post({ head: { index: 2, hash: "ab".repeat(32) } });
  const fork = await verify("--sqlite", at("signed.db"));
  expect(fork).toMatchObject({ code: 1, out: expect.stringContaining("fault entry 2: fork [ERR_LOG_FORK]") });
  store.close();
});

test("a copy is verified as the log is, with its checkpoints, and what is changed in it is found", async () => {
  const store = openSqliteStore({ path: await fill("copied.db"), cluster: "demo", name: "main" });
  const { head } = await store.head();
  const now = Date.now();
  const content = { cluster: "demo", log: "main", policy: 1, epoch: now, issued: now, head, sections: [] };
  const { payload } = readEnvelope(proposeCheckpoint(content)) as Envelope;
  await store.post(keyIdOf(signer.key), signPayload(payload, [signer]));
  store.close();
  const copied = await fabric("log", "copy", "--root", at("fabric", "root.fact"), "--sqlite", at("copied.db"));
  expect(copied, copied.err).toMatchObject({ code: 0 });
  const write = (name: string, text: string): string => {
    writeFileSync(at(name), text);
    return at(name);
  };
  const [fromStore, fromCopy] = [
    await verify("--sqlite", at("copied.db"), "--json"),
    await verify("--copy", write("copy.txt", copied.out), "--json"),
  ];
  expect(JSON.parse(fromCopy.out)).toEqual(JSON.parse(fromStore.out));
  expect(fromCopy.out).toMatch(/"keys": 1/);
  const lines = copied.out.split("\n");
  expect(lines.map((line) => line.split(" ")[0])).toEqual(["florenetes", "entry", "entry", "entry", "post", "end"]);
  const without = lines.filter((_, index) => index !== 2);
  // Whoever takes an entry away may make the last line fit: the chain tells.
  const fitting = without.map((line) => line.replace(/^end 3 /, "end 2 ")).join("\n");
  expect(await verify("--copy", write("fitting.txt", fitting))).toMatchObject({
    code: 1,
    out: expect.stringContaining("fault entry 2: missing [ERR_LOG_MISSING]"),
  });
  for (const text of [
    ...lines.map((_, count) => lines.slice(0, count).join("\n")),
    copied.out.slice(0, -1),
    without.join("\n"),
    `${copied.out}\n${lines[1]}`,
    lines.slice(1).join("\n"),
    lines.with(1, "entry ?").join("\n"),
    lines[0]!.replace("demo", "other"),
  ])
    expect(await verify("--copy", write("wrong.txt", text))).toMatchObject({
      code: 2,
      err: expect.stringContaining("ERR_FLOR_LOG_COPY"),
    });
  expect(await verify("--copy", at("nowhere.txt"))).toMatchObject({ code: 2 });
});

test("pieces of a log are verified together, in any order and more than once", async () => {
  const file = await fill("pieces.db");
  const copied = await fabric("log", "copy", "--root", at("fabric", "root.fact"), "--sqlite", file);
  const [first, ...lines] = copied.out.split("\n");
  const store = openSqliteStore({ path: file, cluster: "demo", name: "main", isReadOnly: true });
  const hashes = (await store.read(1, 3)).entries.map((octets) => readEntry(octets)!.hash);
  store.close();
  const write = (name: string, from: number, to: number, entries = lines): string => {
    const piece = [first, ...entries.slice(from - 1, to), `end ${to - from + 1} ${hashes[to - 1]}`, ""];
    writeFileSync(at(name), piece.join("\n"));
    return at(name);
  };
  const [one, two, last] = [write("one.txt", 1, 2), write("two.txt", 2, 3), write("last.txt", 3, 3)];
  for (const files of [
    [two, one],
    [one, last],
    [last, one, two, one],
  ]) {
    const run = await verify("--copy", ...files);
    expect(run, run.out).toMatchObject({ code: 0, out: expect.stringContaining("3 hold") });
  }
  expect(await verify("--copy", last)).toMatchObject({ code: 1, out: expect.stringContaining("ERR_LOG_MISSING") });
  // Anybody seals for public keys: a holder may have made a piece up.
  const other = Buffer.from(lines[1]!.slice("entry ".length), "base64");
  other[other.length - 1]! ^= 1;
  const made = write("made.txt", 2, 3, lines.with(1, `entry ${other.toString("base64")}`));
  const mixed = await verify("--copy", one, made);
  expect(mixed).toMatchObject({ code: 2, err: expect.stringContaining("ERR_FLOR_LOG_COPY") });
  expect(mixed.err).toContain("entry 2 is another one");
});

test("a piece that somebody has made up takes no checkpoint away, neither by other octets nor by a post of before", async () => {
  const file = await fill("posted.db");
  const store = openSqliteStore({ path: file, cluster: "demo", name: "main" });
  const { head } = await store.head();
  const now = Date.now();
  const copies: string[] = [];
  for (const epoch of [now - 1, now]) {
    const content = { cluster: "demo", log: "main", policy: 1, epoch, issued: epoch, head, sections: [] };
    const { payload } = readEnvelope(proposeCheckpoint(content)) as Envelope;
    await store.post(keyIdOf(signer.key), signPayload(payload, [signer]));
    copies.push((await fabric("log", "copy", "--root", at("fabric", "root.fact"), "--sqlite", file)).out);
  }
  store.close();
  const [old, current] = copies as [string, string];
  const made = current.replace(/^(post \w+) .*$/m, "$1 AAAA");
  expect(new Set([old, current, made]).size).toBe(3);
  const files = [current, old, made].map((text, index) => {
    writeFileSync(at(`posted-${index}.txt`), text);
    return at(`posted-${index}.txt`);
  });
  const issued = async (...names: readonly string[]): Promise<unknown> =>
    (JSON.parse((await verify("--copy", ...names, "--json")).out) as { readonly checkpoints: unknown }).checkpoints;
  expect(await issued(files[0]!)).toMatchObject([{ issued: now, keys: 1 }]);
  expect(await issued(...files)).toMatchObject([{ issued: now, keys: 1 }]);
  expect(await issued(...files.toReversed())).toMatchObject([{ issued: now, keys: 1 }]);
});

test("without a log, or with options that do not go together, it ends with 2", async () => {
  expect(await verify("--sqlite", at("nowhere.db"))).toMatchObject({
    code: 2,
    err: expect.stringContaining("ERR_LOG_STORE_SYSTEM"),
  });
  expect(await verify()).toMatchObject({
    code: 2,
    err: expect.stringContaining("--sqlite, --etcd, --copy and --agent"),
  });
  expect(await verify("--etcd", "https://127.0.0.1:1")).toMatchObject({ code: 2 });
  expect(await fabric("log", "verify", "--agent", at("no.sock"))).toMatchObject({ code: 3 });
});

const restore = (...more: readonly string[]): Promise<Run> =>
  fabric("log", "restore", "--root", at("fabric", "root.fact"), ...more);

async function copyOf(file: string): Promise<string> {
  const { out } = await fabric("log", "copy", "--root", at("fabric", "root.fact"), "--sqlite", file);
  writeFileSync(`${file}.txt`, out);
  return `${file}.txt`;
}

test("a copy is brought back into a new store, and goes on behind a restore that was cut off", async () => {
  const original = await fill("lost.db");
  const copy = await copyOf(original);
  const done = await restore("--copy", copy, "--sqlite", at("new.db"));
  expect(done, done.err).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^3 entries are written: .* is entry 3,/),
  });
  const [of, again] = [await verify("--sqlite", original, "--json"), await verify("--sqlite", at("new.db"), "--json")];
  expect(JSON.parse(again.out)).toEqual(JSON.parse(of.out));

  const part = openSqliteStore({ path: at("part.db"), cluster: "demo", name: "main" });
  const { head } = await part.head();
  await part.append(head, entriesAfter(head, [octetsOf(at("fabric", "root.fact"))]));
  part.close();
  expect((await restore("--copy", copy, "--sqlite", at("part.db"))).out).toMatch(/^2 entries are written/);
  expect((await restore("--copy", copy, "--sqlite", at("part.db"))).out).toMatch(/^0 entries are written/);
  expect((await verify("--sqlite", at("part.db"), "--json")).out).toBe(of.out);
});

test("a copy that is not whole, and a store with another log or a longer one, are left as they are", async () => {
  const copy = await copyOf(await fill("good.db"));
  const bad = await copyOf(await fill("bad.db", octetsOf(at("mail.fact"))));
  const refused = await restore("--copy", bad, "--sqlite", at("never.db"));
  expect(refused).toMatchObject({ code: 1, out: expect.stringContaining("record entry 4: quorum") });
  expect(existsSync(at("never.db"))).toBe(false);

  const other = openSqliteStore({ path: at("other.db"), cluster: "demo", name: "main" });
  const { head } = await other.head();
  await other.append(head, entriesAfter(head, [octetsOf(at("web.fact"))]));
  other.close();
  for (const [file, entries] of [
    [at("other.db"), 1],
    [at("bad.db"), 4],
  ] as const) {
    const run = await restore("--copy", copy, "--sqlite", file);
    expect(run, run.err).toMatchObject({ code: 2, err: expect.stringContaining("ERR_FLOR_LOG_RESTORE") });
    expect((await verify("--sqlite", file, "--json")).out).toContain(`"index": ${entries}`);
  }
});

test("entries behind a gap, and what signers have put beside them, are brought back as they were", async () => {
  const open = (path: string): LogStore => openSqliteStore({ path, cluster: "demo", name: "main" });
  const [from, to] = [open(await fill("gapped.db")), open(at("filled.db"))];
  await from.drop([1]);
  await from.post(keyIdOf(signer.key), Buffer.from("a post"));
  expect(await restoreLog(from, to, "demo")).toMatchObject({ entries: 2, head: { index: 3 } });
  expect((await to.read(1, 9)).entries).toEqual((await from.read(1, 9)).entries);
  expect(await to.posts([keyIdOf(signer.key)])).toEqual(await from.posts([keyIdOf(signer.key)]));
  from.close();
  to.close();
});
