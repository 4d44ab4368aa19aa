/** Bounds on what a partner costs that does not answer, or asks for more and more. */
import { describe, expect, test } from "vitest";
import * as limits from "../src/limits.ts";
import type { LinkWish } from "../src/link.ts";
import { LinkRequests } from "../src/link-requests.ts";
import { LinkTable } from "../src/link-table.ts";
import { decodeMessage, encodeMessage } from "../src/messages.ts";
import { PatientDeadline } from "../src/patient-deadline.ts";
import { StateTeller } from "../src/state-teller.ts";
import { drain, Pair, UP } from "./portal-pair.ts";

const wishOf = (index: number): LinkWish => ({ peer: `p${index}`, tag: "0", role: "acceptor", endpoint: "" });

describe("requests that nobody answers", () => {
  const requestsOf = (count: number): LinkRequests => {
    let id = 0;
    const requests = new LinkRequests(() => ++id);
    for (let i = 0; i < count; i++) requests.want(wishOf(i), wishOf(i), 0n, 0);
    return requests;
  };

  test("are so many at a time; the others wait for their turn", () => {
    const requests = requestsOf(10 * limits.REQUESTS_IN_FLIGHT_MAX);
    const asked = new Set<number>();
    for (let now = 0; now <= 10_000; now += 100) requests.pump(now, (id) => asked.add(id));
    expect(asked.size).toBe(limits.REQUESTS_IN_FLIGHT_MAX);
    requests.handleAnswer(1);
    requests.pump(10_000, (id) => asked.add(id));
    expect(asked.size).toBe(limits.REQUESTS_IN_FLIGHT_MAX + 1);
  });

  test("are repeated more and more rarely, and then at that pace", () => {
    const requests = requestsOf(1);
    const times: number[] = [];
    for (let now = 0; now <= 5_000; now += 10) requests.pump(now, () => times.push(now));
    const pauses = times.slice(1).map((time, i) => time - times[i]!);
    const { REQUEST_INTERVAL_MS: first, REQUEST_INTERVAL_MS_MAX: last } = limits;
    expect(pauses).toEqual([first, 2 * first, 4 * first, 8 * first, last, last, last]);
  });
});

describe("states that nobody acknowledges", () => {
  test("are told again after a time, or sooner when a heartbeat shows the gap", () => {
    const table = new LinkTable(() => 1);
    table.open(1, wishOf(0));
    const teller = new StateTeller(table);
    expect(teller.tell(0).length).toBe(1);
    expect(teller.dueAt()).toBe(limits.STATES_INTERVAL_MS);
    teller.handleAcknowledgement(0n, limits.STATES_INTERVAL_MS_MIN - 1);
    expect(teller.dueAt()).toBe(limits.STATES_INTERVAL_MS);
    teller.handleAcknowledgement(0n, limits.STATES_INTERVAL_MS_MIN);
    expect(teller.dueAt()).toBe(-Infinity);
  });

  test("fit into frames when many are told at once, with the longest names and texts", () => {
    const pair = new Pair().connect();
    const count = 3 * limits.LINKS_PER_MESSAGE_MAX;
    const tag = "ü".repeat(limits.TAG_LENGTH_MAX);
    const wishes = Array.from({ length: count }, (_, i): LinkWish => {
      return { peer: "ü".repeat(limits.PEER_LENGTH_MAX - 3) + (100 + i), tag, role: "acceptor", endpoint: "" };
    });
    for (const wish of wishes) pair.client.openLink(wish, 0);
    pair.exchange();
    const text = "€".repeat(limits.TEXT_LENGTH_MAX);
    for (const { peer } of wishes) {
      pair.server.setLinkStatus({ peer, tag, ...UP, state: "refused", code: text, text }, 0);
    }
    drain(() => pair.server.pollTransmit());
    pair.server.handleTimeout(limits.STATES_INTERVAL_MS);
    const told = drain(() => pair.server.pollTransmit());
    const linksOf = (message: Uint8Array): number => {
      const body = decodeMessage(message)?.body;
      return body?.kind === "link-states" ? body.links.length : 0;
    };
    expect(told.map(linksOf).filter((links) => links > 0)).toEqual(
      Array.from({ length: 3 }, () => limits.LINKS_PER_MESSAGE_MAX),
    );
    // A CONTROL frame holds 64,992 bytes: docs/protocol/florio.md.
    expect(Math.max(...told.map(({ length }) => length))).toBeLessThanOrEqual(64_992);
  });
});

