/** Budgets of organizations bound who comes in with a token. */
import { type JoinQuota, makeToken, type Token, writeJoinText } from "@florenetes/facts";
import { Random, runs } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import { joinOrders } from "../../../src/admin/join-orders.ts";
import { JoinBudgets } from "../../../src/agent/joins/join-budgets.ts";
import { JOINS_COUNTED_MAX } from "../../../src/agent/limits.ts";
import { DAY, newKey, type TestKey } from "../../demo-records.ts";
import { bookOf, MINUTE, NOW, programs, record, rootOf, SECOND } from "../programs/program-scene.ts";
import { Cluster, joinOf, tokenRecord } from "./join-scene.ts";

const [p1] = programs as [TestKey];

const budget = (limits: Readonly<Record<string, number>>, members: object = {}): Buffer => {
  const body = { limits: Object.entries(limits).map(([of, most]) => ({ of, most })) };
  return record({ kind: "budget", subject: "acme", body, ...members });
};

const byPeople = (key: TestKey, members: object = {}): Buffer => {
  const body = { key: key.key, organization: "acme", partition: "north", "trust-tier": 1 };
  return record({ kind: "node", subject: key.name, body, ...members });
};

const quota = (of: JoinQuota["of"], used: number, most: number, seconds: unknown): object => ({
  outcome: "refused",
  reason: "quota",
  quota: { of, used, most, seconds },
});

/** A program, which lets nodes in alone, and a token for many. */
function alone(limits: Readonly<Record<string, number>>): { cluster: Cluster; token: Token } {
  const token = makeToken();
  const cluster = new Cluster({ root: rootOf("development", 1, [p1]), keys: [p1] });
  return { cluster: cluster.publish(tokenRecord(token, 100), budget(limits)), token };
}

describe("a budget of", () => {
  test("nodes counts those that people have approved, too, and says when the first of them ends", () => {
    const { cluster, token } = alone({ nodes: 3 });
    cluster.publish(byPeople(newKey("old"), { expires: NOW + DAY }));
    for (const name of ["a", "b"]) expect(cluster.join(newKey(name), token)).toMatchObject({ outcome: "waits" });
    cluster.run(5 * SECOND);
    expect(cluster.nodes()).toEqual(["a", "b", "old"]);
    expect(cluster.join(newKey("c"), token)).toEqual(quota("nodes", 3, 3, (DAY - cluster.now) / SECOND));
    const { joins, book } = cluster.programs[0]!;
    expect(joins.refused.get("quota")).toBe(1);
    const used = joins.usedOf("acme", book, { now: cluster.now, wall: NOW + cluster.now });
    expect(used).toEqual({ nodes: 3, joins: 2, candidates: 0 });
    // People allow more by another record.
    cluster.publish(budget({ nodes: 4 }, { epoch: 2 }));
    expect(cluster.join(newKey("c"), token)).toMatchObject({ outcome: "waits" });
    expect(cluster.run(5 * SECOND).nodes()).toEqual(["a", "b", "c", "old"]);
  });

  test("nodes that wait together lets in no more than it allows, and others when one has gone", () => {
    const { cluster, token } = alone({ nodes: 2 });
    const keys = Array.from({ length: 5 }, (_, at) => newKey(`n${at}`));
    for (const key of keys) cluster.join(key, token);
    cluster.run(30 * SECOND);
    expect(cluster.nodes()).toHaveLength(2);
    const gone = keys.find(({ name }) => cluster.nodes().includes(name))!;
    const epoch = NOW * 2;
    const away = { epoch, void: true, body: {}, issued: NOW, expires: NOW + 400 * DAY };
    cluster.publish(byPeople(gone, away));
    // The program has signed it lately, and does not know yet that it has come and gone.
    expect(cluster.run(30 * SECOND).nodes()).toHaveLength(1);
    cluster.run(5 * MINUTE);
    cluster.join(newKey("x"), token);
    expect(cluster.run(5 * SECOND).nodes()).toContain("x");
    expect(cluster.nodes()).toHaveLength(2);
  });

  test("joins lets in so many an hour, and the next one an hour behind the first", () => {
    const { cluster, token } = alone({ joins: 2 });
    for (const name of ["a", "b"]) cluster.join(newKey(name), token);
    cluster.run(10 * SECOND);
    expect(cluster.nodes()).toEqual(["a", "b"]);
    const answer = cluster.join(newKey("c"), token);
    expect(answer).toEqual(quota("joins", 2, 2, expect.any(Number)));
    const { seconds } = (answer as unknown as { quota: JoinQuota }).quota;
    expect(seconds).toBeGreaterThan(3_580);
    cluster.run((seconds - 5) * SECOND);
    expect(cluster.join(newKey("c"), token)).toMatchObject({ reason: "quota" });
    cluster.run(5 * SECOND);
    expect(cluster.join(newKey("c"), token)).toMatchObject({ outcome: "waits" });
    expect(cluster.run(5 * SECOND).nodes()).toEqual(["a", "b", "c"]);
  });

  test("candidates bounds those that wait, whatever tokens they have; who waits may ask again, and a newer budget counts", () => {
    const tokens = [makeToken(), makeToken()];
    const other = makeToken();
    const others = { body: { organization: "other", partition: "north", count: 9 } };
    const cluster = new Cluster().publish(
      ...tokens.map((token) => tokenRecord(token, 9)),
      tokenRecord(other, 9, others),
      budget({ candidates: 2 }),
    );
    for (const each of cluster.programs.slice(1)) each.isAway = true;
    const keys = tokens.map((_, at) => newKey(`n${at}`));
    for (const [at, token] of tokens.entries()) cluster.join(keys[at]!, token);
    expect(cluster.join(keys[0]!, tokens[0]!)).toMatchObject({ outcome: "waits" });
    expect(cluster.join(newKey("x"), tokens[0]!)).toEqual(quota("candidates", 2, 2, 300));
    expect(cluster.join(newKey("y"), other)).toMatchObject({ outcome: "waits" });
    // Joins that wait end by themselves.
    cluster.run(6 * MINUTE);
    expect(cluster.join(newKey("x"), tokens[0]!)).toMatchObject({ outcome: "waits" });
  });

  test("nothing lets nobody in, and one that is taken back bounds nothing", () => {
    for (const of of ["nodes", "joins", "candidates"] as const) {
      const { cluster, token } = alone({ [of]: 0 });
      expect(cluster.join(newKey("a"), token)).toEqual(quota(of, 0, 0, 0));
      cluster.publish(budget({}, { epoch: 2, void: true, body: {}, expires: NOW + 90 * DAY }));
      expect(cluster.join(newKey("a"), token)).toMatchObject({ outcome: "waits" });
    }
  });
});

