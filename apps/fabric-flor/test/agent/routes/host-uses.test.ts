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

function hostsAsked(leader: string | undefined, { isFailing = false, isOutOfReach = false, gone = "" } = {}): string[] {
  const state = { candidate: record, active: undefined, fallbacks: [], path: undefined, next: undefined };
  const wanted = { name: "web", scope: "cluster", service: "web", isVoid: false, state, leader };
  const failure = isFailing ? { record: id, next: null, state: "unproven", text: "" } : undefined;
  const services = [{ ...wanted, failure, isOutOfReach } as WantedService];
  return hostUses("a", services, viewOf(), (host) => host === gone).map(({ host }) => host);
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
