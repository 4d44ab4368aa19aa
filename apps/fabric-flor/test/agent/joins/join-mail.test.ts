/** Joins that go to control nodes by mail. */
import { type FactBook, type JoinAnswer, makeToken, readFact, writeJoinAnswer } from "@florenetes/facts";
import { type Answer, type Conduct, Outcome } from "@florenetes/feed";
import { describe, expect, test } from "vitest";
import { JoinMail, type JoinMailOptions } from "../../../src/agent/joins/join-mail.ts";
import type { MailKind, ReceivedLetter } from "../../../src/agent/mail/agent-mail.ts";
import { MOST } from "../../../src/agent/misuse/limits.ts";
import { Misuse } from "../../../src/agent/misuse/misuse.ts";
import { DemoCluster, newKey } from "../../demo-records.ts";
import { bookOf, NOW, record, rootOf } from "../programs/program-scene.ts";
import { SimMesh } from "../simulated-nodes.ts";
import { joinOf, tokenRecord } from "./join-scene.ts";

const at = (now: number) => ({ now, wall: NOW + now });
const WAITS: JoinAnswer = { outcome: "waits", signed: 1, needed: 2 };
const token = makeToken();
const node = newKey("x");
const join = joinOf(node, token, NOW);
const body = { key: node.key, organization: "acme", partition: "north", "trust-tier": 0 };
const joined: JoinAnswer = { outcome: "joined", record: Uint8Array.from(record({ kind: "node", subject: "x", body })) };
/** The mail of a node, whose other end a test is. */
class End {
  kind!: MailKind;
  readonly mail: JoinMail;
  readonly book: FactBook = bookOf(rootOf("production", 2), "x");
  readonly sent: Uint8Array[] = [];
  readonly answers: (readonly [number, Answer])[] = [];
  readonly taken: Uint8Array[] = [];
  readonly misuse: Misuse = new Misuse();
  answer: JoinAnswer = WAITS;
  canSign = true;
  hasWay = true;
  charged = 0;

  constructor() {
    const answer = (): JoinAnswer => this.answer;
    const { canSign, hasWay } = { canSign: () => this.canSign, hasWay: () => this.hasWay };
    const options: JoinMailOptions = {
      mail: {
        register: (_, kind) => void (this.kind = kind),
        hasWay,
        send: (_, octets) => this.sent.push(octets),
        answer: (number, given) => void this.answers.push([number, given]),
      },
      joins: {
        get canSign() {
          return canSign();
        },
        handleJoin: answer,
        progress: answer,
      },
      book: () => this.book,
      take: (octets) => void this.taken.push(octets),
      misuse: this.misuse,
    };
    this.mail = new JoinMail(options);
  }

  letter(number: number, octets = join, from = "n"): ReceivedLetter {
    const conduct = { chargeMail: (count: number) => void (this.charged += count) } as unknown as Conduct;
    return { number, node: "x", key: node.key, body: octets, from, conduct };
  }

  done(answer: Answer | undefined, now: number): void {
    this.kind.onDone({ number: this.sent.length, answer, reader: "a" }, at(now));
  }
}

const answered = (answer: JoinAnswer): Answer => ({ outcome: Outcome.answered, body: writeJoinAnswer(answer) });

