import { makeToken, readFact, readJoin, type Token } from "@florenetes/facts";
import { joinsPlaceOf, readPost, writePost } from "@florenetes/facts/log";
import { Random, runs } from "@florenetes/simkit";
import { describe, expect, test, vi } from "vitest";
import { Joins } from "../../../src/agent/joins/joins.ts";
import { DAY, newKey, type TestKey } from "../../demo-records.ts";
import { bookOf, MINUTE, NOW, people, programs, record, rootOf, SECOND } from "../programs/program-scene.ts";
import { Cluster, joinOf, type Program, tokenRecord } from "./join-scene.ts";

const [p1, p2] = programs as [TestKey, TestKey, TestKey];

const refused = (reason: string): object => ({ outcome: "refused", reason });

test.each([0, 1, 2])("two of three programs let a node in that was shown to number %i, whichever is away", (at) => {
  for (const away of [0, 1, 2].filter((each) => each !== at)) {
    const token = makeToken();
    const cluster = new Cluster().publish(tokenRecord(token));
    cluster.programs[away]!.isAway = true;
    const a = newKey("a");
    expect(cluster.join(a, token, at)).toEqual({ outcome: "waits", signed: 0, needed: 2 });
    cluster.run(30 * SECOND);
    const answer = cluster.join(a, token, at);
    if (answer.outcome !== "joined") throw new Error(JSON.stringify(answer));
    expect(readFact(answer.record, "demo")).toMatchObject({
      subject: "a",
      authority: "control",
      body: { key: a.key, organization: "acme", partition: "north", "trust-tier": 0 },
    });
    expect(cluster.programs[at]!.joins.waiting).toBe(0);
  }
});

test("while all are there, a node is in after a few seconds, and asks as often as it likes", () => {
  const token = makeToken();
  const cluster = new Cluster().publish(tokenRecord(token));
  const a = newKey("a");
  cluster.run(12 * SECOND, () => void cluster.join(a, token, 1));
  expect(cluster.nodes()).toEqual(["a"]);
  expect(cluster.programs.filter(({ joins }) => joins.signed === 1).length).toBeGreaterThan(1);
});

test("a token for one node that two use at once lets one in, and all programs say which", () => {
  for (let run = 0; run < 12; run++) {
    const token = makeToken();
    // With two programs that both have to sign, two opinions would let nobody in.
    const root = rootOf("production", 2, [p1, p2]);
    const cluster = new Cluster({ root, keys: [p1, p2] }).publish(tokenRecord(token));
    const nodes = [newKey("a"), newKey("b")];
    for (const [at, node] of nodes.entries()) cluster.join(node, token, at);
    cluster.run(30 * SECOND);
    expect([cluster.nodes(0).length, cluster.nodes(1)]).toEqual([1, cluster.nodes(0)]);
    const answers = nodes.map((node) => cluster.join(node, token));
    expect(answers.map(({ outcome }) => outcome).toSorted()).toEqual(["joined", "refused"]);
    expect(answers.find(({ outcome }) => outcome === "refused")).toEqual(refused("used-up"));
  }
});

test("a token lets in as many as it is for, whoever is shown them", () => {
  const token = makeToken();
  const cluster = new Cluster().publish(tokenRecord(token, 3));
  const nodes = Array.from({ length: 6 }, (_, at) => newKey(`n${at}`));
  for (const [at, node] of nodes.entries()) cluster.join(node, token, at % 3);
  cluster.run(40 * SECOND);
  for (const node of nodes) cluster.join(node, token);
  expect(cluster.nodes()).toHaveLength(3);
  expect(cluster.programs[0]!.joins.refused.get("used-up")).toBeGreaterThan(0);
});

