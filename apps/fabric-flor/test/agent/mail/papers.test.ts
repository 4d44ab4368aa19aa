/** Records that are handed in anywhere reach the node that they are about, over nodes that cannot read them. */
import { type Answer, type Done, Outcome, readPapers, writePapersAnswer } from "@florenetes/feed";
import { describe, expect, test } from "vitest";
import type { ReceivedLetter } from "../../../src/agent/mail/agent-mail.ts";
import { DAY, DemoCluster, newKey } from "../../demo-records.ts";
import { SimMesh, type SimNode, type SimOptions } from "../simulated-nodes.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const ACME = "org/acme";

const ROW = [
  ["a", "b"],
  ["b", "c"],
] as const;

/** Nodes of which some have their own records. */
function rowOf(
  cluster: DemoCluster,
  enrolled: readonly string[] = ["a", "b", "c"],
  links: SimOptions["links"] = ROW,
): { readonly mesh: SimMesh } {
  const mesh = new SimMesh({ cluster, startsAt: NOW, links }).start();
  for (const name of enrolled) mesh.node(name).take(cluster.node(mesh.node(name).key));
  return { mesh };
}

/** Nodes in a row, a, b and c, each of which has its own record; a is a control node. */
function row(): { readonly mesh: SimMesh; readonly cluster: DemoCluster } {
  const cluster = new DemoCluster(NOW - 1_000);
  const { mesh } = rowOf(cluster);
  mesh.node("a").take(role(cluster, "a/control-plane/north"));
  return { mesh, cluster };
}

/** The record that names a node a seed. */
function seedsOf(cluster: DemoCluster, { name, key }: SimNode): Buffer {
  const endpoint = { id: "out", carrier: "quic", reach: "reverse", priority: 0, weight: 0 };
  const body = { seeds: [{ node: name, key: key.key, endpoints: [endpoint] }] };
  return cluster.control({ kind: "seeds", subject: "seeds", body });
}

function role(cluster: DemoCluster, subject: string, more: object = {}): Buffer {
  return cluster.control({ kind: "role", subject, body: { actions: [], services: [], depth: 0 }, ...more });
}

/** Letters to a control node, which a test reads in the agent's place. */
const OF_CONTROL = { role: "control-plane", answerMs: 5 * SECOND, onDone: () => undefined } as const;
const ALL_IS_THERE = {
  outcome: Outcome.answered,
  body: writePapersAnswer({ judged: [], records: [], hasMore: false }),
};

const holds = ({ agent, at }: SimNode, subject: string, scope = "cluster"): boolean =>
  agent.book?.inForce("role", scope, subject, at.wall) !== undefined;
const knowsReader = ({ agent, at }: SimNode): boolean => agent.mail.hasWay("papers", at);

test("a control node's beacon goes over all links, and is believed by its records", () => {
  const { mesh } = row();
  const took = mesh.until("c knows a way", () => knowsReader(mesh.node("c")), 10_000);
  expect(took).toBeLessThan(5_000);
  mesh.until("b does, too", () => knowsReader(mesh.node("b")), 5_000);
  expect(knowsReader(mesh.node("a"))).toBe(false);
});

test("a record that is handed in at one end takes effect at the other end, and the node between does not hold it", () => {
  const { mesh, cluster } = row();
  const [a, b, c] = [mesh.node("a"), mesh.node("b"), mesh.node("c")];
  mesh.until("c knows a way", () => knowsReader(c));
  mesh.runFor(10_000);
  expect(c.take(role(cluster, "a/update-cache/north", { scope: ACME }))).toEqual(["taken"]);
  const up = mesh.until("a has its role", () => holds(a, "a/update-cache/north", ACME), 10_000);
  expect(up).toBeLessThan(1_000);
  expect(a.take(role(cluster, "c/update-cache/north"))).toEqual(["taken"]);
  mesh.until("c has its role", () => holds(c, "c/update-cache/north"), 6 * MINUTE);
  expect([holds(b, "a/update-cache/north", ACME), holds(b, "c/update-cache/north")]).toEqual([false, false]);
  expect(b.agent.mail.office.forwarded).toBeGreaterThan(1);
});