describe("a control node", () => {
  test("answers at once where it knows, and charges whoever has brought the letter", () => {
    const end = new End();
    end.answer = { outcome: "refused", reason: "used-up" };
    expect(end.kind.onLetter(end.letter(1), at(0))).toEqual(answered(end.answer));
    expect([end.charged, end.mail.nextTimeout()]).toEqual([2, Number.POSITIVE_INFINITY]);
  });

  test("answers once programs have signed, or says after a while how far they are", () => {
    const end = new End();
    expect([1, 2].map((number) => end.kind.onLetter(end.letter(number), at(0)))).toEqual(["later", "later"]);
    end.mail.advance(at(2_000));
    expect(end.answers).toEqual([]);
    end.answer = joined;
    end.mail.advance(at(4_000));
    expect(end.answers).toEqual([
      [1, answered(joined)],
      [2, answered(joined)],
    ]);
    end.answer = WAITS;
    end.kind.onLetter(end.letter(3), at(5_000));
    for (let now = 5_000; now < 25_000; now += 1_000) end.mail.advance(at(now));
    expect(end.answers.slice(2)).toEqual([[3, answered(WAITS)]]);
    expect(end.mail.nextTimeout()).toBe(Number.POSITIVE_INFINITY);
  });

  test("keeps a bounded number of letters waiting", () => {
    const end = new End();
    const all = Array.from({ length: 70 }, (_, number) => end.kind.onLetter(end.letter(number), at(0)));
    expect(all.filter((each) => each === "later")).toHaveLength(64);
    expect(all.at(-1)).toEqual(answered(WAITS));
  });
});

describe("joins that fail", () => {
  const most = MOST.joins.neighbour!;
  const busy = answered({ outcome: "refused", reason: "busy" });
  const withToken = (): End => {
    const end = new End();
    expect(end.book.offer(tokenRecord(token), NOW).isAccepted).toBe(true);
    return end;
  };
  const ask = (end: End, now: number, from?: string, octets = join): Answer | "later" | "parked" =>
    end.kind.onLetter(end.letter(1, octets, from), at(now));

  test("have the neighbour slowed that brings them: one in 2 s is looked at, if its token is in force, and those of others as before", () => {
    const end = withToken();
    end.answer = { outcome: "refused", reason: "signature" };
    for (let done = 0; done <= most; done++) expect(ask(end, 0)).toEqual(answered(end.answer));
    expect(end.charged).toBe(2 * (most + 1));
    expect(ask(end, 0)).toEqual(answered(end.answer));
    expect([ask(end, 1), ask(end, 1_999)]).toEqual([busy, busy]);
    expect(end.charged).toBe(2 * (most + 2));
    // A flood of joins with unknown tokens takes no honest one its turn.
    const unknown = joinOf(node, makeToken(), NOW);
    for (let now = 2_000; now < 4_000; now++) expect(ask(end, now, "n", unknown)).toEqual(busy);
    end.answer = joined;
    expect(ask(end, 4_000)).toEqual(answered(joined));
    end.answer = { outcome: "refused", reason: "unknown-token" };
    expect(ask(end, 4_001, "other", unknown)).toEqual(answered(end.answer));
  });

  test.each(["time", "name", "used-up", "quota", "no-rule"] as const)(
    "for the reason %s slow no neighbour",
    (reason) => {
      const end = new End();
      end.answer = reason === "quota" ? WAITS : { outcome: "refused", reason };
      for (let done = 0; done <= 2 * most; done++) ask(end, 0);
      expect(end.misuse.isSlowed("joins", { by: "neighbour", name: "n" }, at(0))).toBe(false);
    },
  );

  test("count for the organization whose token has signed them, and for none that is only named", () => {
    const end = withToken();
    const isSlowed = (): boolean => end.misuse.isSlowed("joins", { by: "organization", name: "acme" }, at(0));
    end.answer = { outcome: "refused", reason: "signature" };
    for (let done = 0; done < 500; done++) ask(end, 0);
    end.answer = { outcome: "refused", reason: "used-up" };
    for (let done = 0; done < MOST.joins.organization!; done++) ask(end, 0);
    expect(isSlowed()).toBe(false);
    ask(end, 0, "other");
    expect(isSlowed()).toBe(true);
    expect([ask(end, 0), ask(end, 1)]).toEqual([answered(end.answer), busy]);
  });
});