test("however programs and nodes come and go, N programs of which M sign let in no more than N times the count by M", () => {
  const random = new Random(3);
  for (let run = 0; run < runs(200, 8); run++) {
    const keys = programs.slice(0, 2 + random.below(2));
    const count = 1 + random.below(3);
    const token = makeToken();
    const cluster = new Cluster({ root: rootOf("production", 2, keys), keys }).publish(tokenRecord(token, count));
    const nodes = Array.from({ length: 8 }, (_, at) => newKey(`n${at}`));
    cluster.run(60 * SECOND, () => {
      if (random.chance(0.2)) cluster.join(random.pick(nodes), token, random.below(keys.length));
      for (const program of cluster.programs) if (random.chance(0.05)) program.isAway = !program.isAway;
      if (random.chance(0.03)) random.pick(cluster.programs).restart();
      if (random.chance(0.02)) cluster.board!.clear();
    });
    const found = new Set(cluster.programs.flatMap((_, at) => cluster.nodes(at)));
    expect(found.size).toBeLessThanOrEqual(Math.floor((keys.length * count) / 2));
    for (const { kept } of cluster.programs)
      expect(Object.keys(kept[token.keyId]?.nodes ?? {}).length).toBeLessThanOrEqual(count);
  }
});

test("a program remembers over a restart whom it has let in, and one that has lost it lets in nobody", () => {
  const token = makeToken();
  const scene = { root: rootOf("development", 1, [p1]), keys: [p1], hasBoard: false };
  const cluster = new Cluster(scene).publish(tokenRecord(token));
  const [program] = cluster.programs as [Program];
  cluster.join(newKey("a"), token);
  // The key has signed, and the process is killed before anything comes of it.
  program.advance(undefined, cluster.now);
  const { kept } = program;
  expect(Object.values(kept)).toMatchObject([{ nodes: { a: expect.any(String) } }]);
  const again = new Cluster(scene).publish(tokenRecord(token));
  again.programs[0]!.restart(kept);
  again.run(SECOND);
  expect(again.join(newKey("b"), token)).toEqual(refused("used-up"));
  again.programs[0]!.restart("ERR_FABRIC_TOKEN_USES");
  again.run(SECOND);
  expect(again.join(newKey("b"), token)).toEqual(refused("no-rule"));
  expect(again.programs[0]!.joins.fault).toBe("ERR_FABRIC_TOKEN_USES");
});

test("where one key is enough, it takes no board; where two are, a program without one signs nothing", () => {
  const token = makeToken();
  const one = new Cluster({ root: rootOf("development", 1), keys: [p1], hasBoard: false }).publish(
    tokenRecord(token, 1, {}, people.slice(0, 1)),
  );
  one.join(newKey("a"), token);
  expect(one.run(3 * SECOND).nodes()).toEqual(["a"]);
  const two = new Cluster({ hasBoard: false }).publish(tokenRecord(token));
  expect(two.join(newKey("a"), token)).toEqual(refused("no-rule"));
});

test.each([
  ["of a person", people[0]!],
  ["that the root does not list", newKey("x")],
])("a key %s lets nobody in", (_, key) => {
  const token = makeToken();
  const cluster = new Cluster({ keys: [key] }).publish(tokenRecord(token));
  expect(cluster.join(newKey("a"), token)).toEqual(refused("no-rule"));
  expect(cluster.run(10 * SECOND).programs[0]!.joins.signed).toBe(0);
});

test("an agent without the rule says whom it knows, and lets nobody in", () => {
  const token = makeToken();
  const a = newKey("a");
  const book = bookOf(rootOf("production", 2), "x");
  const body = { key: a.key, organization: "acme", partition: "north", "trust-tier": 3 };
  for (const octets of [tokenRecord(token), record({ kind: "node", subject: "a", body })]) book.offer(octets, NOW);
  const joins = new Joins("demo", undefined);
  const at = { now: 0, wall: NOW };
  expect(joins.handleJoin(joinOf(a, token, NOW), book, at)).toMatchObject({ outcome: "joined" });
  expect(joins.handleJoin(joinOf(newKey("b"), token, NOW), book, at)).toEqual(refused("no-rule"));
  expect(joins.handleJoin(joinOf(newKey("b"), token, NOW), undefined, at)).toEqual(refused("no-rule"));
});