describe("records that are handed in", () => {
  test("before there is a control node wait for one, also over a restart", () => {
    const cluster = new DemoCluster(NOW - 1_000);
    const { mesh } = rowOf(cluster);
    const [a, c] = [mesh.node("a"), mesh.node("c")];
    c.take(role(cluster, "a/update-cache/north", { scope: ACME }), role(cluster, "b/update-cache/north"));
    mesh.runFor(MINUTE);
    expect(c.agent.papers.waiting).toBe(2);
    c.stop();
    c.start(false);
    a.take(role(cluster, "a/control-plane/north"));
    mesh.until("a has its role", () => holds(a, "a/update-cache/north", ACME));
    mesh.until("b has its role", () => holds(mesh.node("b"), "b/update-cache/north"), 6 * MINUTE);
    expect(c.agent.papers.waiting).toBe(0);
  });

  test("and that a control node refuses are told, and not sent again", () => {
    const { mesh, cluster } = row();
    const [a, c] = [mesh.node("a"), mesh.node("c")];
    mesh.until("c knows a way", () => knowsReader(c));
    mesh.runFor(10_000);
    a.take(role(cluster, "x/update-cache/north", { epoch: 7 }));
    c.take(role(cluster, "x/update-cache/north"));
    mesh.until("c is told", () => c.news.some(({ code }) => code === "PAPERS_REFUSED"));
    expect(c.news.find(({ code }) => code === "PAPERS_REFUSED")!.about).toMatchObject({
      subject: "x/update-cache/north",
      reason: "older",
      reader: "a",
    });
    const shown: number[] = [];
    const onLetter = ({ node, body }: ReceivedLetter): Answer => {
      if (node === "c") shown.push(readPapers(body)!.shown.length);
      return ALL_IS_THERE;
    };
    a.agent.mail.register("papers", { ...OF_CONTROL, onLetter });
    mesh.runFor(6 * MINUTE);
    // Its own record is all that it shows.
    expect([new Set(shown), c.agent.papers.waiting]).toEqual([new Set([1]), 0]);
  });

  test("wait while no control node answers, which is told, and go on once one does", () => {
    const { mesh, cluster } = row();
    const [a, c] = [mesh.node("a"), mesh.node("c")];
    mesh.until("c knows a way", () => knowsReader(c));
    mesh.runFor(10_000);
    a.stop();
    c.take(role(cluster, "x/update-cache/north"));
    mesh.until("c is told", () => c.news.some(({ code }) => code === "MAIL_UNANSWERED"));
    expect(c.agent.papers.waiting).toBe(1);
    a.start(false);
    mesh.until("a has the record", () => holds(a, "x/update-cache/north"), 2 * MINUTE);
    mesh.until("c is told", () => c.news.some(({ code }) => code === "MAIL_ANSWERED"));
    mesh.until("nothing waits", () => c.agent.papers.waiting === 0, SECOND);
  });

  test("and that a control node cannot take yet are sent again, and told where that does not end", () => {
    const { mesh, cluster } = row();
    const [a, c] = [mesh.node("a"), mesh.node("c")];
    mesh.until("c knows a way", () => knowsReader(c));
    mesh.runFor(10_000);
    let letters = 0;
    a.agent.mail.register("papers", {
      role: "control-plane",
      answerMs: 5_000,
      onDone: () => undefined,
      onLetter: ({ body }) => {
        const { shown } = readPapers(body)!;
        if (shown.length > 1) letters++;
        const judged = shown.map(() => "unknown-key");
        return { outcome: Outcome.answered, body: writePapersAnswer({ judged, records: [], hasMore: false }) };
      },
    });
    const isTold = (): boolean => c.news.some(({ code }) => code === "PAPERS_REFUSED");
    c.take(cluster.node(newKey("x")));
    mesh.runFor(2 * MINUTE);
    expect([c.agent.papers.waiting, isTold()]).toEqual([1, false]);
    mesh.until("c is told", isTold, 15 * MINUTE);
    expect([c.agent.papers.waiting, letters]).toEqual([0, 10]);
  });

  test("before a restart all go on, also where they are more than go at once", () => {
    const cluster = new DemoCluster(NOW - 1_000);
    const { mesh } = rowOf(cluster);
    const [a, c] = [mesh.node("a"), mesh.node("c")];
    const names = Array.from({ length: 40 }, (_, at) => `x${at}/update-cache/north`);
    c.take(...names.map((name) => role(cluster, name)));
    c.stop();
    c.start(false);
    a.take(role(cluster, "a/control-plane/north"));
    mesh.until("a has all", () => names.every((name) => holds(a, name)), 10 * MINUTE);
  });

  test("at a control node stay there, and go on when it is none any more", () => {
    const { mesh, cluster } = row();
    const [a, b] = [mesh.node("a"), mesh.node("b")];
    mesh.until("b knows a way", () => knowsReader(b));
    a.take(role(cluster, "x/update-cache/north"));
    mesh.runFor(MINUTE);
    expect([a.agent.papers.waiting, a.agent.mail.office.sent]).toEqual([0, 0]);
    const isVoid = { epoch: 2, void: true, body: {}, expires: NOW - 1_000 + 30 * DAY };
    b.take(role(cluster, "b/control-plane/north"));
    a.take(cluster.control({ kind: "role", subject: "a/control-plane/north", ...isVoid }));
    mesh.until("b has it", () => holds(b, "x/update-cache/north"), 6 * MINUTE);
  });

  test("in great number go in several letters", () => {
    const { mesh, cluster } = row();
    const [a, c] = [mesh.node("a"), mesh.node("c")];
    mesh.until("c knows a way", () => knowsReader(c));
    mesh.runFor(10_000);
    const names = Array.from({ length: 40 }, (_, at) => `x${at}/update-cache/north`);
    c.take(...names.map((name) => role(cluster, name)));
    expect(c.agent.papers.waiting).toBe(40);
    mesh.until("a has all", () => names.every((name) => holds(a, name)), 1_000);
  });
});