test("however programs come and go, N programs of which M sign let in no more nodes of an organization than N times its budget by M", () => {
  const random = new Random(7);
  let refused = 0;
  for (let run = 0; run < runs(200, 8); run++) {
    const keys = programs.slice(0, 2 + random.below(2));
    const most = 1 + random.below(3);
    const tokens = Array.from({ length: 3 }, makeToken);
    const limits = random.chance(0.5) ? { nodes: most } : { joins: most };
    const cluster = new Cluster({ root: rootOf("production", 2, keys), keys });
    cluster.publish(...tokens.map((token) => tokenRecord(token, 4)), budget(limits));
    const nodes = Array.from({ length: 12 }, (_, at) => newKey(`n${at}`));
    cluster.run(60 * SECOND, () => {
      if (random.chance(0.3)) cluster.join(random.pick(nodes), random.pick(tokens), random.below(keys.length));
      for (const program of cluster.programs) if (random.chance(0.05)) program.isAway = !program.isAway;
      if (random.chance(0.02)) cluster.board!.clear();
    });
    const found = new Set(cluster.programs.flatMap((_, at) => cluster.nodes(at)));
    expect(found.size).toBeLessThanOrEqual(Math.floor((keys.length * most) / 2));
    for (const { joins } of cluster.programs) refused += joins.refused.get("quota") ?? 0;
  }
  expect(refused).toBeGreaterThan(0);
});

test("a program remembers so many joins of the last hour, and no more", () => {
  const budgets = new JoinBudgets();
  const book = bookOf(rootOf("development", 1, [p1]), "p1");
  book.offer(budget({ nodes: JOINS_COUNTED_MAX + 1 }), NOW);
  const at = { now: 0, wall: NOW };
  for (let count = 0; count < JOINS_COUNTED_MAX + 9; count++) budgets.handleSigned("acme", `n${count}`, at);
  const sight = { book, members: new Map(), waiting: [] };
  const join = { node: "x" } as never;
  expect(budgets.quotaOf(join, "acme", sight, true, at)).toBeUndefined();
  book.offer(budget({ nodes: JOINS_COUNTED_MAX }, { epoch: 2 }), NOW);
  expect(budgets.quotaOf(join, "acme", sight, true, at)).toMatchObject({ of: "nodes", used: JOINS_COUNTED_MAX });
});

test("the joins of one organization push out no others", () => {
  const budgets = new JoinBudgets();
  const book = bookOf(rootOf("development", 1, [p1]), "p1");
  book.offer(budget({ joins: 3 }), NOW);
  const at = { now: 0, wall: NOW };
  for (let count = 0; count < 3; count++) budgets.handleSigned("acme", `n${count}`, at);
  for (let count = 0; count < JOINS_COUNTED_MAX; count++) budgets.handleSigned("other", `o${count}`, at);
  const sight = { book, members: new Map(), waiting: [] };
  expect(budgets.quotaOf({ node: "x" } as never, "acme", sight, true, at)).toMatchObject({ of: "joins", used: 3 });
});

test("whoever hands a join in is told how many of how many there are, and when there may be another one", () => {
  const key = newKey("a");
  const text = `-----BEGIN FLORENETES JOIN-----`;
  const orders = (seconds: number) =>
    joinOrders(() => ({ outcome: "refused", reason: "quota", quota: { of: "joins", used: 5, most: 5, seconds } }));
  const join = writeJoinText(joinOf(key, makeToken(), NOW));
  expect(join).toContain(text);
  expect(orders(1_800)["/joins"]!({ text: join } as never)).toMatchObject({
    status: 429,
    body: { reason: "quota", text: expect.stringContaining("5 of 5 (joins): there may be another one in 30 min.") },
  });
  expect(orders(0)["/joins"]!({ text: join } as never)).toMatchObject({
    body: { text: expect.stringContaining("no time ends that") },
  });
});
