/** A cluster vertex that wants links to thousands of endpoints where nobody answers: what they cost, and how a link to a live one fares. */
import { beforeEach, describe, expect, test } from "vitest";
import { ATTEMPT_SCARCE_SILENT_LIFE_MS, ATTEMPTS_UNDER_WAY_MAX } from "../../src/quic-link/limits.ts";
import { reasons, verdict } from "../../src/quic-link/reasons.ts";
import { Identities } from "./identities.ts";
import { addressA, addressB, areUp, type Pair, Station, Wire } from "./wire.ts";

let ids: Identities;
let wire: Wire;
beforeEach(() => {
  ids = new Identities();
  wire = new Wire();
});

/** Starts vertex a, which wants `dead` links to nobody, and a moment later the link to b. */
async function startBeside(dead: number): Promise<Pair> {
  const a = new Station(wire, addressA, ids.issue("a"));
  const b = new Station(wire, addressB, ids.issue("b"));
  for (let i = 0; i < dead; i++) a.want(...deadLink(i));
  await wire.run(100);
  b.want("a", "acceptor");
  a.want("b", "originator", addressB);
  return { a, b };
}

const deadLink = (i: number): [string, "originator", string] => [
  `dead-${i}`,
  "originator",
  `10.9.${i >> 8}.${i & 255}:9`,
];

/** Counts the connections that are begun from now on. */
function countConnections(): () => number {
  const { engine } = wire;
  let count = 0;
  const connect = engine.connect.bind(engine);
  engine.connect = (...parameters) => {
    count++;
    return connect(...parameters);
  };
  return () => count;
}

describe("beside thousands of dead endpoints", () => {
  test("a live one has its turn within 110 s, and attempts under way are bounded", async () => {
    wire.turnMs = 20;
    const connections = countConnections();
    const pair = await startBeside(4_032);
    await wire.until("that it waits", () => pair.a.status("b")?.text.startsWith("waits for its turn") === true);
    const ms = await wire.until("up", areUp(pair), 110_000);
    expect(connections()).toBeLessThanOrEqual(ATTEMPTS_UNDER_WAY_MAX * (ms / ATTEMPT_SCARCE_SILENT_LIFE_MS + 2));
    expect(pair.a.endpoint.links.places.taken).toBe(ATTEMPTS_UNDER_WAY_MAX);
    expect(pair.a.status("dead-0")?.code).toBe("NO_ANSWER");
  });

  test("one whose first answer takes 1.2 s comes up, too", async () => {
    wire.turnMs = 10;
    wire.delayMs = 600;
    const pair = await startBeside(100);
    await wire.until("up", areUp(pair), 120_000);
  });

  test("one that was up is tried before the others when it is lost", async () => {
    wire.turnMs = 10;
    const pair = await startBeside(0);
    await wire.until("up", areUp(pair));
    await wire.run(10_500);
    for (let i = 0; i < 1_000; i++) pair.a.want(...deadLink(i));
    await wire.run(2_000);
    wire.lose = ({ to, from }) => to === addressB || from === addressB;
    await wire.until("down", () => pair.a.status("b")?.state === "down");
    await wire.run(1_000);
    wire.lose = () => false;
    expect(await wire.until("up", areUp(pair))).toBeLessThan(1_500);
  });
});

test("wishes that are taken back and made again are no way round the bound", async () => {
  const connections = countConnections();
  const { a } = await startBeside(0);
  for (let round = 0; round < 40; round++) {
    for (let i = 0; i < 20; i++) a.want(...deadLink(i));
    await wire.run(10);
    for (let i = 0; i < 20; i++)
      a.endpoint.links.unwant({ peer: `dead-${i}`, tag: "0" }, verdict(reasons.closed), wire.now);
  }
  // The link that came up meanwhile holds no place.
  expect(connections()).toBeLessThanOrEqual(1 + ATTEMPTS_UNDER_WAY_MAX);
  // A link that stays wanted gets a place when the links with a place have paused.
  a.want(...deadLink(1));
  await wire.until("an attempt", () => a.status("dead-1")?.code === "NO_ANSWER");
  expect(a.endpoint.links.places.waiting).toBe(0);
});
