/** Tokens: what `flor fabric token` makes, and what `flor fabric join` says to an agent. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bodyOf,
  isJoinSigned,
  joinToBeSigned,
  makeToken,
  readJoin,
  readJoinText,
  readRecordTexts,
  readToken,
  writeJoinPayload,
  writeRecordText,
} from "@florenetes/facts";
import { makeSigningKey, proposeRecord, requireRecord } from "@florenetes/facts/authoring";
import { AdminAnswer, openAdminServer } from "@florenetes/process-kit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flor, type Run } from "./run-flor.ts";

const base = mkdtempSync(join(tmpdir(), "florenetes-flor-token-"));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const at = (...names: readonly string[]): string => join(base, ...names);
const fabric = (...args: readonly string[]): Promise<Run> => flor("fabric", ...args);
let agents = 0;
const place = ["--cluster", "demo", "--organization", "acme", "--partition", "north"];

describe("flor fabric token new", () => {
  beforeAll(async () => {
    await fabric("init", "--cluster", "demo", "--operators", "alice,bob,carol", "--out", at("fabric"));
  });

  test("shows a token, and writes its record, which holds once people have signed it", async () => {
    const { code, out, err } = await fabric("token", "new", ...place, "--out", at("token.fact"));
    expect([code, err]).toEqual([0, expect.stringContaining("shown this once")]);
    const [text] = out.split("\n") as [string];
    const fact = requireRecord(readRecordTexts(readFileSync(at("token.fact"), "utf8"))![0]!);
    expect(fact).toMatchObject({ kind: "token", scope: "cluster", subject: readToken(text)!.keyId, epoch: 1 });
    expect(bodyOf(fact, "token")).toEqual({ organization: "acme", partition: "north", count: 1 });
    expect(fact.expires - fact.issued).toBe(86_400_000);
    expect(readFileSync(at("token.fact"), "utf8") + err).not.toContain(text.slice(-20));
    for (const operator of ["alice", "bob"]) await fabric("sign", at("token.fact"), "--key", at("fabric", operator));
    const inspected = await fabric("inspect", at("token.fact"), "--root", at("fabric", "root.fact"));
    expect(inspected.out).toContain("it holds");
    expect(await fabric("void", at("token.fact"), "--out", at("void.fact"))).toMatchObject({ code: 0 });
  });

  test("gives both to programs, for as many nodes and as long as they say", async () => {
    const { out } = await fabric("token", "new", ...place, "--count", "256", "--life", "7d", "--json");
    const { token, subject, record } = JSON.parse(out) as { token: string; subject: string; record: string };
    const fact = requireRecord(readRecordTexts(record)![0]!);
    expect([readToken(token)!.keyId, fact.subject]).toEqual([subject, subject]);
    expect([bodyOf(fact, "token")!.count, fact.expires - fact.issued]).toEqual([256, 7 * 86_400_000]);
  });

  test.each([
    ["more nodes than a token lets in", ["--count", "257"], "[ERR_FABRIC_PROPOSAL]"],
    ["none", ["--count", "0"], "[ERR_FABRIC_PROPOSAL]"],
    ["longer than a token lives", ["--life", "8d"], "[ERR_FABRIC_PROPOSAL]"],
    ["no duration", ["--life", "long"], "[ERR_FLOR_USAGE]"],
  ])("refuses %s, and shows no token", async (_, options, code) => {
    const run = await fabric("token", "new", ...place, ...options);
    expect(run).toMatchObject({ code: 2, err: expect.stringContaining(code) });
    expect(run.out + run.err).not.toMatch(/flor-token-\w/);
  });
});

describe("flor fabric join", () => {
  const node = makeSigningKey("n1");
  const token = makeToken();
  const recordOf = (subject: string, key: string, cluster = "demo"): string => {
    const body = { key, organization: "acme", partition: "north", "trust-tier": 0 };
    return writeRecordText(proposeRecord({ kind: "node", cluster, subject, now: Date.now(), body }));
  };
  const record = recordOf("n1", node.key);

  /** An agent that answers joins with one answer after the other, and the last one again and again. */
  async function agentWith(answers: readonly AdminAnswer[], own = token.key) {
    const path = at(`${++agents}.sock`);
    const seen = { joins: [] as string[], records: [] as string[] };
    const server = await openAdminServer({
      path,
      routes: {},
      actions: {
        "/join": () => {
          const payload = writeJoinPayload({
            cluster: "demo",
            node: "n1",
            key: node.key,
            token: own,
            time: Date.now(),
          });
          const signature = Buffer.from(node.sign(joinToBeSigned(payload))).toString("base64");
          return { payload: payload.toString("base64"), signature };
        },
        "/joins": ({ text }) => answers[Math.min(seen.joins.push(text), answers.length) - 1],
        "/records": ({ text }) => {
          seen.records.push(text);
          return { records: [{ id: null, outcome: "taken", status: 200 }] };
        },
      },
    });
    return { path, seen, [Symbol.asyncDispose]: () => server.close() };
  }

  const joined = new AdminAnswer(200, { outcome: "joined", text: "", record });
  const waits = new AdminAnswer(202, { outcome: "waits", text: "1 of 2 programs have signed", signed: 1, needed: 2 });

  test("waits for programs, and hands the record to its own agent; the token itself goes nowhere", async () => {
    await using agent = await agentWith([]);
    await using other = await agentWith([waits, joined]);
    writeFileSync(at("token.txt"), `${token.text}\n`);
    const run = await fabric("join", at("token.txt"), "--agent", agent.path, "--at", other.path);
    expect(run).toMatchObject({ code: 0, out: expect.stringMatching(/^node +n1, of the cluster demo/) });
    expect([agent.seen, other.seen.records]).toEqual([{ joins: [], records: [record] }, []]);
    const [first, second] = other.seen.joins as [string, string];
    expect(first).toBe(second);
    const message = readJoin(readJoinText(first)!)!;
    expect([message.node, isJoinSigned(message)]).toEqual(["n1", true]);
    expect([first, run.out, run.err].join()).not.toContain(token.text.slice(-20));
  });

  test.each([
    [
      "is refused",
      new AdminAnswer(409, { outcome: "refused", reason: "used-up", text: "Ask for another." }),
      /^used-up: Ask/,
    ],
    ["still waits when its time is over", waits, /^waits: 1 of 2/],
  ])("ends with 1 when the node %s", async (_, answer, words) => {
    await using agent = await agentWith([answer]);
    const run = await fabric("join", token.text, "--agent", agent.path, "--wait", "0s");
    expect(run).toMatchObject({ code: 1, out: expect.stringMatching(words) });
    expect(agent.seen.records).toEqual([]);
  });

  test("a token with a typing error is refused, and not shown", async () => {
    const wrong = token.text.replace(/.$/, (last) => (last === "A" ? "B" : "A"));
    writeFileSync(at("wrong.txt"), wrong);
    const beginnings = [token.text.replace("token", "tokem"), token.text.slice("flor-".length)];
    for (const argument of [wrong, at("wrong.txt"), ...beginnings]) {
      const run = await fabric("join", argument, "--agent", at("none.sock"));
      expect(run).toMatchObject({ code: 2, err: expect.stringContaining("[ERR_FLOR_TOKEN]") });
      expect(run.out + run.err).not.toContain(wrong.slice(20, -1));
    }
  });

  test("signs no join for another token than its own", async () => {
    await using agent = await agentWith([joined], makeToken().key);
    const run = await fabric("join", token.text, "--agent", agent.path);
    expect(run).toMatchObject({ code: 3, err: expect.stringContaining("[ERR_ADMIN_ANSWER]") });
    expect(agent.seen.joins).toEqual([]);
  });

  test("a node that was let in is taken back by the record that an agent has in force", async () => {
    const path = at("facts.sock");
    const facts = { facts: [{ proof: record }] };
    await using _server = await openAdminServer({
      path,
      routes: { "/facts": (query) => (query.get("subject") === "n1" ? facts : { facts: [] }) },
    });
    const file = at("n1-void.fact");
    expect(await fabric("void", "node/cluster/n1", "--agent", path, "--out", file)).toMatchObject({ code: 0 });
    const fact = requireRecord(readRecordTexts(readFileSync(file, "utf8"))![0]!);
    expect(fact).toMatchObject({ kind: "node", subject: "n1", cluster: "demo", epoch: 2, void: true });
    const none = await fabric("void", "node/cluster/n2", "--agent", path);
    expect(none).toMatchObject({ code: 2, err: expect.stringContaining("no such record in force") });
  });

  test.each([
    ["no record", "none"],
    ["the record of another name", recordOf("n2", node.key)],
    ["the record of another key", recordOf("n1", makeToken().key)],
    ["the record of another cluster", recordOf("n1", node.key, "other")],
    ["two records", record + record],
  ])("an agent that answers %s is told, and its own agent gets nothing", async (_, text) => {
    await using agent = await agentWith([new AdminAnswer(200, { outcome: "joined", text: "", record: text })]);
    const run = await fabric("join", token.text, "--agent", agent.path);
    expect(run).toMatchObject({ code: 3, err: expect.stringContaining("[ERR_ADMIN_ANSWER]") });
    expect(agent.seen.records).toEqual([]);
  });
});
