/*
 *   b ───── a ───── c     two replicas of the control API, which tell each other their proposals over the agent of a. Their nodes keep one log, in an etcd of three members
 */
import { type Envelope, readEnvelope, recordIdOf, writeEnvelope, writeRecordText } from "@florenetes/facts";
import { hasEtcd } from "@florenetes/facts/testing";
import { requestAdmin } from "@florenetes/process-kit";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ControlFabric, REPLICAS, type Replica } from "../src/control-fabric.ts";
import { PATIENCE } from "../src/patience.ts";

let control: ControlFabric;

beforeAll(async () => {
  control = await ControlFabric.open({ etcd: hasEtcd });
  for (const [node, other] of [
    ["b", "c"],
    ["c", "b"],
  ] as const)
    await vi.waitFor(
      async () => expect(await othersOf(node)).toMatchObject([{ node: other, heardMsAgo: expect.any(Number) }]),
      PATIENCE,
    );
});
afterAll(() => control?.[Symbol.asyncDispose]());

interface Other {
  readonly node: string;
  readonly heardMsAgo: number | null;
  readonly letters: Readonly<Record<string, number>>;
  readonly proposals: Readonly<Record<string, number>>;
  readonly faults: number;
}

async function othersOf(node: Replica): Promise<readonly Other[]> {
  return ((await control.status(node))["replicas"] as { others: readonly Other[] }).others;
}

interface Made {
  readonly id: string;
  /** Copies that one operator each has signed. */
  readonly copies: readonly string[];
}

/** A record of a service that c alone hosts. */
function made(name: string): Made {
  const { payload, signatures } = readEnvelope(control.fabric.signService(name, ["c"])) as Envelope;
  const copies = signatures.map((signature) => writeRecordText(writeEnvelope({ payload, signatures: [signature] })));
  return { id: recordIdOf(payload), copies };
}

/** A proposal as a replica tells of it; undefined: it knows none. */
async function proposalAt(node: Replica, id: string): Promise<Record<string, unknown> | undefined> {
  return (await control.askAt(node, `/v1/proposals/${id}`)).body["proposal"] as Record<string, unknown> | undefined;
}

async function untilAt(node: Replica, id: string, expected: object): Promise<number> {
  const since = performance.now();
  await vi.waitFor(async () => expect(await proposalAt(node, id)).toMatchObject(expected), {
    ...PATIENCE,
    interval: 20,
  });
  return performance.now() - since;
}

test("a proposal that is brought to one replica is read at the other one, signed there, and published once for both", async () => {
  const { id, copies } = made("both");
  expect((await control.askAt("b", "/v1/proposals", copies[0])).status).toBe(201);
  const seen = await untilAt("c", id, {
    state: "waits",
    by: "user/alice",
    toldBy: "b",
    broughtAt: "b",
    signed: [expect.any(String)],
  });
  expect((await control.askAt("c", `/v1/proposals/${id}/record`)).body).toEqual({ text: copies[0] });
  expect((await control.askAt("c", `/v1/proposals/${id}/signatures`, copies[1])).body).toMatchObject({
    proposal: { state: "published" },
  });
  const published = await untilAt("b", id, { state: "published", toldBy: null });
  process.stderr.write(
    `seen at the other replica after ${seen.toFixed()} ms, published at both after ${published.toFixed()} ms\n`,
  );
  expect(control.hasLogged("c", "PROPOSAL_TOLD")).toBe(true);
});

/** Etcd chooses a leader anew for some seconds, and a principal asks the agent for entries twice a second. */
const SLOWLY = { ...PATIENCE, interval: 2_000 };

const HELD = { index: expect.any(Number) };

interface Entries {
  readonly size: number;
  readonly head: string;
  readonly items: readonly { readonly index: number; readonly record: { readonly subject: string } | null }[];
  readonly gaps: readonly unknown[];
  readonly breaks: readonly unknown[];
  readonly next: string | null;
}

