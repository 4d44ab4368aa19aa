/** A node has a letter wait at a control node, and hears at once when its own papers become others. */
import { writeEnvelope } from "@florenetes/facts";
import { Outcome, readPapers, WATCHED_MAX, writePapers, writePapersAnswer } from "@florenetes/feed";
import { describe, expect, test } from "vitest";
import type { AgentMail, MailKind } from "../../../src/agent/mail/agent-mail.ts";
import { WATCH_KIND, WATCH_MS } from "../../../src/agent/mail/limits.ts";
import { DAY, DemoCluster } from "../../demo-records.ts";
import { SimMesh, type SimNode } from "../simulated-nodes.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Nodes in a row, a, b and c: a is a control node, and c waits for news. */
function row(): { readonly mesh: SimMesh; readonly cluster: DemoCluster; readonly a: SimNode; readonly c: SimNode } {
  const cluster = new DemoCluster(NOW - SECOND);
  const links = [
    ["a", "b"],
    ["b", "c"],
  ] as const;
  const mesh = new SimMesh({ cluster, startsAt: NOW, links }).start();
  for (const name of ["a", "b", "c"]) mesh.node(name).take(cluster.node(mesh.node(name).key));
  const [a, c] = [mesh.node("a"), mesh.node("c")];
  a.take(role(cluster, "a/control-plane/north"));
  mesh.until("c knows a way", () => c.agent.mail.hasWay("papers", c.at));
  mesh.runFor(10 * SECOND);
  return { mesh, cluster, a, c };
}

function role(cluster: DemoCluster, subject: string, more: object = {}): Buffer {
  return cluster.control({ kind: "role", subject, body: { actions: [], services: [], depth: 0 }, ...more });
}

const holds = ({ agent, at }: SimNode, subject: string): boolean =>
  agent.book?.inForce("role", "cluster", subject, at.wall) !== undefined;

/** The number of letters that a node has sent in so long. */
function sentIn(mesh: SimMesh, { agent }: SimNode, ms: number): number {
  const { sent } = agent.mail.office;
  mesh.runFor(ms);
  return agent.mail.office.sent - sent;
}

test("a role that only its node may know is in force there within seconds, and is no more within seconds, each time", () => {
  const { mesh, cluster, a, c } = row();
  for (const epoch of [1, 3, 5]) {
    a.take(role(cluster, "c/update-cache/north", { epoch }));
    mesh.until("c has its role", () => holds(c, "c/update-cache/north"), 3 * SECOND);
    const isVoid = { epoch: epoch + 1, void: true, body: {}, expires: NOW - SECOND + 30 * DAY };
    a.take(role(cluster, "c/update-cache/north", isVoid));
    mesh.until("c has it no more", () => !holds(c, "c/update-cache/north"), 3 * SECOND);
  }
  expect(holds(mesh.node("b"), "c/update-cache/north")).toBe(false);
});

test("while nothing happens a node has one letter wait at a time", () => {
  const { mesh, a, c } = row();
  const letters = sentIn(mesh, c, 10 * MINUTE);
  expect(letters).toBeGreaterThan((10 * MINUTE) / (WATCH_MS + 2 * SECOND));
  expect(letters).toBeLessThanOrEqual((10 * MINUTE) / WATCH_MS + 4);
  // A control node has nobody tell it anything.
  expect([a.agent.mail.office.sent, c.news.filter(({ code }) => code === "MAIL_UNANSWERED")]).toEqual([0, []]);
});

test("a control node that begins anew hears of its nodes' letters anew", () => {
  const { mesh, cluster, a, c } = row();
  a.stop();
  a.start(false);
  mesh.runFor(MINUTE);
  a.take(role(cluster, "c/update-cache/north"));
  mesh.until("c has its role", () => holds(c, "c/update-cache/north"), 6 * MINUTE);
  a.take(role(cluster, "c/storage-user/north"));
  mesh.until("c has its other role", () => holds(c, "c/storage-user/north"), 5 * SECOND);
});