describe("while a node waits, nobody signs for it any more once", () => {
  test.each<[string, (token: Token) => Uint8Array, string]>([
    [
      "its token is taken back",
      (token) => tokenRecord(token, 1, { epoch: 2, void: true, body: {}, expires: NOW + 7 * DAY }),
      "void-token",
    ],
    ["its name is another node's", () => record({ kind: "node", subject: "a", body: nodeBody() }), "name"],
  ])("%s", (_, change, reason) => {
    const token = makeToken();
    const cluster = new Cluster({ keys: [p1] }).publish(tokenRecord(token));
    const a = newKey("a");
    expect(cluster.join(a, token)).toMatchObject({ outcome: "waits" });
    cluster
      .run(8 * SECOND)
      .publish(change(token))
      .run(3 * SECOND);
    expect(cluster.programs[0]!.joins.waiting).toBe(0);
    expect(cluster.join(a, token)).toEqual(refused(reason));
  });

  test("its token or its join has ended", () => {
    const token = makeToken();
    const cluster = new Cluster({ keys: [p1] }).publish(tokenRecord(token, 1, { expires: NOW + 10 * MINUTE }));
    const a = newKey("a");
    const join = joinOf(a, token, NOW);
    cluster.show(join);
    cluster.run(6 * MINUTE);
    expect([cluster.programs[0]!.joins.waiting, cluster.show(join)]).toEqual([0, refused("time")]);
    expect(cluster.join(a, token)).toMatchObject({ outcome: "waits" });
    expect(cluster.run(5 * MINUTE).join(newKey("b"), token)).toEqual(refused("ended-token"));
    expect(cluster.programs[0]!.joins.waiting).toBe(0);
  });
});

test("a token that programs alone have signed is none", () => {
  const token = makeToken();
  const cluster = new Cluster().publish(tokenRecord(token, 1, {}, [...programs, people[0]!]));
  expect(cluster.join(newKey("a"), token)).toEqual(refused("unknown-token"));
});

test("a join that a neighbour hands in for another key, or under another name, lets nobody in", () => {
  const token = makeToken();
  const cluster = new Cluster().publish(tokenRecord(token));
  const [a, thief] = [newKey("a"), newKey("a")];
  const seen = joinOf(a, token, NOW + cluster.now);
  const own = joinOf(thief, token, NOW + cluster.now);
  // The thief's words and key, with the signatures that it has seen; and its own signature beside that of the token.
  expect(cluster.show(Buffer.concat([own.subarray(0, -128), seen.subarray(-128)]))).toEqual(refused("signature"));
  const mixed = Buffer.concat([own.subarray(0, -64), seen.subarray(-64)]);
  expect(cluster.show(mixed)).toEqual(refused("signature"));
  expect(cluster.show(seen)).toMatchObject({ outcome: "waits" });
  cluster.run(20 * SECOND);
  expect(cluster.show(seen)).toMatchObject({ outcome: "joined" });
  expect(cluster.join(thief, token)).toEqual(refused("name"));
});

test("a later token lets a node in under a name for which an earlier one was not enough", () => {
  const [first, second] = [makeToken(), makeToken()];
  const cluster = new Cluster({ keys: [p1, p2] }).publish(tokenRecord(first, 1, { expires: NOW + MINUTE }));
  cluster.programs[1]!.isAway = true;
  const a = newKey("a");
  cluster.join(a, first);
  cluster.run(2 * MINUTE);
  expect(cluster.programs[0]!.joins.signed).toBe(1);
  cluster.programs[1]!.isAway = false;
  cluster.publish(tokenRecord(second, 1, { issued: NOW + cluster.now }));
  cluster.join(a, second);
  expect(cluster.run(20 * SECOND).nodes()).toEqual(["a"]);
});

