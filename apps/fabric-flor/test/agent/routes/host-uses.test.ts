import { rankHosts, readFact } from "@florenetes/facts";
import { expect, test } from "vitest";
import type { WantedService } from "../../../src/agent/plan/used-services.ts";
import { hostUses } from "../../../src/agent/routes/host-uses.ts";
import { DemoCluster } from "../../demo-records.ts";
import { viewOf } from "../views.ts";

const cluster = new DemoCluster(Date.parse("2026-11-25T12:00:00.000Z"));
const record = readFact(cluster.service("web", ["b", "c", "d"], {}, { mode: "leader" }), "demo");
if (typeof record === "string") throw new Error(record);
const { id } = record;
const ranked = rankHosts(record, "a");

const none: readonly string[] = [];

function hostsAsked(
  leader: string | undefined,
  { isFailing = false, isOutOfReach = false, gone = "", full = none } = {},
): string[] {
  const state = {
    candidate: record,
    active: undefined,
    fallbacks: [],
    path: undefined,
    next: undefined,
    standby: undefined,
  };
  const wanted = { name: "web", scope: "cluster", service: "web", isVoid: false, state, leader };
  const failure = isFailing ? { record: id, next: null, state: "unproven", text: "" } : undefined;
  const services = [{ ...wanted, failure, isOutOfReach } as WantedService];
  const uses = hostUses(
    "a",
    services,
    viewOf(),
    (host) => host === gone,
    (host) => full.includes(host),
  );
  return uses.map(({ host }) => host);
}

test("a lease to the host that leads is asked for, wherever it stands in this node's own choice", () => {
  expect(hostsAsked(undefined)).toEqual(ranked.slice(0, 2));
  expect(hostsAsked(ranked[2])).toEqual([ranked[2], ranked[0], ranked[1]]);
});

test("a leader that the service's record does not name is no host", () => {
  expect(hostsAsked("x")).toEqual(ranked.slice(0, 2));
});

test("a host that was taken back is asked for no more, and gives its place to the next one", () => {
  expect(hostsAsked(undefined, { gone: ranked[0] })).toEqual([ranked[1], ranked[2]]);
  expect(hostsAsked(ranked[0], { gone: ranked[0] })).toEqual([ranked[1], ranked[2]]);
});

test("where a host has failed, and none is proven since, leases to more hosts are asked for, and where none is reached", () => {
  expect(hostsAsked(undefined, { isFailing: true })).toEqual(ranked);
  expect(hostsAsked(undefined, { isOutOfReach: true })).toEqual(ranked);
});

test("a host that is full leaves its place to the next one, and is asked for beside it, as whoever has a lease hears of its return", () => {
  const [first, second, third] = ranked as [string, string, string];
  expect(hostsAsked(undefined, { full: [first] })).toEqual([second, third, first]);
  expect(hostsAsked(undefined, { full: [third] })).toEqual([first, second]);
  // The third one alone may still serve, or none: the return of each is to be heard of.
  expect(hostsAsked(undefined, { full: [first, second] })).toEqual([third, first, second]);
  expect(hostsAsked(undefined, { full: ranked })).toEqual(ranked);
});
