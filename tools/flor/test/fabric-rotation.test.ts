/** Records that take back, keys that change, and nodes that are let in: what `flor fabric` does in the life of a cluster. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Fact, readRecordTexts, type RootBody } from "@florenetes/facts";
import { requireRecord } from "@florenetes/facts/authoring";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor, type Run } from "./run-flor.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-flor-rotation-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const at = (...names: readonly string[]): string => join(base, ...names);
const fabric = (...args: readonly string[]): Promise<Run> => flor("fabric", ...args);
const factOf = (file: string): Fact => requireRecord(readRecordTexts(readFileSync(file, "utf8"))![0]!);
const root = at("fabric", "root.fact");
const NODE_KEY = "ab".repeat(32);

async function done(...args: readonly string[]): Promise<Run> {
  const run = await fabric(...args);
  expect(run, run.err).toMatchObject({ code: 0 });
  return run;
}

async function signed(file: string, ...operators: readonly string[]): Promise<string> {
  for (const operator of operators) await done("sign", file, "--key", at("fabric", operator));
  return file;
}

const keysOf = (authority: string, ...operators: readonly string[]): string[] => [
  `--${authority}-key`,
  ...operators.map((operator) => at(operator === "dora" ? "" : "fabric", operator, authority)),
];

beforeAll(async () => {
  await done("init", "--cluster", "demo", "--operators", "alice,bob,carol", "--out", at("fabric"));
  for (const authority of ["root", "control"]) {
    await done("key", "new", "--name", "dora", "--out", at("dora", authority));
  }
  mkdirSync(at("records"));
  await done("propose", "service", "web", "--cluster", "demo", "--host", "c", "--out", at("records", "web.fact"));
  await signed(at("records", "web.fact"), "alice", "bob");
});

describe("flor fabric void", () => {
  test("takes back a record, by its file or by its place", async () => {
    const shop = at("shop.fact");
    await done("propose", "service", "shop", "--cluster", "demo", "--host", "c", "--out", shop);
    await signed(shop, "alice", "bob");
    const file = at("shop-void.fact");
    const { out } = await done("void", shop, "--out", file);
    expect(out).toMatch(/^void +it takes back what the slot said$/m);
    expect(factOf(file)).toMatchObject({ kind: "service", subject: "shop", epoch: 2, void: true, body: {} });
    await signed(file, "bob", "carol");
    const held = ["--held", shop];
    expect((await done("inspect", file, "--root", root, ...held)).out).toContain("it holds");
    const again = ["--root", root, "--held", file];
    expect((await fabric("inspect", shop, ...again)).out).toContain("refused: older");

    await done("void", "service/org/acme/mail", "--cluster", "demo", "--epoch", "9", "--out", at("mail-void.fact"));
    expect(factOf(at("mail-void.fact"))).toMatchObject({ scope: "org/acme", subject: "mail", epoch: 9 });
    await done(
      "void",
      "role/cluster/a/relay/north",
      "--cluster",
      "demo",
      "--epoch",
      "9",
      "--out",
      at("role-void.fact"),
    );
    expect(factOf(at("role-void.fact"))).toMatchObject({ kind: "role", subject: "a/relay/north" });
  });

  test.each([
    [["nothing.fact"], "ERR_FLOR_USAGE"],
    [["service/acme/web", "--cluster", "demo", "--epoch", "2"], "ERR_FLOR_USAGE"],
    [["service/cluster/web"], "ERR_FLOR_USAGE"],
    [["root/cluster/root", "--cluster", "demo", "--epoch", "2"], "ERR_FABRIC_PROPOSAL"],
    [["weather/cluster/sun", "--cluster", "demo", "--epoch", "2"], "ERR_FABRIC_PROPOSAL"],
    [["node/org/acme/a", "--cluster", "demo", "--epoch", "2"], "ERR_FABRIC_PROPOSAL"],
  ])("refuses %j", async (args, code) => {
    expect(await fabric("void", ...args)).toMatchObject({
      code: 2,
      err: expect.stringContaining(`[${code}]`) as unknown,
    });
  });

  test("refuses a root in a file", async () => {
    expect((await fabric("void", root)).err).toContain("[ERR_FABRIC_PROPOSAL]");
  });
});

describe("flor fabric approve", () => {
  test("makes the record of a node from its key, and signs it", async () => {
    const place = ["--organization", "acme", "--partition", "north", "--cluster", "demo"];
    writeFileSync(at("node.pub"), `ed25519 ${NODE_KEY} a\n`);
    await done("approve", at("node.pub"), ...place, "--key", at("fabric", "alice"), "--out", at("records", "a.fact"));
    expect(factOf(at("records", "a.fact"))).toMatchObject({
      kind: "node",
      subject: "a",
      body: { key: NODE_KEY, organization: "acme", partition: "north", "trust-tier": 0 },
    });
    expect((await fabric("inspect", at("records", "a.fact"), "--root", root)).out).toContain("refused: quorum");
    writeFileSync(at("node-key.pub"), `${NODE_KEY}\n`);
    const named = ["--name", "d", "--key", at("fabric", "alice"), "--out", at("d.fact")];
    await done("approve", at("node-key.pub"), ...place, ...named);
    expect(factOf(at("d.fact"))).toMatchObject({ subject: "d", body: { key: NODE_KEY } });
    await signed(at("records", "a.fact"), "carol");
    expect((await done("inspect", at("records", "a.fact"), "--root", root)).out).toContain("it holds");
  });
});

describe("flor fabric trust", () => {
  test("prints the line of the config, for a root that has the fingerprint", async () => {
    const fingerprint = `sha256:${factOf(root).id}`;
    expect(await done("trust", "--fingerprint", fingerprint, "--root", root)).toMatchObject({
      out: `root: ${fingerprint}`,
    });
    expect(await done("trust", "--fingerprint", fingerprint)).toMatchObject({ out: `root: ${fingerprint}` });
    for (const args of [
      ["--fingerprint", "sha256:abc"],
      ["--fingerprint", `sha256:${NODE_KEY}`, "--root", root],
    ]) {
      expect(await fabric("trust", ...args)).toMatchObject({ code: 2, out: "" });
    }
    await done("propose", "root", "--after", root, "--threshold", "2", "--out", at("unsigned-root.fact"));
    const unsigned = ["--fingerprint", factOf(at("unsigned-root.fact")).id, "--root", at("unsigned-root.fact")];
    expect((await fabric("trust", ...unsigned)).err).toContain("[ERR_FABRIC_NO_ROOT]");
  });
});

describe("a rotation that takes bob's keys away, by whom a void record is signed", () => {
  const next = at("root-2.fact");
  const propose = (...more: readonly string[]): Promise<Run> =>
    fabric(
      "propose",
      "root",
      "--after",
      root,
      "--out",
      next,
      ...keysOf("root", "alice", "carol", "dora"),
      ...keysOf("control", "alice", "carol", "dora"),
      ...more,
    );

  test("is not proposed without the records in force, nor before the void record is signed anew", async () => {
    await done(
      "propose",
      "node",
      "b",
      "--key",
      NODE_KEY,
      "--organization",
      "acme",
      "--partition",
      "north",
      "--cluster",
      "demo",
      "--out",
      at("b.fact"),
    );
    await done("void", at("b.fact"), "--out", at("records", "b-void.fact"));
    await signed(at("records", "b-void.fact"), "alice", "bob");
    expect((await propose()).err).toMatch(
      /bob: where keys are left out, it takes --records, or --draft \[ERR_FLOR_USAGE\]/,
    );
    expect((await propose("--records", at("records"))).err).toMatch(/node b \[ERR_FABRIC_VOIDS\]/);
    expect(existsSync(next)).toBe(false);
  });

  test("is proposed once it was, and holds by the quorums of both versions alone", async () => {
    const draft = at("draft.fact");
    await done(
      "propose",
      "root",
      "--after",
      root,
      "--out",
      draft,
      "--draft",
      ...keysOf("root", "alice", "carol", "dora"),
      ...keysOf("control", "alice", "carol", "dora"),
    );
    const resigned = ["--root", draft, "--dir", at("records"), "--out", at("resigned")];
    const { out } = await done("resign", ...resigned, "--key", at("fabric", "alice"));
    expect(out).toMatch(/^enough keys of the root have signed it {2}a\.fact {2}node a, epoch 1$/m);
    expect(out).toMatch(/^proposed anew, and signed {2}b-void\.fact {2}node b, epoch 2$/m);
    expect(out).toMatch(/^proposed anew, and signed {2}web\.fact {2}service web, epoch 1$/m);
    const names = ["node:cluster:b.fact", "service:cluster:web.fact"];
    expect(readdirSync(at("resigned")).toSorted()).toEqual(names);
    const files = names.map((name) => at("resigned", name));
    await done("sign", ...files, "--key", at("fabric", "carol"));
    expect(factOf(files[0]!)).toMatchObject({ epoch: 3, void: true });
    expect(factOf(files[1]!)).toMatchObject({ epoch: 2, body: factOf(at("records", "web.fact")).body });
    for (const file of files) {
      expect((await done("inspect", file, "--root", root)).out).toContain("it holds");
      writeFileSync(at("records", file.replaceAll(/.*:/g, "again-")), readFileSync(file));
    }

    expect(await propose("--records", at("records"), "--grace", "0s")).toMatchObject({ code: 0 });
    expect(factOf(next)).toMatchObject({ epoch: 2, body: { grace: 0 } });
    await signed(next, "alice");
    expect((await fabric("inspect", next, "--root", root)).out).toContain("refused: quorum");
    await signed(next, "carol");
    expect((await done("inspect", next, "--root", root)).out).toContain("it holds");

    const both = at("both.fact");
    writeFileSync(both, `${readFileSync(root, "utf8")}${readFileSync(next, "utf8")}`);
    for (const file of files) expect((await done("inspect", file, "--root", both)).out).toContain("it holds");
    const old = await fabric("inspect", at("records", "web.fact"), "--root", both);
    expect(old.out).toContain("refused: unknown-key");
  });

  test("has nothing to sign anew twice", async () => {
    const { out, err } = await done(
      "resign",
      "--root",
      next,
      "--dir",
      at("records"),
      "--out",
      at("none"),
      "--key",
      at("fabric", "alice"),
    );
    expect(out).toMatch(/^there is a newer one {2}web\.fact/m);
    expect(err).toContain("Nothing has to be signed anew");
    expect(existsSync(at("none"))).toBe(false);
  });

  test("is told when a folder or a root is none", async () => {
    const sign = ["--key", at("fabric", "alice"), "--out", at("none")];
    const noFolder = await fabric("resign", "--root", next, "--dir", at("nowhere"), ...sign);
    expect(noFolder.err).toContain("[ERR_IDENTITY_FILE_UNREADABLE]");
    const noRoot = await fabric("resign", "--root", at("b.fact"), "--dir", at("records"), ...sign);
    expect(noRoot.err).toContain("[ERR_FABRIC_NO_ROOT]");
  });
});

describe("root keys that are lost", () => {
  const names = ["rita", "rolf", "rosa"];

  test("are replaced by recovery keys, which the root has named before", async () => {
    for (const name of [...names, "nora", "nils"])
      await done("key", "new", "--name", name, "--out", at("recovery", name));
    const pubs = (...of: readonly string[]): string[] => of.map((name) => at("recovery", name));
    await done("init", "--cluster", "demo", "--operators", "anna,bert", "--out", at("other"));
    const [first, second] = [at("other", "root.fact"), at("root-with-recovery.fact")];
    const { out } = await done(
      "propose",
      "root",
      "--after",
      first,
      "--recovery-key",
      ...pubs(...names),
      "--out",
      second,
    );
    expect(out).toMatch(/^ +recovery +"none" -> \{"keys":.*"threshold":2\}$/m);
    for (const name of ["anna", "bert"]) await done("sign", second, "--key", at("other", name));
    writeFileSync(at("roots.fact"), readFileSync(first, "utf8") + readFileSync(second, "utf8"));

    const third = at("root-recovered.fact");
    await done("propose", "root", "--after", second, "--root-key", ...pubs("nora", "nils"), "--out", third);
    for (const name of ["rita", "rolf", "nora", "nils"]) await done("sign", third, "--key", at("recovery", name));
    const shown = (await done("inspect", third, "--root", at("roots.fact"))).out;
    expect(shown).toContain("it holds at each node after 72 hours");
    expect(shown).toMatch(/^signed by +rita \(recovery\)$/m);
    const json = JSON.parse((await done("inspect", third, "--root", at("roots.fact"), "--json")).out) as object;
    expect(json).toMatchObject({ records: [{ judgement: { isAccepted: true, waits: true } }] });

    const without = at("root-without.fact");
    await done("propose", "root", "--after", second, "--no-recovery", "--out", without);
    expect(factOf(without).body["recovery"]).toBe("none");
  });

  test("name other people than the root's", async () => {
    const keys = ["--recovery-key", at("fabric", "alice", "root"), at("recovery", "rita")];
    const { code, err } = await fabric("propose", "root", "--after", root, ...keys);
    expect(code).not.toBe(0);
    expect(err).toContain("alice and alice are one key");
    const one = await fabric("propose", "root", "--after", root, "--recovery-key", at("recovery", "rita"));
    expect(one.err).toContain("needs 2 keys of people, and has 1");
  });

  test("may be named from the start", async () => {
    const hex = (octet: string): string => octet.repeat(32);
    const [a, b, c, d, e, f] = ["0a", "0b", "0c", "0d", "0e", "0f"].map((octet) => `${octet}=${hex(octet)}`);
    const keys = ["--root-key", a!, b!, "--control-key", c!, d!, "--recovery-key", e!, f!];
    await done("init", "--cluster", "demo", ...keys, "--out", at("with-recovery"));
    expect(factOf(at("with-recovery", "root.fact")).body["recovery"]).toMatchObject({ threshold: 2 });
  });
});

test("keys that sign releases, and those of their programs, are named for a root that has none", async () => {
  const [a, b, c, p, q] = ["2a", "2b", "2c", "2d", "2e"].map((octet) => `k${octet}=${octet.repeat(32)}`);
  const updateOf = (file: string): unknown => {
    const { update } = factOf(file).body["authorities"] as RootBody["authorities"];
    return update && [update.threshold, update.keys.map(({ name, auto }) => (auto === true ? `${name} auto` : name))];
  };
  const file = (name: string): string => at(`update-${name}.fact`);
  const [d, e, f, g] = ["3a", "3b", "3c", "3d"].map((octet) => `k${octet}=${octet.repeat(32)}`);
  await done("init", "--cluster", "demo", "--root-key", d!, e!, "--control-key", f!, g!, "--out", at("no-releases"));
  const plain = at("no-releases", "root.fact");
  expect(updateOf(plain)).toBeUndefined();
  const after = ["propose", "root", "--draft", "--after"];
  await done(...after, plain, "--update-key", a!, b!, c!, "--out", file("2"));
  expect(updateOf(file("2"))).toEqual([2, ["k2a", "k2b", "k2c"]]);
  await done(...after, file("2"), "--update-program-key", p!, q!, "--out", file("3"));
  expect(updateOf(file("3"))).toEqual([2, ["k2a", "k2b", "k2c", "k2d auto", "k2e auto"]]);
  await done(...after, file("3"), "--no-update-programs", "--out", file("4"));
  expect(updateOf(file("4"))).toEqual([2, ["k2a", "k2b", "k2c"]]);
  await done("init", "--cluster", "demo", "--operators", "alice,bob,carol", "--out", at("with-releases"));
  expect(updateOf(at("with-releases", "root.fact"))).toEqual([2, ["alice", "bob", "carol"]]);
  expect(existsSync(at("with-releases", "alice", "update", "key.pem"))).toBe(true);
});

test("keys of programs are named apart from those of people, and stay until others are named", async () => {
  const programsOf = (file: string): unknown => {
    const { control } = factOf(file).body["authorities"] as RootBody["authorities"];
    expect(control).toMatchObject({ threshold: 2 });
    return control.keys.filter(({ auto }) => auto === true).map(({ name }) => name);
  };
  const [p, q, r] = ["1a", "1b", "1c"].map((octet) => `p${octet}=${octet.repeat(32)}`);
  const after = ["propose", "root", "--after"];
  const file = (name: string): string => at(`programs-${name}.fact`);
  await done(...after, root, "--program-key", p!, q!, r!, "--out", file("2"));
  expect(programsOf(file("2"))).toEqual(["p1a", "p1b", "p1c"]);
  const people = keysOf("control", "alice", "bob", "dora");
  await done(...after, file("2"), ...people, "--draft", "--out", file("3"));
  expect(programsOf(file("3"))).toEqual(["p1a", "p1b", "p1c"]);
  await done(...after, file("3"), "--no-programs", "--draft", "--out", file("4"));
  expect(programsOf(file("4"))).toEqual([]);
});