describe("two keys under one name", () => {
  test("that come with two tokens to different programs: no program signs both, and one comes through at most", () => {
    for (let run = 0; run < 8; run++) {
      const [first, second] = [makeToken(), makeToken()];
      const cluster = new Cluster().publish(tokenRecord(first), tokenRecord(second));
      const keys = [newKey("x"), newKey("x")];
      cluster.join(keys[0]!, first, 0);
      cluster.join(keys[1]!, second, 1);
      cluster.run(40 * SECOND);
      for (const { kept } of cluster.programs) {
        const given = Object.values(kept).flatMap(({ nodes }) => Object.values(nodes));
        expect(new Set(given).size).toBeLessThanOrEqual(1);
      }
    }
  });

  test("that wait with one token when its program signs: the first is signed, the other is told so", () => {
    const token = makeToken();
    const scene = { root: rootOf("development", 1, [p1]), keys: [p1], hasBoard: false };
    const cluster = new Cluster(scene).publish(tokenRecord(token, 2, {}, people.slice(0, 1)));
    const keys = [newKey("x"), newKey("x")];
    for (const key of keys) {
      cluster.join(key, token);
      cluster.now += 1;
    }
    cluster.run(3 * SECOND);
    expect(Object.values(cluster.programs[0]!.kept)).toMatchObject([{ nodes: { x: keys[0]!.key } }]);
    expect(cluster.programs[0]!.joins.signed).toBe(1);
    expect(keys.map((key) => cluster.join(key, token))).toMatchObject([{ outcome: "joined" }, refused("name")]);
  });
});

test("a program whose store is taken away while there are tokens looks no more often than before", () => {
  const cluster = new Cluster().publish(tokenRecord(makeToken()));
  const program = cluster.run(4 * SECOND).programs[0]!;
  for (let now = cluster.now; now < cluster.now + 10 * SECOND; now += SECOND) {
    program.advance(undefined, now);
    expect(program.joins.nextTimeout()).toBeGreaterThan(now);
  }
});

test("a program signs nothing before it has read the log wholly: names are taken that it does not know", () => {
  const token = makeToken();
  const cluster = new Cluster({ keys: [p1, p2] }).publish(tokenRecord(token));
  const behind = cluster.programs[1]!;
  behind.isBehind = true;
  cluster.join(newKey("a"), token, 1);
  cluster.run(20 * SECOND);
  expect([cluster.nodes(), behind.kept, behind.joins.isBehind, behind.joins.waiting]).toEqual([[], {}, true, 1]);
  behind.isBehind = false;
  expect(cluster.run(20 * SECOND).nodes()).toEqual(["a"]);
  expect(behind.joins.isBehind).toBe(false);
});

test("however many ask, and whatever the board shows, all nodes are looked at once for all of them", () => {
  const token = makeToken();
  const cluster = new Cluster({ keys: [p1] }).publish(tokenRecord(token, 60));
  const [{ book, joins }] = cluster.programs as [Program];
  const all = vi.spyOn(book, "all");
  const octets = Array.from({ length: 40 }, (_, at) => joinOf(newKey(`n${at}`), token, NOW + cluster.now));
  const at = { now: cluster.now, wall: NOW + cluster.now };
  for (const each of octets.slice(0, 20)) expect(joins.handleJoin(each, book, at)).toMatchObject({ outcome: "waits" });
  for (const each of octets.slice(0, 20)) joins.progress(readJoin(each)!, book, at);
  joins.handlePosts(new Map([[joinsPlaceOf(p2.keyId), writePost(octets.slice(20, 36))]]), book, at);
  expect(joins.waiting).toBe(36);
  expect(all.mock.calls.filter(([kind]) => kind === "node").length).toBeLessThanOrEqual(1);
});

test.each<[string, object]>([
  ["a role", { kind: "role", subject: "x/update-cache/north", body: { actions: [], services: [], depth: 0 } }],
  [
    "the place of a service's host",
    {
      kind: "service",
      subject: "web",
      body: {
        aliases: [],
        mode: "active-active",
        classes: ["reliable"],
        hosts: [{ node: "x", priority: 1, weight: 1 }],
      },
    },
  ],
])("a name that people have given %s before its node has a record is nobody's who comes with a token", (_, members) => {
  const token = makeToken();
  const cluster = new Cluster().publish(tokenRecord(token), record(members));
  expect(cluster.join(newKey("x"), token)).toEqual(refused("name"));
  expect(cluster.join(newKey("y"), token)).toMatchObject({ outcome: "waits" });
});