describe("a node that lets nobody in", () => {
  const unknown: JoinAnswer = { outcome: "refused", reason: "unknown-token" };
  const sender = (): End => Object.assign(new End(), { canSign: false, answer: unknown });

  test("sends a join once for all who ask, and takes the record that comes", () => {
    const end = sender();
    expect(end.mail.isSentOn(join, unknown, at(0))).toBe(true);
    expect([end.mail.send(join, at(0)), end.mail.send(join, at(9_000))]).toEqual([
      { outcome: "sent" },
      { outcome: "sent" },
    ]);
    expect(end.sent).toEqual([join]);
    end.done(answered(joined), 10_000);
    expect(end.mail.send(join, at(20_000))).toEqual(joined);
    expect([end.sent.length, end.taken]).toEqual([1, [joined.record]]);
  });

  test.each<[string, Answer | undefined, object, boolean]>([
    ["nobody answers", undefined, { reason: "no-answer" }, true],
    ["programs are not there yet", answered(WAITS), WAITS, true],
    ["the reader is busy", { outcome: Outcome.busy, body: Buffer.alloc(0) }, { reason: "busy" }, true],
    ["the reader lets nobody in", { outcome: Outcome.unknownKind, body: Buffer.alloc(0) }, { reason: "no-rule" }, true],
    ["the answer is none", { outcome: Outcome.answered, body: Buffer.of(9) }, { reason: "no-rule" }, true],
    ["it is refused for good", answered({ outcome: "refused", reason: "used-up" }), { reason: "used-up" }, false],
  ])("says so when %s, and asks again where that may help", (_, answer, told, again) => {
    const end = sender();
    end.mail.send(join, at(0));
    end.done(answer, 1_000);
    expect(end.mail.send(join, at(2_000))).toMatchObject(told);
    expect(end.sent).toHaveLength(1);
    end.mail.send(join, at(6_000));
    expect(end.sent).toHaveLength(again ? 2 : 1);
  });

  test("sends nothing that it can judge itself, or that no key has signed", () => {
    const end = sender();
    expect(end.mail.isSentOn(join, { outcome: "refused", reason: "time" }, at(0))).toBe(false);
    expect(end.mail.isSentOn(join, WAITS, at(0))).toBe(false);
    end.hasWay = false;
    expect(end.mail.isSentOn(join, unknown, at(0))).toBe(false);
    const wrong = Buffer.from(join);
    wrong[wrong.length - 1]! ^= 1;
    for (const octets of [wrong, Buffer.alloc(10)])
      expect(end.mail.send(octets, at(0))).toEqual({ outcome: "refused", reason: "signature" });
    end.canSign = true;
    end.hasWay = true;
    expect(end.mail.isSentOn(join, unknown, at(0))).toBe(false);
    expect(end.sent).toEqual([]);
  });

  test("keeps a bounded number of joins, and lets go of them", () => {
    const end = sender();
    const many = Array.from({ length: 17 }, (_, index) => joinOf(newKey(`n${index}`), token, NOW));
    const answers = many.map((octets) => end.mail.send(octets, at(0)));
    expect(answers.at(-1)).toEqual({ outcome: "refused", reason: "busy" });
    expect(end.mail.send(many.at(-1)!, at(300_000))).toEqual({ outcome: "sent" });
  });
});

describe("joins with tokens that nobody has signed, which anybody may make", () => {
  const full = (): End => {
    const end = Object.assign(new End(), { canSign: false });
    for (let index = 0; index < 16; index++) end.mail.send(joinOf(newKey(`n${index}`), makeToken(), NOW), at(0));
    expect(end.mail.send(join, at(1))).toEqual({ outcome: "refused", reason: "busy" });
    return end;
  };

  test("make room once they were refused, for one after the other", () => {
    const end = full();
    end.done(answered({ outcome: "refused", reason: "unknown-token" }), 1_000);
    expect(end.mail.send(join, at(2_000))).toEqual({ outcome: "sent" });
    expect(end.sent.at(-1)).toEqual(join);
    const next = joinOf(newKey("y"), token, NOW);
    expect(end.mail.send(next, at(2_000))).toEqual({ outcome: "refused", reason: "busy" });
  });

  test("make room for one whose token people have signed, as far as this node knows", () => {
    const end = full();
    end.book.offer(tokenRecord(token, 20), NOW);
    const known = Array.from({ length: 17 }, (_, index) => joinOf(newKey(`k${index}`), token, NOW));
    const answers = known.map((octets) => end.mail.send(octets, at(2_000)).outcome);
    expect(answers).toEqual([...Array.from({ length: 16 }, () => "sent"), "refused"]);
    expect(end.mail.send(joinOf(newKey("z"), makeToken(), NOW), at(3_000))).toMatchObject({ reason: "busy" });
  });
});