test("figures of links fit into frames with the longest names and addresses", () => {
  const pair = new Pair().connect();
  const tag = "ü".repeat(limits.TAG_LENGTH_MAX);
  const peerAddress = "€".repeat(limits.ADDRESS_LENGTH_MAX);
  const counts = { packetsSent: Number.MAX_SAFE_INTEGER, packetsReceived: Number.MAX_SAFE_INTEGER };
  const bytes = { bytesSent: Number.MAX_SAFE_INTEGER, bytesReceived: Number.MAX_SAFE_INTEGER };
  const losses = { packetsLost: Number.MAX_SAFE_INTEGER, packetsDropped: Number.MAX_SAFE_INTEGER };
  const keys = Array.from({ length: 2 * limits.LINKS_PER_MESSAGE_MAX }, (_, i) => {
    return { peer: "€".repeat(limits.PEER_LENGTH_MAX - 3) + (100 + i), tag };
  });
  for (const key of keys) pair.client.openLink({ ...key, role: "acceptor", endpoint: "" }, 0);
  pair.exchange();
  for (const key of keys) {
    pair.server.setLinkStats({ ...key, rttMs: 1, ...counts, ...bytes, ...losses, queueLength: 1, peerAddress });
  }
  const told = drain(() => pair.server.pollTransmit());
  const links = told.flatMap((message) => {
    const body = decodeMessage(message)?.body;
    return body?.kind === "link-stats" ? body.links : [];
  });
  expect(links.length).toBe(keys.length);
  expect(links.every((stats) => stats.peerAddress === peerAddress)).toBe(true);
  expect(Math.max(...told.map(({ length }) => length))).toBeLessThanOrEqual(64_992);
});

test("a link vertex that is told nothing else keeps so many links, and says so", () => {
  const pair = new Pair().connect();
  expect(pair.clientEvents()).toMatchObject([{ kind: "attached", linksMax: limits.LINKS_MAX }]);
  for (let i = 0; i <= limits.LINKS_MAX; i++) pair.client.openLink(wishOf(i), 0);
  for (let i = 0; pair.client.requestsPending > 0 && i < 1_000; i++) pair.exchange();
  expect(pair.server.linkStatuses().length).toBe(limits.LINKS_MAX);
  expect(pair.client.linkStatus(wishOf(limits.LINKS_MAX))).toMatchObject({ code: "TOO_MANY_LINKS" });
});

test("of closed links the last so many are remembered: a late request brings none of those back", () => {
  const table = new LinkTable(() => 1);
  for (let i = 0; i <= limits.CLOSED_LINKS_MAX; i++) table.close(10, wishOf(i));
  expect(table.open(9, wishOf(1))).toBe("late");
  expect(table.open(9, wishOf(0))).toBe("new");
});

test("of a partner's features so many are read", () => {
  const features = Array.from({ length: 10 * limits.FEATURES_MAX }, (_, i) => `f${i}`);
  const names = { principal: "a", linkMtuMax: 1_420, linksMax: 1, features };
  const bytes = encodeMessage({
    instance: "aa",
    attachment: 1,
    requestId: 1,
    body: { kind: "attach-answer", startedAt: 1, version: 1, ...names },
  });
  expect(decodeMessage(bytes)?.body).toMatchObject({ features: features.slice(0, limits.FEATURES_MAX) });
});

test("a deadline that is looked at a little late has passed; much later, it listens first, and not for ever", () => {
  const looked = (late: number): PatientDeadline => {
    const deadline = new PatientDeadline();
    deadline.set(1_000);
    expect(deadline.hasPassed(1_000 + late)).toBe(late <= limits.LATE_AFTER_MS);
    return deadline;
  };
  looked(limits.LATE_AFTER_MS);
  const deadline = looked(limits.LATE_AFTER_MS + 1);
  let graces = 1;
  while (graces < 1_000 && !deadline.hasPassed(deadline.at + limits.LATE_AFTER_MS + 1)) graces++;
  expect(graces).toBe(limits.GRACES_MAX);
});
