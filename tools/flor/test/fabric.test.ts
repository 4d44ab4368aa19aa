import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readRecordTexts } from "@florenetes/facts";
import { requireRecord } from "@florenetes/facts/authoring";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor, type Run } from "./run-flor.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-flor-fabric-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));

const at = (...names: readonly string[]): string => join(base, ...names);
const fabric = (...args: readonly string[]): Promise<Run> => flor("fabric", ...args);
const idOf = (file: string): string => requireRecord(readRecordTexts(readFileSync(file, "utf8"))![0]!).id;
const NODE_KEY = "ab".repeat(32);
const root = at("fabric", "root.fact");

async function done(...args: readonly string[]): Promise<Run> {
  const run = await fabric(...args);
  expect(run, run.err).toMatchObject({ code: 0 });
  return run;
}

/** Proposes a service record on host c, into a new file. */
async function proposeWeb(name: string, ...more: readonly string[]): Promise<string> {
  await done("propose", "service", "web", "--cluster", "demo", "--host", "c", "--out", at(name), ...more);
  return at(name);
}

beforeAll(async () => {
  await done("init", "--cluster", "demo", "--operators", "alice,bob,carol", "--out", at("fabric"));
});

describe("flor fabric init", () => {
  test("makes keys for operators, and a root that holds, whose fingerprint it prints", async () => {
    const { out, err } = await done(
      "init",
      "--cluster",
      "demo",
      "--operators",
      "alice,bob,carol",
      "--out",
      at("again"),
    );
    const fingerprint = `sha256:${idOf(at("again", "root.fact"))}`;
    expect(out).toContain(`fingerprint  ${fingerprint}`);
    expect(err).toContain(`root: ${fingerprint}`);
    for (const name of ["alice", "bob", "carol"]) {
      for (const authority of ["root", "control"]) {
        expect(statSync(at("again", name, authority, "key.pem")).mode & 0o777).toBe(0o600);
      }
    }
    expect((await done("inspect", at("again", "root.fact"))).out).toContain("it holds");
  });

  test("makes a proposal of keys that were mailed, which holds when its quorum has signed it", async () => {
    for (const name of ["r1", "r2", "c1", "c2"]) await done("key", "new", "--name", name, "--out", at("mailed", name));
    const pub = (name: string): string => at("mailed", name, "key.pub");
    const keys = ["--root-key", pub("r1"), pub("r2"), "--control-key", pub("c1"), pub("c2")];
    await done("init", "--cluster", "demo", ...keys, "--out", at("mailed-root"));
    const file = at("mailed-root", "root.fact");
    expect(await fabric("inspect", file)).toMatchObject({
      code: 1,
      out: expect.stringContaining("refused: quorum") as unknown,
    });
    await done("sign", file, "--key", at("mailed", "r1"));
    expect(await fabric("inspect", file)).toMatchObject({
      code: 1,
      out: expect.stringContaining("refused: quorum") as unknown,
    });
    await done("sign", file, "--key", at("mailed", "r2"));
    expect((await done("inspect", file)).out).toContain("it holds");
  });

  test("counts one key under two names once, and tells what else makes no root", async () => {
    await done("key", "new", "--name", "one", "--out", at("one"));
    await done("key", "new", "--name", "two", "--out", at("two"));
    const hex = readFileSync(at("one", "key.pub"), "utf8").split(" ")[1]!;
    const [one, two] = [at("one", "key.pub"), at("two", "key.pub")];
    const cases: readonly [readonly string[], string, string][] = [
      [
        ["--root-key", one, `other=${hex}`, "--control-key", two, `c=${NODE_KEY}`],
        "ERR_FABRIC_PROPOSAL",
        "one and other are one key",
      ],
      [
        ["--root-key", one, two, "--control-key", one, `c=${NODE_KEY}`],
        "ERR_FABRIC_PROPOSAL",
        "one and one are one key",
      ],
      [["--root-key", one, "--control-key", two], "ERR_FABRIC_PROPOSAL", "at least 2"],
      [["--operators", "alice"], "ERR_FABRIC_PROPOSAL", "at least 2"],
      [["--operators", "alice,bob,carol", "--threshold", "1"], "ERR_FABRIC_PROPOSAL", "too few"],
      [["--operators", "alice,alice"], "ERR_FLOR_USAGE", "twice"],
      [["--operators", "alice,../bob"], "ERR_FABRIC_PUBLIC_KEY", "no name"],
      [["--root-key", one], "ERR_FLOR_USAGE", "--control-key"],
      [["--root-key", at("nothing"), "--control-key", two], "ERR_IDENTITY_FILE_MISSING", "no such file"],
      [["--root-key", `a=${NODE_KEY.slice(1)}`, "--control-key", two], "ERR_FABRIC_PUBLIC_KEY", "64 hex digits"],
    ];
    for (const [args, code, hint] of cases) {
      const run = await fabric("init", "--cluster", "demo", ...args, "--out", at("refused"));
      expect(run).toMatchObject({ code: 2, out: "" });
      expect(run.err).toContain(`[${code}]`);
      expect(run.err).toContain(hint);
      expect(existsSync(at("refused"))).toBe(false);
    }
  });

  test("makes a root for development of one operator, and says what that means", async () => {
    const { err } = await done("init", "--cluster", "demo", "--operators", "me", "--development", "--out", at("trial"));
    expect(err).toContain("development: true");
    const file = await proposeWeb("trial.fact");
    await done("sign", file, "--key", at("trial", "me"));
    expect((await done("inspect", file, "--root", at("trial", "root.fact"))).out).toContain("it holds");
  });
});