/** Nodes in a row: a is a control node that knows a token for one node, and c has no record. */
function row(): { readonly mesh: SimMesh; readonly cluster: DemoCluster } {
  const cluster = new DemoCluster(NOW - 1_000);
  const links = [
    ["a", "b"],
    ["b", "c"],
  ] as const;
  const mesh = new SimMesh({ cluster, startsAt: NOW, links }).start();
  const [a, b, c] = [mesh.node("a"), mesh.node("b"), mesh.node("c")];
  for (const each of [a, b]) each.take(cluster.node(each.key));
  const endpoint = { id: "a", endpoint: "udp://192.0.2.1:1", carrier: "quic", reach: "public", priority: 0, weight: 1 };
  const place = { actions: [], services: [], depth: 0 };
  a.take(cluster.control({ kind: "role", subject: "a/control-plane/north", body: place }));
  const seeds = { seeds: [{ node: "a", key: a.key.key, endpoints: [endpoint] }] };
  a.take(cluster.control({ kind: "seeds", subject: "seeds", body: seeds }));
  const about = { organization: "acme", partition: "north", count: 1 };
  a.take(cluster.control({ kind: "token", subject: token.keyId, body: about, expires: NOW + 86_400_000 }));
  mesh.until("c knows a way", () => c.agent.mail.hasWay("join", c.at), 10_000);
  expect(c.agent.nodeFault).toBe("no-record");
  return { mesh, cluster };
}

test("a node without a record joins over one that knows of nothing, and is a node from then on", () => {
  const { mesh, cluster } = row();
  const [a, b, c] = [mesh.node("a"), mesh.node("b"), mesh.node("c")];
  // Programs have let it in already.
  a.take(cluster.node(c.key));
  const own = joinOf(c.key, token, c.at.wall);
  expect(c.agent.handleJoin(own, c.at)).toEqual({ outcome: "sent" });
  mesh.until("the join is answered", () => c.agent.handleJoin(own, c.at).outcome === "joined", 10_000);
  expect(c.agent.nodeFault).toBeUndefined();
  const answer = c.agent.handleJoin(own, c.at);
  if (answer.outcome !== "joined") throw new Error(answer.outcome);
  expect(readFact(answer.record, "demo")).toMatchObject({ subject: "c" });
  expect(b.agent.mail.office.forwarded).toBeGreaterThan(0);
});

test("a flood of joins by a neighbour without a record costs the control node few letters, and keeps no other out", () => {
  const { mesh } = row();
  const [a, b, c] = [mesh.node("a"), mesh.node("b"), mesh.node("c")];
  const seconds = 30;
  for (let second = 0; second < seconds; second++) {
    for (let index = 0; index < 8; index++) {
      const flood = joinOf(newKey(`f${second}-${index}`), token, c.at.wall);
      if (c.agent.mail.send("join", flood, c.at) === undefined) break;
    }
    mesh.runFor(1_000);
  }
  // Four at once, and one in ten seconds: what b takes of a neighbour that is no node.
  expect(a.agent.mail.office.read).toBeLessThanOrEqual(4 + seconds / 10 + 2);
  expect(b.agent.mail.office.refused.get("too-often")).toBeGreaterThan(50);
  const own = joinOf(b.key, token, b.at.wall);
  mesh.until("b is answered", () => b.agent.handleJoin(own, b.at).outcome === "joined", 10_000);
});