describe.skipIf(!hasEtcd)("a log in an etcd of three members", () => {
  const entriesAt = async (node: Replica, query = ""): Promise<Entries> =>
    (await control.askAt(node, `/v1/log/entries${query}`)).body as unknown as Entries;
  /** Waits until both replicas tell the same under one tag, whose answers this returns but for who told them and when. */
  const untilEqual = async (path: string): Promise<Record<string, unknown>> => {
    const told = async (): Promise<readonly unknown[]> => {
      const answers = await Promise.all(REPLICAS.map((node) => control.askAt(node, path)));
      return answers.map(({ status, headers, body: { asOf, ...body } }) => {
        const { checkpoint, isStale } = asOf as Record<string, unknown>;
        return { status, etag: headers.get("etag"), body: { ...body, asOf: { checkpoint, isStale } } };
      });
    };
    return vi.waitFor(async () => {
      const [one, other] = (await told()) as [{ body: Record<string, unknown> }, unknown];
      expect(other).toEqual(one);
      expect(one).toMatchObject({ status: 200, etag: expect.stringMatching(/^W/) });
      return one.body;
    }, SLOWLY);
  };
  const publish = (name: string): Promise<unknown> =>
    control.fabric.publish("a", [control.fabric.signService(name, ["c"])]);

  test("both replicas tell the same entries, the same checkpoint and the same tags", async () => {
    await control.fabric.publish("a", [control.fabric.signLogPolicy(REPLICAS)]);
    for (const node of REPLICAS)
      await vi.waitFor(
        async () => expect((await control.askAt(node, "/v1/log")).body).toMatchObject({ log: { checkpoint: HELD } }),
        SLOWLY,
      );
    const page = (await untilEqual("/v1/log/entries")) as unknown as Entries;
    expect(page).toMatchObject({ gaps: [], breaks: [], next: null, asOf: { checkpoint: HELD, isStale: false } });
    expect(page.items.map(({ index }) => index)).toEqual(Array.from({ length: page.size }, (_, at) => page.size - at));
    expect(await untilEqual(`/v1/log/entries/${page.size}`)).toMatchObject({
      entry: { hash: page.head },
      checkpoint: { ...HELD, proof: expect.any(String) },
    });
    await untilEqual("/v1/log");
    // Each replica counts the routes of the coordinator on its node, and an origin may have leases of one of them alone.
    const findingsAt = async (node: Replica): Promise<readonly { text: string }[]> =>
      ((await control.askAt(node, "/v1/verdict")).body["verdict"] as { findings: readonly { text: string }[] })
        .findings;
    const findings = await vi.waitFor(async () => {
      const [one, other] = await Promise.all(REPLICAS.map(findingsAt));
      expect(other).toEqual(one);
      return one!;
    }, SLOWLY);
    // Nothing is wrong but services that c does not serve.
    expect(findings.filter(({ text }) => !text.startsWith("service "))).toEqual([]);
  });

  test("a member of etcd is killed: what comes then is told by both, and a page goes on at the other one", async () => {
    await control.etcd.end("m0");
    await publish("behind");
    for (const node of REPLICAS)
      await vi.waitFor(async () => expect((await entriesAt(node, "?subject=behind")).items).toHaveLength(1), SLOWLY);
    await untilEqual("/v1/log/entries");
    const first = await entriesAt("b", "?limit=2");
    const second = await entriesAt("c", `?limit=2&after=${first.next}`);
    const indexes = [...first.items, ...second.items].map(({ index }) => index);
    expect(indexes).toEqual([0, 1, 2, 3].map((at) => first.size - at));
    control.etcd.begin("m0");
  });

  test("a reader of events whose replica is killed is told by the other one what it does not know of the log", async () => {
    await untilEqual("/v1/log");
    const { id, replica } = await control.nextEvent();
    const other = replica === "b" ? "c" : "b";
    await control.kill(replica);
    await vi.waitFor(async () => expect((await control.nextEvent(id)).replica).toBe(other), PATIENCE);
    const known = await control.nextEvent(id);
    expect(known).toMatchObject({ name: "changed", collections: expect.not.arrayContaining(["log"]) });
    await publish("later");
    const isTold = expect.arrayContaining(["log"]);
    await vi.waitFor(
      async () => expect(await control.nextEvent(id)).toMatchObject({ replica: other, collections: isTold }),
      SLOWLY,
    );
    await control.start(replica);
  });
});