describe("a node", () => {
  /** A row whose last node has no record: an operator has handed that in at the control node. */
  function candidate(): { readonly mesh: SimMesh; readonly cluster: DemoCluster; readonly record: Buffer } {
    const cluster = new DemoCluster(NOW - 1_000);
    const { mesh } = rowOf(cluster, ["a", "b"]);
    const a = mesh.node("a");
    a.take(role(cluster, "a/control-plane/north"), seedsOf(cluster, a));
    return { mesh, cluster, record: cluster.node(mesh.node("c").key) };
  }

  test("without a record knows control nodes by the seeds, and gets its record", () => {
    const { mesh, record } = candidate();
    const [a, c] = [mesh.node("a"), mesh.node("c")];
    mesh.until("c knows a way", () => knowsReader(c));
    mesh.runFor(10_000);
    expect(c.agent.nodeFault).toBe("no-record");
    a.take(record);
    mesh.until("c is a node", () => c.agent.nodeFault === undefined, 6 * MINUTE);
    mesh.until("b knows it", () => mesh.node("b").agent.book!.inForce("node", "cluster", "c", NOW) !== undefined);
  });

  test.each([
    ["without a record", ["c"], true],
    ["with a record", ["b", "c"], false],
  ] as const)("%s: a seed of which there is no record is believed to read mail: %o %o", (_, enrolled, isBelieved) => {
    const cluster = new DemoCluster(NOW - 1_000);
    const { mesh } = rowOf(cluster, enrolled);
    const [a, b] = [mesh.node("a"), mesh.node("b")];
    b.take(seedsOf(cluster, a));
    mesh.runFor(10_000);
    a.do(({ mail }) => (mail.office.own.offers = 1));
    mesh.runFor(40_000);
    expect(knowsReader(b)).toBe(isBelieved);
  });

  test("gets nothing for the name of another one", () => {
    const { mesh, cluster } = candidate();
    const [a, c] = [mesh.node("a"), mesh.node("c")];
    a.take(cluster.node(newKey("c")), role(cluster, "c/update-cache/north"));
    mesh.until("c has asked", () => c.agent.mail.office.answered > 0);
    mesh.runFor(10 * MINUTE);
    expect([holds(c, "c/update-cache/north"), c.agent.nodeFault]).toEqual([false, "no-record"]);
  });

  test("gets the records of its organizations, though no neighbour has them, and newer ones", () => {
    const { mesh, cluster } = row();
    const [a, b, c] = [mesh.node("a"), mesh.node("b"), mesh.node("c")];
    mesh.until("c knows a way", () => knowsReader(c));
    const names = Array.from({ length: 30 }, (_, at) => `s${at}`);
    const services = names.map((name) => cluster.service(name, ["a"], { scope: ACME }));
    a.take(role(cluster, "c/update-cache/north", { scope: ACME }), ...services);
    const has = (node: SimNode, name: string, epoch = 1): boolean =>
      node.agent.book!.inForce("service", ACME, name, node.at.wall)?.epoch === epoch;
    mesh.until("c has them", () => names.every((name) => has(c, name)), 6 * MINUTE);
    a.take(cluster.service("s7", ["c"], { scope: ACME, epoch: 2 }));
    mesh.until("c has the newer one", () => has(c, "s7", 2), 6 * MINUTE);
    expect(names.some((name) => has(b, name))).toBe(false);
    // Once it has all, a letter gets nothing more, and none follows at once.
    const senders: string[] = [];
    const onLetter = ({ node }: ReceivedLetter): Answer => {
      senders.push(node);
      return ALL_IS_THERE;
    };
    a.agent.mail.register("papers", { ...OF_CONTROL, onLetter });
    mesh.runFor(10 * MINUTE);
    expect(senders.filter((node) => node === "c").length).toBeLessThanOrEqual(4);
  });

  test("that was taken back has its mail refused, and hears no beacons", () => {
    const { mesh, cluster } = row();
    const [b, c] = [mesh.node("b"), mesh.node("c")];
    mesh.until("c knows a way", () => knowsReader(c));
    const isVoid = { epoch: 2, void: true, body: {}, expires: NOW - 1_000 + 400 * DAY };
    mesh.node("a").take(cluster.control({ kind: "node", subject: "c", ...isVoid }));
    mesh.runFor(10 * MINUTE);
    const { forwarded } = b.agent.mail.office;
    mesh.runFor(10 * MINUTE);
    expect([b.agent.mail.office.forwarded, knowsReader(c)]).toEqual([forwarded, false]);
  });
});

