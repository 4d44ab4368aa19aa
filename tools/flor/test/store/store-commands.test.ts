import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { generateIdentity } from "age-encryption";
import { beforeEach, expect, test } from "vitest";
import { processWorld } from "../../src/store/store-world.ts";
import { identity, StoreFixture, TERMS } from "./store-fixture.ts";

const box = await StoreFixture.start();
const PAPERS = "cluster/papers";
const key = box.file("key.txt");
const otherKey = box.file("other.txt");
writeFileSync(key, `# created by age-keygen\n${identity}\n`);
writeFileSync(otherKey, `${await generateIdentity()}\n`);

const report = randomBytes(5_000_000);
writeFileSync(box.file("report.pdf"), report);

const put = async (...words: readonly string[]): Promise<string> => {
  const run = await box.run("put", PAPERS, ...words, "--json");
  expect(run).toMatchObject({ code: 0, err: "" });
  return (JSON.parse(run.out) as { id: string }).id;
};
const remove = async (): Promise<void> => {
  const { objects } = JSON.parse((await box.run("ls", PAPERS, "--json")).out) as { objects: { id: string }[] };
  for (const { id } of objects) expect(await box.run("rm", PAPERS, id)).toMatchObject({ code: 0 });
};

beforeEach(async () => {
  box.who = "user/alice";
  box.fleet.tell(TERMS);
  box.collections = [TERMS];
  await remove();
});

test("a file is put, listed by its name, got by it, and removed", async () => {
  const run = await box.run("put", PAPERS, box.file("report.pdf"));
  expect(run).toMatchObject({ code: 0, err: "" });
  expect(run.out).toMatch(/^stored {2}report\.pdf, 5\.0 MB\nid {6}[0-9a-f]{32}\nshards {2}2, each at 3 of 5 holders$/);
  const id = /[0-9a-f]{32}/.exec(run.out)![0];
  const listed = (await box.run("ls", PAPERS, "--identity", key)).out;
  expect(listed).toMatch(
    /^objects of cluster\/papers\n {2}NAME +SIZE +WRITTEN +BY +ID\n {2}report\.pdf +5\.0 MB +2027-\S+Z +user\/alice +[0-9a-f]{32}\n$/,
  );
  box.who = "user/bob";
  const out = box.file("got.pdf");
  const got = await box.run("get", PAPERS, "report.pdf", "--identity", key, "--out", out);
  expect(got).toEqual({ code: 0, out: "", err: "" });
  expect(readFileSync(out).equals(report)).toBe(true);
  expect(statSync(out).mode & 0o777).toBe(0o600);
  await box.run("get", PAPERS, id, "--identity", key);
  expect(box.stdout.equals(report)).toBe(true);
  box.who = "user/alice";
  expect(await box.run("rm", PAPERS, "report.pdf", "--identity", key)).toEqual({
    code: 0,
    out: `removed objects/${id}`,
    err: "",
  });
  expect((await box.run("ls", PAPERS)).out).toBe("cluster/papers has no object of flor store put");
  expect(box.screen).toContain("\r\u001B[Kput: ");
  expect(box.screen).toContain(" of 5.0 MB");
});

test("holders see neither names nor octets", async () => {
  writeFileSync(box.file("secret-plan"), "the secret plan".repeat(100));
  await put(box.file("secret-plan"));
  const { disk, book } = box.fleet.member("a");
  const entries = JSON.stringify([...book.list("objects/", "")]);
  expect(entries).toContain("note");
  for (const hash of disk.hashes()) expect(Buffer.from((await disk.read(hash))!).includes("secret")).toBe(false);
  expect(entries).not.toContain("secret");
  const notes = [...book.list("objects/", "")].map(({ note }) => Buffer.from(note ?? "", "base64").toString("latin1"));
  expect(notes.join("")).not.toContain("secret");
  expect((await box.run("ls", PAPERS)).out).toMatch(/^ {2}\? +1\.7 kB/m);
  expect((await box.run("ls", PAPERS, "--identity", otherKey)).out).toMatch(/^ {2}\? +1\.7 kB/m);
});

test("standard input is put under the name that it is given", async () => {
  box.input = Buffer.from("from a pipe");
  expect(await box.run("put", PAPERS, "-")).toMatchObject({
    code: 2,
    err: expect.stringContaining("[ERR_FLOR_USAGE]"),
  });
  const id = await put("-", "--name", "pipe");
  const { objects } = JSON.parse((await box.run("ls", PAPERS, "--json", "--identity", key)).out) as {
    objects: unknown;
  };
  expect(objects).toMatchObject([{ id, name: "pipe", size: 11, by: "user/alice" }]);
  expect(await box.run("get", PAPERS, "pipe", "--identity", key)).toMatchObject({ code: 0 });
  expect(box.stdout.toString()).toBe("from a pipe");
});

test.skipIf(spawnSync("age", ["--version"]).status !== 0)("age opens what was put", async () => {
  const id = await put(box.file("report.pdf"));
  expect(await box.run("get", PAPERS, id, "--sealed")).toMatchObject({ code: 0 });
  const { stdout } = spawnSync("age", ["-d", "-i", key], { input: box.stdout, maxBuffer: 2 ** 26 });
  expect(stdout.equals(report)).toBe(true);
});

