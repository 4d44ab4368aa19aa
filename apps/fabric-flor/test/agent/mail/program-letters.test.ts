/** Letters that an agent carries for a program beside it: the nodes stand in a row, a, b and c, and programs are at a and at c. */
import { type Answer, Outcome } from "@florenetes/feed";
import { describe, expect, test } from "vitest";
import {
  ATTENDED_MS,
  PROGRAM_HELD_MAX,
  PROGRAM_HELD_MS,
  PROGRAM_HELD_OF_ONE_MAX,
  PROGRAM_SENT_MAX,
} from "../../../src/agent/limits.ts";
import type { MailKind, ReceivedLetter } from "../../../src/agent/mail/agent-mail.ts";
import { ProgramLetters } from "../../../src/agent/mail/program-letters.ts";
import { nothingKept } from "../nothing-kept.ts";
import { HeldRecords } from "../../../src/agent/records/held-records.ts";
import { DemoCluster } from "../../demo-records.ts";
import { SimMesh, type SimNode } from "../simulated-nodes.ts";

const NOW = Date.parse("2026-11-25T12:00:00.000Z");
const BODY = Buffer.from("a letter");
const LINKS = [
  ["a", "b"],
  ["b", "c"],
] as const;

/** A mesh whose ends read mail by different roles. */
function openMesh(roles: Readonly<Record<string, string>> = { a: "control-plane", c: "route-coordinator" }): SimMesh {
  const cluster = new DemoCluster(NOW - 1_000);
  const mesh = new SimMesh({ cluster, startsAt: NOW, links: LINKS }).start();
  for (const node of mesh.nodes.values()) node.take(cluster.node(node.key));
  const body = { actions: [], services: [], depth: 0 };
  for (const [name, role] of Object.entries(roles))
    mesh.node(name).take(cluster.control({ kind: "role", subject: `${name}/${role}/north`, body }));
  const isHeard = ({ agent, at }: SimNode, to: string): boolean => agent.mail.office.hasWay(3, at, to);
  if (roles["c"] !== undefined) mesh.until("a hears c", () => isHeard(mesh.node("a"), "c"));
  if (roles["a"] !== undefined) mesh.until("c hears a", () => isHeard(mesh.node("c"), "a"));
  return mesh;
}

function send(node: SimNode, to: string): unknown {
  let number: unknown;
  node.do((agent) => (number = agent.letters.send(to, BODY, node.at)));
  return number;
}

function take(node: SimNode): ReturnType<ProgramLetters["take"]> {
  let letters: ReturnType<ProgramLetters["take"]> = [];
  node.do((agent) => (letters = agent.letters.take(node.at)));
  return letters;
}

const answers = ({ programLetters }: SimNode): (Answer | undefined)[] =>
  programLetters.flatMap((order) => (order.kind === "done" ? [order.answer] : []));
const outcomes = (node: SimNode): unknown[] => answers(node).map((answer) => answer?.outcome);

test("a letter reaches the program at the other end with the name of its sender, and its answer comes back", () => {
  const mesh = openMesh();
  const [a, b, c] = [mesh.node("a"), mesh.node("b"), mesh.node("c")];
  expect(take(c)).toEqual([]);
  expect(send(a, "c")).toEqual(expect.any(Number));
  mesh.until("it has come", () => c.programLetters.some(({ kind }) => kind === "come"), 1_000);
  const [letter] = take(c);
  expect(letter).toMatchObject({ node: "a", body: BODY });
  expect(take(c)).toEqual([]);
  const body = Buffer.from("its answer");
  c.do((agent) => expect(agent.letters.answer(letter!.number, { outcome: 0, body }, c.at)).toBe(true));
  c.do((agent) => expect(agent.letters.answer(letter!.number, { outcome: 0, body }, c.at)).toBe(false));
  mesh.until("a has it", () => answers(a).length > 0, 1_000);
  expect(answers(a)).toEqual([{ outcome: 0, body }]);
  expect(b.programLetters).toEqual([]);
});