test("control nodes without a common store are asked in turn", () => {
  const cluster = new DemoCluster(NOW - 1_000);
  const links = [
    ["a", "b"],
    ["d", "b"],
    ["b", "c"],
  ] as const;
  const { mesh } = rowOf(cluster, ["a", "b", "c", "d"], links);
  for (const name of ["a", "d"]) mesh.node(name).take(role(cluster, `${name}/control-plane/north`));
  const c = mesh.node("c");
  mesh.until("c knows both", () => c.agent.mail.office.readers.known(c.at.now).length === 2);
  for (const [name, subject] of [
    ["a", "c/update-cache/north"],
    ["d", "c/storage-user/north"],
  ] as const)
    mesh.node(name).take(role(cluster, subject));
  mesh.until("c has both", () => holds(c, "c/update-cache/north") && holds(c, "c/storage-user/north"), 12 * MINUTE);
});

describe("kinds of letters", () => {
  /** Nodes that know letters of the kind `riddle`, which the control node answers later. */
  function riddles() {
    const { mesh, cluster } = row();
    const asked: ReceivedLetter[] = [];
    const done: Done[] = [];
    for (const name of ["a", "b", "c"])
      mesh.node(name).agent.mail.register("riddle", {
        role: "control-plane",
        answerMs: 20_000,
        onLetter: (letter) => {
          asked.push(letter);
          return "later";
        },
        onDone: (each) => done.push(each),
      });
    mesh.until("c knows a way", () => knowsReader(mesh.node("c")));
    return { mesh, cluster, asked, done };
  }

  test("are answered at once or later, by their owners, who know the key that has signed", () => {
    const { mesh, asked, done } = riddles();
    const [a, c] = [mesh.node("a"), mesh.node("c")];
    let number: number | undefined;
    c.do(({ mail }) => (number = mail.send("riddle", Buffer.from("?"), c.at)));
    mesh.until("a is asked", () => asked.length > 0);
    expect(asked[0]).toMatchObject({ node: "c", key: c.key.key });
    mesh.runFor(10_000);
    a.do(({ mail }) => mail.answer(asked[0]!.number, { outcome: Outcome.answered, body: Buffer.from("!") }, a.at));
    mesh.until("c has the answer", () => done.length > 0);
    expect(done).toMatchObject([{ number, reader: "a", answer: { outcome: Outcome.answered } }]);
    expect(Buffer.from(done[0]!.answer!.body).toString()).toBe("!");
  });

  test("that a reader does not know are answered so", () => {
    const { mesh, done } = riddles();
    const c = mesh.node("c");
    const { mail } = c.agent;
    mail.register("unheard-of", {
      role: "control-plane",
      answerMs: 5_000,
      onLetter: () => "later",
      onDone: (each) => done.push(each),
    });
    c.do(() => mail.send("unheard-of", new Uint8Array(0), c.at));
    mesh.until("c has the answer", () => done.length > 0);
    expect(done[0]!.answer!.outcome).toBe(Outcome.unknownKind);
  });
});