test("of several objects of one name none is got or removed without its id, as a holder may have invented one", async () => {
  writeFileSync(box.file("twice"), "old");
  const ids = [await put(box.file("twice"))];
  box.fleet.now += 1_000;
  writeFileSync(box.file("twice"), "new");
  ids.push(await put(box.file("twice")));
  for (const command of ["get", "rm"]) {
    const run = await box.run(command, PAPERS, "twice", "--identity", key);
    expect(run).toMatchObject({ code: 2, out: "", err: expect.stringContaining("[ERR_FLOR_USAGE]") });
    for (const id of ids) expect(run.err).toContain(id);
  }
  expect(await box.run("get", PAPERS, ids[0]!, "--identity", key)).toMatchObject({ code: 0 });
  expect(box.stdout.toString()).toBe("old");
});

const mistakes: readonly (readonly [string, number, readonly string[]])[] = [
  ["ERR_FLOR_USAGE", 2, ["ls", "papers"]],
  ["ERR_FLOR_USAGE", 2, ["get", PAPERS, "x"]],
  ["ERR_STORAGE_COLLECTION", 1, ["ls", "org/acme/papers"]],
  ["ERR_STORAGE_MISSING", 1, ["get", PAPERS, "nothing", "--sealed"]],
  ["ERR_STORAGE_MISSING", 1, ["get", PAPERS, "../../x", "--identity", key]],
  ["ERR_STORAGE_MISSING", 1, ["rm", PAPERS, "0".repeat(32)]],
  ["ERR_FLOR_STORE_FILE", 2, ["put", PAPERS, box.file("nowhere")]],
  ["ERR_FLOR_STORE_FILE", 2, ["put", PAPERS, box.folder]],
  ["ERR_FLOR_STORE_IDENTITY", 2, ["ls", PAPERS, "--identity", box.file("nowhere")]],
  ["ERR_FLOR_STORE_IDENTITY", 2, ["ls", PAPERS, "--identity", box.file("report.pdf")]],
];

test.each(mistakes)("%s, exit code %i: %j", async (code, exit, [command = "", ...words]) => {
  const run = await box.run(command, ...words);
  expect(run).toMatchObject({ code: exit, out: "", err: expect.stringContaining(`[${code}]`) });
});

test("an object that is for others, or for which there is no place, leaves no file", async () => {
  const id = await put(box.file("report.pdf"));
  const before = readdirSync(box.folder);
  const out = box.file("never");
  const sealed = await box.run("get", PAPERS, id, "--identity", otherKey, "--out", out);
  expect(sealed).toMatchObject({ code: 2, err: expect.stringContaining("[ERR_STORAGE_SEALED]") });
  const placeless = await box.run("get", PAPERS, id, "--identity", key, "--out", box.file("no/folder"));
  expect(placeless).toMatchObject({ code: 2, err: expect.stringContaining("[ERR_FLOR_STORE_FILE]") });
  for (const node of box.fleet.nodes)
    for (const hash of box.fleet.member(node).disk.hashes()) box.fleet.member(node).disk.lose(hash);
  const lost = await box.run("get", PAPERS, id, "--identity", key, "--out", out);
  expect(lost).toMatchObject({ code: 1, err: expect.stringContaining("[ERR_STORAGE_MISSING]") });
  expect(readdirSync(box.folder)).toEqual(before);
  expect(existsSync(out)).toBe(false);
});

test("a link, a socket or a folder is never replaced by an object, and a file is", async () => {
  const id = await put(box.file("report.pdf"));
  const target = box.file("target");
  writeFileSync(target, "former");
  const link = box.file("link");
  symlinkSync(target, link);
  for (const out of [link, box.file("agent"), box.folder]) {
    const run = await box.run("get", PAPERS, id, "--identity", key, "--out", out);
    expect(run).toMatchObject({ code: 2, err: expect.stringContaining("[ERR_FLOR_STORE_FILE]") });
  }
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(target, "utf8")).toBe("former");
  expect(lstatSync(box.file("agent")).isSocket()).toBe(true);
  expect(await box.run("get", PAPERS, id, "--identity", key, "--out", target)).toMatchObject({ code: 0 });
  expect(readFileSync(target).equals(report)).toBe(true);
});

test("a record without recipients has nothing put, and one whose holders are gone says which", async () => {
  box.collections = [{ ...TERMS, recipients: [] }];
  const run = await box.run("put", PAPERS, box.file("report.pdf"));
  expect(run).toMatchObject({ code: 2, err: expect.stringContaining("[ERR_STORAGE_RECIPIENTS]") });
  box.collections = [TERMS];
  for (const node of ["a", "b", "c"]) box.fleet.member(node).isUp = false;
  const gone = await box.run("ls", PAPERS);
  for (const node of ["a", "b", "c"]) box.fleet.member(node).isUp = true;
  expect(gone).toMatchObject({
    code: 3,
    err: expect.stringContaining("2 of 5 holders listed their names, and it takes 3: a: "),
  });
  expect(gone.err).toContain("[ERR_STORAGE_MAJORITY]");
});

test("a folder of tunnels that is not there is told as that, and not as holders that are silent", () => {
  const { openDoor } = processWorld({ out: () => undefined, err: () => undefined });
  expect(() => openDoor(box.file("nowhere"))).toThrow(expect.objectContaining({ code: "ERR_FLOR_STORE_TUNNELS" }));
  openDoor(box.folder)[Symbol.dispose]();
});

test("an agent that answers something else is told from one that knows no collection", async () => {
  box.collections = [{ ...TERMS, copies: 99 }];
  const run = await box.run("ls", PAPERS);
  box.collections = [TERMS];
  expect(run).toMatchObject({ code: 3, err: expect.stringContaining("[ERR_ADMIN_ANSWER]") });
});