test("a replica that was down has all that waits soon after its start, and one that is killed for good has lost none", async () => {
  await control.kill("c");
  const all = Array.from({ length: 20 }, (_, at) => made(`down-${at}`));
  for (const { copies } of all.slice(0, 10))
    expect((await control.askAt("b", "/v1/proposals", copies[0])).status).toBe(201);
  await control.start("c");
  const started = performance.now();
  for (const { id } of all.slice(0, 10)) await untilAt("c", id, { state: "waits", toldBy: "b", broughtAt: "b" });
  process.stderr.write(`ten proposals are there ${(performance.now() - started).toFixed()} ms after the start\n`);

  await control.kill("b");
  const [{ id, copies }] = all as [Made];
  expect((await control.askAt("c", `/v1/proposals/${id}/signatures`, copies[1])).body).toMatchObject({
    proposal: { state: "published" },
  });
  await control.start("b");
  await untilAt("b", id, { state: "published" });
});

test("both hand in what both have the last signature of: it is one record", async () => {
  const { id, copies } = made("twice");
  await control.askAt("b", "/v1/proposals", copies[0]);
  await untilAt("c", id, { state: "waits" });
  const answers = await Promise.all(
    (["b", "c"] as const).map((node) => control.askAt(node, `/v1/proposals/${id}/signatures`, copies[1])),
  );
  expect(answers.map(({ status }) => status)).toContain(200);
  for (const node of ["b", "c"] as const) await untilAt(node, id, { state: "published" });
});

/** A program in the place of b's replica, which speaks for it at its agent. */
class Captured {
  readonly #path: string = control.fabric.adminOf("b");
  #isOver = false;
  read = 0;