describe("nobody is answered for a program", () => {
  test("that has not asked for letters of late", () => {
    const mesh = openMesh();
    const [a, c] = [mesh.node("a"), mesh.node("c")];
    send(a, "c");
    mesh.until("a is told", () => answers(a).length > 0, 1_000);
    take(c);
    mesh.runFor(ATTENDED_MS);
    send(a, "c");
    mesh.until("a is told again", () => answers(a).length > 1, 1_000);
    expect(outcomes(a)).toEqual([Outcome.unknownKind, Outcome.unknownKind]);
    expect(c.programLetters).toEqual([]);
  });

  test("that leaves letters lying, or takes them and goes away", () => {
    const mesh = openMesh();
    const [a, c] = [mesh.node("a"), mesh.node("c")];
    take(c);
    send(a, "c");
    mesh.until("a is told", () => answers(a).length > 0, PROGRAM_HELD_MS + 5_000);
    expect(take(c)).toEqual([]);
    send(a, "c");
    mesh.until("it has come", () => take(c).length > 0, 1_000);
    mesh.until("a is told again", () => answers(a).length > 1, PROGRAM_HELD_MS + 5_000);
    expect(outcomes(a)).toEqual([Outcome.busy, Outcome.busy]);
  });

  test("where the node reads no mail, or is the sender itself", () => {
    const mesh = openMesh({ a: "control-plane" });
    expect([send(mesh.node("a"), "c"), send(mesh.node("a"), "a")]).toEqual(["no-way", "no-way"]);
  });
});

test("a program has so many letters under way, and the agent's own go on beside them", () => {
  const mesh = openMesh();
  const a = mesh.node("a");
  mesh.node("c").stop();
  const sent = Array.from({ length: PROGRAM_SENT_MAX + 1 }, () => send(a, "c"));
  expect(sent.slice(0, -1).every((number) => typeof number === "number")).toBe(true);
  expect(sent.at(-1)).toBe("busy");
  expect(a.agent.mail.send("papers", BODY, a.at)).toEqual(expect.any(Number));
  mesh.until("nobody has answered any", () => answers(a).length === PROGRAM_SENT_MAX, 90_000);
  expect(new Set(answers(a))).toEqual(new Set([undefined]));
});

describe("letters that wait for a program are bounded", () => {
  /** An agent's part alone, whose letters come from anybody. */
  function desk(): { readonly letters: ProgramLetters; readonly receive: (node: string, key?: string) => unknown } {
    const cluster = new DemoCluster(NOW - 1_000);
    const options = { cluster: "demo", node: "a", fingerprint: cluster.fingerprint, development: false };
    const records = new HeldRecords(options, nothingKept(), NOW);
    records.offer(cluster.root, NOW);
    const mesh = new SimMesh({ cluster, startsAt: NOW, links: LINKS, names: [...LINKS.flat(), ...NAMES] });
    for (const { key } of mesh.nodes.values()) records.offer(cluster.node(key), NOW);
    let kind: MailKind | undefined;
    const mail = {
      register: (_: string, own: MailKind) => void (kind = own),
      hasWay: () => true,
      send: () => 1,
      answer: () => undefined,
    };
    const letters = new ProgramLetters({ node: "a", mail, book: () => records.book });
    let number = 0;
    const receive = (node: string, key: string = mesh.node(node).key.key): unknown => {
      const letter = { number: ++number, node, key, body: BODY } as unknown as ReceivedLetter;
      const answer = kind!.onLetter(letter, { now: 0, wall: NOW });
      return typeof answer === "string" ? answer : answer.outcome;
    };
    return { letters, receive };
  }
  const NAMES = Array.from({ length: 1 + PROGRAM_HELD_MAX / PROGRAM_HELD_OF_ONE_MAX }, (_, at) => `n${at}`);
  const at = { now: 0, wall: NOW };

  test("for one sender, and in all: others get in until all places are taken", () => {
    const { letters, receive } = desk();
    letters.take(at);
    for (const name of NAMES.slice(1)) {
      const came = Array.from({ length: PROGRAM_HELD_OF_ONE_MAX + 1 }, () => receive(name));
      expect(came).toEqual([...Array.from({ length: PROGRAM_HELD_OF_ONE_MAX }, () => "later"), Outcome.busy]);
    }
    expect(receive(NAMES[0]!)).toBe(Outcome.busy);
    expect(letters.take(at)).toHaveLength(PROGRAM_HELD_MAX);
    letters.advance({ now: PROGRAM_HELD_MS, wall: NOW });
    expect(receive(NAMES[0]!)).toBe("later");
  });

  test("a sender whose key is not that of its record is nobody, and so is one without a record", () => {
    const { letters, receive } = desk();
    letters.take(at);
    expect([receive("b", "00".repeat(32)), receive("c")]).toEqual([Outcome.unknownSender, "later"]);
    expect(() => receive("nobody")).toThrow();
    expect(receive("nobody", "00".repeat(32))).toBe(Outcome.unknownSender);
  });
});