describe("flor fabric propose, sign and inspect", () => {
  test("bring a record to its quorum, one operator after the other", async () => {
    const file = await proposeWeb("web.fact");
    expect(await fabric("inspect", file, "--root", root)).toMatchObject({
      code: 1,
      out: expect.stringMatching(/signed by nobody yet\ncounted +0 of 2[^]*refused: quorum/) as unknown,
    });
    await done("sign", file, "--key", at("fabric", "alice"));
    expect((await fabric("inspect", file, "--root", root)).out).toMatch(
      /signed by {2}alice \(control\)\ncounted +1 of 2/,
    );
    await done("sign", file, "--key", at("fabric", "bob", "control"));
    expect((await done("inspect", file, "--root", root)).out).toContain("it holds");
    const json = JSON.parse((await done("inspect", file, "--root", root, "--json")).out) as Record<string, unknown>;
    expect(json).toMatchObject({
      records: [
        {
          id: idOf(file),
          kind: "service",
          epoch: 1,
          body: { hosts: [{ node: "c", priority: 1, weight: 1 }] },
          signatures: [{ name: "alice (control)" }, { name: "bob (control)" }],
          judgement: { isAccepted: true },
        },
      ],
    });
  });

  test("follow a record: what is not named stays, and what changes is shown", async () => {
    const before = await proposeWeb("before.fact", "--alias", "www", "--class", "bulk");
    const file = at("after.fact");
    await done("propose", "service", "web", "--after", before, "--host", "b:2", "--host", "c:1:5", "--out", file);
    const { epoch, generation, body } = requireRecord(readRecordTexts(readFileSync(file, "utf8"))![0]!);
    expect({ epoch, generation, body }).toEqual({
      epoch: 2,
      generation: 2,
      body: {
        aliases: ["www"],
        classes: ["bulk"],
        mode: "active-active",
        hosts: [
          { node: "b", priority: 2, weight: 1 },
          { node: "c", priority: 1, weight: 5 },
        ],
      },
    });
    const { out } = await done("sign", file, "--after", before, "--key", at("again", "carol"));
    expect(out).toMatch(/^epoch +1 -> 2, generation 1 -> 2$/m);
    expect(out).toMatch(/^ {2}hosts +\[\{"node":"c".* -> \[\{"node":"b"/m);
    expect(out).not.toContain("aliases");
  });

  test("follow an organization's policy, and a service that another authority signs", async () => {
    writeFileSync(at("acme.yaml"), "hold: 60\n");
    const acme = ["--cluster", "demo", "--scope", "org/acme", "--body", at("acme.yaml")];
    await done("propose", "policy", ...acme, "--out", at("acme.fact"));
    await done("propose", "policy", "--after", at("acme.fact"), "--out", at("acme-2.fact"));
    const updates = await proposeWeb("updates.fact", "--by", "update");
    await done("propose", "service", "web", "--after", updates, "--host", "b", "--out", at("updates-2.fact"));
    const [policy, service] = ["acme-2.fact", "updates-2.fact"].map((name) =>
      requireRecord(readRecordTexts(readFileSync(at(name), "utf8"))![0]!),
    );
    expect(policy).toMatchObject({ scope: "org/acme", subject: "org/acme", epoch: 2, body: { hold: 60 } });
    expect(service).toMatchObject({ authority: "update", epoch: 2 });
  });

  test("make records of other kinds, from options or a file", async () => {
    const node = ["--key", NODE_KEY, "--organization", "acme", "--partition", "north"];
    await done("propose", "node", "a", "--cluster", "demo", ...node, "--out", at("a.fact"));
    await done("propose", "role", "a/relay/north", "--cluster", "demo", "--action", "carry", "--out", at("role.fact"));
    writeFileSync(at("policy.yaml"), "carriers: quic-only\nhold: 3600\n");
    await done("propose", "policy", "--cluster", "demo", "--body", at("policy.yaml"), "--out", at("policy.fact"));
    writeFileSync(at("seeds.json"), '{"seeds":[]}');
    await done(
      "propose",
      "seeds",
      "--cluster",
      "demo",
      "--body",
      at("seeds.json"),
      "--expires",
      "10d",
      "--out",
      at("seeds.fact"),
    );
    writeFileSync(at("budget.yaml"), "limits:\n  - { of: leases, most: 8 }\nshares: off\n");
    await done(
      "propose",
      "budget",
      "acme",
      "--cluster",
      "demo",
      "--body",
      at("budget.yaml"),
      "--out",
      at("budget.fact"),
    );
    for (const name of ["a", "role", "policy", "seeds", "budget"]) {
      for (const operator of ["alice", "carol"]) await done("sign", at(`${name}.fact`), "--key", at("again", operator));
      expect((await done("inspect", at(`${name}.fact`), "--root", at("again", "root.fact"))).out).toContain("it holds");
    }
  });

  test("refuse what makes no record, with the line of a file", async () => {
    writeFileSync(at("wrong.yaml"), "carriers: quic-only\nholds: 3600\n");
    const cases: readonly [readonly string[], string, string][] = [
      [["policy", "--cluster", "demo", "--body", at("wrong.yaml")], "ERR_CONFIG_UNKNOWN_KEY", "wrong.yaml:2:1"],
      [["policy", "--cluster", "demo", "--scope", "acme"], "ERR_FABRIC_PROPOSAL", "acme"],
      [["node", "a", "--cluster", "demo", "--key", NODE_KEY], "ERR_FABRIC_PROPOSAL", "organization"],
      [["service", "web"], "ERR_FLOR_USAGE", "--cluster, or --after"],
      [["service", "Web", "--cluster", "demo"], "ERR_FABRIC_PROPOSAL", "Web"],
      [["service", "web", "--cluster", "demo", "--host", "c:x"], "ERR_FLOR_USAGE", "NODE:PRIORITY"],
      [["service", "web", "--cluster", "demo", "--expires", "31d"], "ERR_FABRIC_PROPOSAL", "lives at most"],
      [
        ["service", "web", "--cluster", "demo", "--expires", "2020-01-01T00:00:00Z"],
        "ERR_FABRIC_PROPOSAL",
        "before it begins",
      ],
      [["service", "web", "--cluster", "demo", "--expires", "soon"], "ERR_FLOR_USAGE", "duration"],
      [["service", "web", "--cluster", "demo", "--by", "root"], "ERR_FABRIC_PROPOSAL", "not by root"],
      [["service", "web", "--cluster", "demo", "--epoch", "0"], "ERR_FABRIC_PROPOSAL", "no epoch"],
      [["service", "mail", "--after", at("web.fact")], "ERR_FABRIC_PROPOSAL", "another slot"],
      [["service", "web", "--after", at("web.fact"), "--epoch", "1"], "ERR_FABRIC_PROPOSAL", "not above"],
      [["service", "web", "--cluster", "demo", "--out", at("web.fact")], "ERR_IDENTITY_FILE_IN_USE", "there already"],
      [["seeds", "--cluster", "demo"], "ERR_FABRIC_PROPOSAL", "seeds"],
    ];
    for (const [args, code, hint] of cases) {
      const run = await fabric("propose", ...args);
      expect(run).toMatchObject({ code: 2, out: "" });
      expect(run.err).toContain(`[${code}]`);
      expect(run.err).toContain(hint);
    }
  });

  test("refuse a second signature, a contradiction, and a key that is not the folder's", async () => {
    const carol = ["--key", at("fabric", "carol")];
    const file = await proposeWeb("contested.fact", "--epoch", "7");
    await done("sign", file, ...carol);
    expect((await fabric("sign", file, ...carol)).err).toContain("[ERR_FABRIC_SIGNED_ALREADY]");
    const rival = await proposeWeb("rival.fact", "--epoch", "7", "--alias", "other");
    const text = readFileSync(rival, "utf8");
    expect((await fabric("sign", rival, ...carol)).err).toContain("[ERR_FABRIC_SIGNED_OTHER]");
    expect(readFileSync(rival, "utf8")).toBe(text);
    cpSync(at("fabric", "carol"), at("mixed"), { recursive: true });
    cpSync(at("fabric", "bob", "control", "key.pem"), at("mixed", "control", "key.pem"));
    expect((await fabric("sign", rival, "--key", at("mixed"))).err).toContain("[ERR_FABRIC_KEY_FOLDER]");
    chmodSync(at("mixed", "control", "key.pem"), 0o644);
    expect((await fabric("sign", rival, "--key", at("mixed"))).err).toContain("[ERR_IDENTITY_KEY_EXPOSED]");
  });

  test("take sealed keys with their passphrase alone", async () => {
    const passphrase = ["--passphrase-file", at("passphrase")];
    writeFileSync(at("passphrase"), "correct horse\n", { mode: 0o600 });
    writeFileSync(at("wrong"), "battery\n", { mode: 0o600 });
    await done("key", "new", "--name", "dora", "--out", at("dora"), ...passphrase);
    expect(readFileSync(at("dora", "key.pem"), "utf8")).toContain("BEGIN FLORENETES SEALED FABRIC KEY");
    const file = await proposeWeb("sealed.fact");
    expect((await fabric("sign", file, "--key", at("dora"))).err).toContain("[ERR_FLOR_NO_TERMINAL]");
    const wrong = await fabric("sign", file, "--key", at("dora"), "--passphrase-file", at("wrong"));
    expect(wrong.err).toContain("[ERR_IDENTITY_PASSPHRASE_WRONG]");
    await done("sign", file, "--key", at("dora"), ...passphrase);
  });

  test("leave the proposal as it was when a signer command fails", async () => {
    const { out } = await done("key", "new", "--name", "token", "--public", NODE_KEY, "--out", at("token"));
    expect(out).toContain(NODE_KEY);
    const file = await proposeWeb("by-command.fact");
    const text = readFileSync(file, "utf8");
    const run = await fabric("sign", file, "--key", at("token"), "--signer", "exit 3");
    expect(run.err).toContain("ended with 3 [ERR_FABRIC_SIGNER]");
    expect((await fabric("sign", file, "--key", at("token"))).err).toContain("[ERR_FABRIC_KEY_FOLDER]");
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("refuse files that hold no record", async () => {
    writeFileSync(at("nothing.fact"), "hello\n");
    writeFileSync(at("cut.fact"), readFileSync(root, "utf8").slice(0, -40));
    for (const name of ["nothing.fact", "cut.fact"]) {
      expect((await fabric("inspect", at(name))).err).toContain("[ERR_FABRIC_RECORD]");
      expect((await fabric("sign", at(name), "--key", at("fabric", "bob"))).err).toContain("[ERR_FABRIC_RECORD]");
    }
    const proposal = await proposeWeb("no-root.fact");
    expect((await fabric("inspect", root, "--root", proposal)).err).toContain("[ERR_FABRIC_NO_ROOT]");
  });
});

describe("flor fabric publish", () => {
  const socket = at("agent.sock");
  const bodies: string[] = [];
  let answer = "";
  let status = 200;
  const agent = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      bodies.push(`${request.method} ${request.url}\n${body}`);
      response.statusCode = status;
      response.setHeader("content-type", "application/json");
      response.end(answer);
    });
  });
  beforeAll(() => new Promise<void>((listening) => agent.listen(socket, listening)));
  afterAll(() => new Promise((closed) => agent.close(closed)));

  test("hands records to the agent, and shows its judgement", async () => {
    const files = [await proposeWeb("one.fact"), await proposeWeb("two.fact")];
    answer = JSON.stringify({
      records: [
        { id: idOf(files[0]!), outcome: "taken" },
        { id: null, outcome: "refused", reason: "quorum" },
      ],
    });
    status = 403;
    const { code, out } = await fabric("publish", ...files, "--agent", socket);
    status = 200;
    expect(code).toBe(1);
    expect(out).toContain(`taken  ${files[0]}  sha256:${idOf(files[0]!)}`);
    expect(out).toMatch(/refused {2}.*two\.fact: quorum: The record is a proposal/);
    expect(bodies).toEqual([`POST /records\n${files.map((file) => readFileSync(file, "utf8")).join("")}`]);
    answer = JSON.stringify({ records: [{ id: idOf(files[0]!), outcome: "known" }] });
    expect(await fabric("publish", files[0]!, "--agent", socket)).toMatchObject({ code: 0 });
  });

  test.each([
    ["is no JSON of that form", '{"records":[{"id":null,"outcome":"eaten"}]}'],
    ["judges another number of records", '{"records":[]}'],
  ])("refuses an answer that %s", async (_, text) => {
    answer = text;
    const run = await fabric("publish", at("web.fact"), "--agent", socket);
    expect(run).toMatchObject({ code: 3, err: expect.stringContaining("[ERR_ADMIN_ANSWER]") as unknown });
  });

  test("shows what an agent says that refuses the whole request", async () => {
    [status, answer] = [400, JSON.stringify({ code: "ERR_FABRIC_RECORDS", message: "too many", advice: "Less." })];
    const run = await fabric("publish", at("web.fact"), "--agent", socket);
    status = 200;
    expect(run).toMatchObject({ code: 2, err: expect.stringContaining("[ERR_FABRIC_RECORDS]") as unknown });
  });

  test("and proposals ask it for the record that they follow", async () => {
    const before = at("one.fact");
    bodies.length = 0;
    answer = JSON.stringify({
      facts: [{ proof: readFileSync(at("acme.fact"), "utf8") }, { proof: readFileSync(before, "utf8") }],
    });
    await done("propose", "service", "web", "--agent", socket, "--host", "b", "--out", at("asked.fact"));
    expect(bodies).toEqual(["GET /facts?kind=service&subject=web\n"]);
    expect(requireRecord(readRecordTexts(readFileSync(at("asked.fact"), "utf8"))![0]!)).toMatchObject({
      epoch: 2,
      body: { hosts: [{ node: "b" }] },
    });
    answer = JSON.stringify({ facts: [] });
    expect((await fabric("propose", "service", "web", "--agent", socket)).err).toContain("--cluster");
    await done("propose", "service", "web", "--agent", socket, "--cluster", "demo", "--out", at("first.fact"));
    for (const wrong of ['{"facts":[{"proof":"hello"}]}', '{"facts":7}']) {
      answer = wrong;
      const run = await fabric("propose", "service", "web", "--agent", socket);
      expect(run).toMatchObject({ code: 3, err: expect.stringContaining("[ERR_ADMIN_ANSWER]") as unknown });
    }
  });

  test("says that there is no agent", async () => {
    const run = await fabric("publish", at("web.fact"), "--agent", at("nobody.sock"));
    expect(run).toMatchObject({ code: 3, err: expect.stringContaining("[ERR_ADMIN_NOT_RUNNING]") as unknown });
  });
});