  /** Answers letters of c until it ends. */
  async answer(answerOf: (letter: Buffer) => Buffer): Promise<void> {
    while (!this.#isOver) {
      const { letters } = (await requestAdmin(this.#path, "/letters?wait=1")) as {
        letters: readonly { number: number; body: string }[];
      };
      for (const { number, body } of letters) {
        this.read++;
        const answer = answerOf(Buffer.from(body, "base64")).toString("base64");
        await requestAdmin(this.#path, `/answers?letter=${number}`, { method: "POST", body: answer });
      }
    }
  }

  send(letter: Buffer): Promise<unknown> {
    const body = letter.toString("base64");
    const isAnswer = (): boolean => true;
    return requestAdmin(this.#path, "/letters?to=c", { method: "POST", body, isAnswer, timeoutMs: 130_000 });
  }

  end(): void {
    this.#isOver = true;
  }
}

test("a replica that was captured gives other octets than it says, and floods: c is as it was, counts it, and publishes", async () => {
  const { id, copies } = made("captured");
  await control.askAt("c", "/v1/proposals", copies[0]);
  await control.kill("b");
  const before = (await control.askAt("c", "/v1/proposals")).body["items"];
  const captured = new Captured();
  const row = Buffer.concat([
    Buffer.alloc(31),
    Buffer.of(1),
    Buffer.alloc(16, 7),
    Buffer.from("000002bc0000000000000000", "hex"),
  ]);
  const now = Buffer.alloc(8);
  now.writeBigUInt64BE(BigInt(Date.now()));
  now.copy(row, 52);
  const list = (at: number): Buffer =>
    Buffer.concat([Buffer.of(1), Buffer.alloc(16, at), Buffer.of(0, 1), row, Buffer.from("\0\nuser/alice")]);
  // Each list is another one, and the octets of its proposal are not those that it names.
  const answering = captured.answer((letter) =>
    letter[1] === 1 ? list(captured.read) : Buffer.concat([Buffer.of(1, 1), Buffer.alloc(700, captured.read)]),
  );
  const letters = [
    ...Array.from({ length: 96 }, (_, at) => Buffer.concat([Buffer.of(1, 1), Buffer.alloc(16, at), Buffer.alloc(48)])),
    ...Array.from({ length: 16 }, (_, at) => Buffer.alloc(1 + 700 * at, at)),
  ];
  // An admin socket has room for so many connections.
  const words: string[] = [];
  for (let from = 0; from < letters.length; from += 8) {
    const told = await Promise.all(letters.slice(from, from + 8).map((letter) => captured.send(letter)));
    words.push(...told.map((each) => JSON.stringify(each)));
  }
  expect(words.some((word) => word.includes('"answered"'))).toBe(true);
  const faults = async (): Promise<number> => (await othersOf("c"))[0]!.faults;
  await expect.poll(faults, PATIENCE).toBeGreaterThan(0);
  await vi.waitFor(() => expect(control.hasLogged("c", "REPLICA_FAULT")).toBe(true), PATIENCE);

  expect((await control.askAt("c", "/v1/proposals")).body["items"]).toEqual(before);
  expect((await control.askAt("c", `/v1/proposals/${id}/signatures`, copies[1])).body).toMatchObject({
    proposal: { state: "published", by: "user/alice", toldBy: null },
  });
  // A list and a part of each look, and no more looks than c makes of itself.
  expect(captured.read).toBeLessThan(20);
  captured.end();
  await answering;
  await control.start("b");
});

interface AuditList {
  readonly replica: string;
  readonly items: readonly { readonly replica: string; readonly path: string; readonly principal: string }[];
  readonly missing: readonly { readonly replica: string; readonly reason: string }[];
  readonly next: string | null;
}

async function auditsAt(node: Replica, query = ""): Promise<AuditList> {
  return (await control.askAt(node, `/v1/audit/all${query}`)).body as unknown as AuditList;
}

/** Replicas are not asked for a minute when they have not answered, and one that has just started is not known as one. */
const AGAIN = { timeout: 120_000, interval: 2_000 };

test("the audits of both replicas are one list at each, over its pages, and a replica that is silent is told", async () => {
  await vi.waitFor(async () => expect((await auditsAt("b")).missing).toEqual([]), AGAIN);
  for (const node of ["b", "c", "b", "c"] as const) await control.askAt(node, "/v1/authority");
  const rows = ({ items }: AuditList): readonly string[] => items.map(({ replica }) => replica);
  for (const node of ["b", "c"] as const) {
    const first = await auditsAt(node, "?path=/v1/authority&limit=3");
    expect([first.missing, rows(first)]).toEqual([[], ["c", "b", "c"]]);
    // A page goes on at any replica.
    const second = await auditsAt(node === "b" ? "c" : "b", `?path=/v1/authority&limit=1&after=${first.next}`);
    expect([second.missing, rows(second)]).toEqual([[], ["b"]]);
  }
  await control.kill("c");
  const { items, missing } = await auditsAt("b");
  expect(missing).toEqual([{ replica: "c", reason: expect.any(String) }]);
  expect(new Set(items.map(({ replica }) => replica))).toEqual(new Set(["b"]));
  await control.start("c");
  await vi.waitFor(async () => expect((await auditsAt("b")).missing).toEqual([]), AGAIN);
});

test("a captured replica tells of its own requests alone, and what is none is told as missing", async () => {
  await control.kill("b");
  const captured = new Captured();
  const entry = {
    at: new Date().toISOString(),
    principal: "user/bob",
    method: "POST",
    path: "/v1/records",
    status: 200,
  };
  let number = Number.MAX_SAFE_INTEGER;
  let more: object = {};
  const answering = captured.answer(() => {
    const entries = Array.from({ length: 60 }, () => ({ number: number--, ...entry, code: null, ...more }));
    const slice = JSON.stringify({ audit: "f".repeat(16), entries, hasMore: true });
    return Buffer.concat([Buffer.of(1), Buffer.from(slice)]);
  });
  const flood = async (): Promise<AuditList> => auditsAt("c", "?limit=500");
  await vi.waitFor(async () => expect((await flood()).missing).toEqual([]), AGAIN);
  const { items } = await flood();
  expect(items.length).toBeLessThanOrEqual(500);
  expect(items.every(({ replica, path }) => replica === "b" || path !== "/v1/records")).toBe(true);
  more = { replica: "c", path: "<script>" };
  expect((await flood()).missing).toEqual([{ replica: "b", reason: "it answers what is no part of an audit" }]);
  captured.end();
  await answering;
  await control.start("b");
});