describe("a control node that", () => {
  /** Has a read letters in another way, from the beginning on. */
  function played(onLetter: MailKind["onLetter"]): {
    readonly mesh: SimMesh;
    readonly a: SimNode;
    readonly c: SimNode;
  } {
    const { mesh, a, c } = row();
    a.agent.mail.register(WATCH_KIND, { role: "control-plane", answerMs: 1, onLetter, onDone: () => undefined });
    mesh.runFor(MINUTE);
    return { mesh, a, c };
  }
  const nothing = writePapersAnswer({ judged: [], records: [], hasMore: false });

  test.each([
    ["knows no such letters", { outcome: Outcome.unknownKind, body: new Uint8Array(0) }],
    ["has no room for it", { outcome: Outcome.busy, body: new Uint8Array(0) }],
    ["answers at once, with nothing", { outcome: Outcome.answered, body: nothing }],
    ["says that there is more, and has none", { outcome: Outcome.answered, body: Buffer.of(0, 0, 1) }],
    ["answers with what is no answer", { outcome: Outcome.answered, body: Buffer.of(9) }],
  ])("%s is asked by few letters", (_, answer) => {
    let letters = 0;
    const { mesh, c } = played(() => {
      letters++;
      return answer;
    });
    expect(sentIn(mesh, c, 20 * MINUTE)).toBeLessThanOrEqual(2 * (20 / 2.5));
    expect(letters).toBeGreaterThan(0);
  });

  test("tells records that the node has is asked by few letters", () => {
    let letters = 0;
    let record: Uint8Array = Buffer.alloc(4);
    const { mesh, c } = played((letter) => {
      letters++;
      expect(readPapers(letter.body)?.held.length).toBeGreaterThan(0);
      return { outcome: Outcome.answered, body: writePapersAnswer({ judged: [], records: [record], hasMore: true }) };
    });
    const own = c.agent.book!.inForce("node", "cluster", "c", NOW)!;
    record = writeEnvelope(own.envelope);
    expect(letters).toBeGreaterThan(0);
    expect(sentIn(mesh, c, 20 * MINUTE)).toBeLessThanOrEqual(2 * (20 / 2.5));
  });
});

describe("a sender that", () => {
  /** Has c send a letter of its own making, and returns what a says to it within so long. */
  function send(mesh: SimMesh, c: SimNode, body: Uint8Array, ms = SECOND): number | undefined {
    let outcome: number | undefined;
    const { mail } = c.agent;
    mail.register(WATCH_KIND, {
      role: "control-plane",
      answerMs: 50 * SECOND,
      onLetter: () => "later",
      onDone: ({ answer }) => (outcome = answer?.outcome),
    });
    c.do((agent: { readonly mail: AgentMail }) => agent.mail.send(WATCH_KIND, body, c.at, { to: "a" }));
    mesh.runFor(ms);
    return outcome;
  }
  const id = "0011223344556677";

  test.each([
    ["says nothing", new Uint8Array(0)],
    ["shows a record", writePapers({ shown: [Buffer.alloc(8)], held: [] })],
    ["holds too many", writePapers({ shown: [], held: Array<string>(WATCHED_MAX + 1).fill(id) })],
    ["says more than that", Buffer.concat([writePapers({ shown: [], held: [] }), Buffer.alloc(1)])],
  ])("%s is told so", (_, body) => {
    const { mesh, c } = row();
    expect(send(mesh, c, body)).toBe(Outcome.malformed);
  });

  test("holds nothing gets its papers at once", () => {
    const { mesh, c } = row();
    expect(send(mesh, c, writePapers({ shown: [], held: [] }))).toBe(Outcome.answered);
  });

  test("has no record is told nothing, and nothing of it waits", () => {
    const { mesh, cluster, a, c } = row();
    const isVoid = { epoch: 2, void: true, body: {}, expires: NOW - SECOND + 400 * DAY };
    const before = a.agent.papers.watched;
    expect(before).toBeGreaterThan(0);
    a.take(cluster.control({ kind: "node", subject: "c", ...isVoid }));
    mesh.runFor(2 * WATCH_MS);
    expect(a.agent.papers.watched).toBe(before - 1);
    expect(holds(c, "c/update-cache/north")).toBe(false);
  });
});