test("many joins fill a table that is bounded, and one token has a small part of it", () => {
  const token = makeToken();
  const cluster = new Cluster({ keys: [p1] }).publish(tokenRecord(token));
  const answers = Array.from({ length: 50 }, (_, at) => cluster.join(newKey(`n${at}`), token));
  expect(answers.filter(({ outcome }) => outcome === "waits")).toHaveLength(4);
  expect(answers.at(-1)).toEqual(refused("busy"));
  const others = Array.from({ length: 30 }, makeToken);
  cluster.publish(...others.map((each) => tokenRecord(each)));
  for (const each of others) for (let at = 0; at < 4; at++) cluster.join(newKey(`m${at}`), each);
  expect(cluster.programs[0]!.joins.waiting).toBe(64);
  // A join without a token's key costs no signature's verification, and no place.
  const free = new Cluster({ keys: [p1] });
  for (let at = 0; at < 200; at++) expect(free.join(newKey(`n${at}`), token)).toEqual(refused("unknown-token"));
});

describe("a program's key that was captured", () => {
  const [thief, node] = [newKey("t"), newKey("z")];

  test.each<[string, (token: Token, time: number) => readonly Uint8Array[]]>([
    ["garbage", () => [Buffer.alloc(17_000, 1)]],
    ["more than a post may have", () => [Buffer.alloc(1_000_000, 1)]],
    ["empty parts", () => [writePost(Array.from({ length: 16 }, () => Buffer.alloc(0)))]],
    ["joins of tokens of its own", (_, time) => [writePost([joinOf(node, makeToken(), time)])]],
    ["joins without the token", (token, time) => [writePost([joinOf(node, { ...makeToken(), key: token.key }, time)])]],
    ["joins for another cluster", (token, time) => [writePost([joinOf(node, token, time, { cluster: "other" })])]],
    [
      "wrong signatures on the record of an honest node",
      (token, time) => [writePost([Buffer.concat([joinOf(thief, token, time), Buffer.alloc(64, 7)])])],
    ],
  ])("lets nobody in by %s on the board, and keeps nobody out", (_, posts) => {
    const token = makeToken();
    const root = rootOf("production", 2);
    const cluster = new Cluster({ root, keys: [p1, p2] }).publish(tokenRecord(token, 2));
    const meanwhile = (): void => {
      for (const post of posts(token, NOW + cluster.now)) cluster.board!.set(joinsPlaceOf(programs[2]!.keyId), post);
      cluster.join(thief, token);
    };
    cluster.run(30 * SECOND, meanwhile);
    expect(cluster.nodes()).toEqual(["t"]);
    expect(cluster.programs.map(({ joins }) => joins.signed)).toEqual([1, 1]);
  });
});

test("no post, order or answer has the token", () => {
  const token = makeToken();
  const cluster = new Cluster().publish(tokenRecord(token));
  const answers: unknown[] = [];
  const posts: Uint8Array[] = [];
  cluster.run(20 * SECOND, () => {
    answers.push(cluster.join(newKey("a"), token));
    posts.push(...cluster.board!.values());
  });
  expect(posts.flatMap(readPost).length).toBeGreaterThan(0);
  const seed = Buffer.from(token.text.slice("flor-token-".length), "base64url").subarray(0, 32);
  const said = [JSON.stringify([answers, cluster.programs.map(({ kept }) => kept)]), ...posts.map(inText)].join();
  for (const secret of [token.text.slice(-20), seed.toString("hex"), seed.toString("base64"), inText(seed)])
    expect(said).not.toContain(secret);
});

function inText(octets: Uint8Array): string {
  return Buffer.from(octets).toString("latin1");
}

function nodeBody(): object {
  return { key: newKey("x").key, organization: "acme", partition: "north", "trust-tier": 0 };
}
