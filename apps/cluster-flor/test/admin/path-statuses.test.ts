import { TrafficClass } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import { pathStatuses } from "../../src/admin/path-statuses.ts";
import type { LinkConfig, PathConfig } from "../../src/config/cluster-config.ts";
import { SlotMap } from "../../src/config/slot-map.ts";
import { type Route, RouteTable } from "../../src/transport/routes/route-table.ts";

test("a path is usable while its first link is up, or where it has none; one that leads nowhere never is", () => {
  const path = (name: string, more: Partial<PathConfig>): PathConfig => {
    return { name, link: undefined, labels: [900], mtu: undefined, ...more };
  };
  const paths = SlotMap.of([
    path("up", { link: 0 }),
    path("down", { link: 1 }),
    path("here", {}),
    path("auto:web", { problem: "no host of service web is known" }),
  ]);
  const links = SlotMap.of([{ name: "b" } as LinkConfig, { name: "c" } as LinkConfig]);
  const transport = {
    reach: { look: () => () => ({ isReachable: null, heardMs: null }) },
    pathSize: () => ({ mtu: 1280, origin: "config" as const }),
    routes: { table: () => undefined, look: () => () => [] },
  };
  const told = pathStatuses({ links, paths }, transport as never, { isUp: (link) => link === 0 }, 0);
  expect(told.map(({ name, link, isUsable }) => [name, link, isUsable])).toEqual([
    ["up", "b", true],
    ["down", "c", false],
    ["here", null, true],
    ["auto:web", null, false],
  ]);
});

test("a path tells its routes, who uses them, and the switches between them", () => {
  const route = (link: number, relay: string) => ({ link, labels: [203, 900], name: `${relay}>d` });
  const routes = [route(0, "b"), route(1, "c")];
  const paths = SlotMap.of<PathConfig>([{ name: "auto.web.d", link: 0, labels: [203, 900], mtu: undefined, routes }]);
  const links = SlotMap.of([{ name: "b" } as LinkConfig, { name: "c" } as LinkConfig]);
  const table = new RouteTable(routes, { isUp: () => true, random: () => 0 });
  const [first, second] = table.routes;
  table.fail(first!, "timeout", 1_000);
  const { reliable: trafficClass } = TrafficClass;
  table.switches.add({ from: "b>d", to: "c>d", reason: "timeout", trafficClass, at: 1_500, recoveryMs: 1_300 });
  const transport = {
    reach: { look: () => () => ({ isReachable: null, heardMs: null }) },
    pathSize: () => ({ mtu: 1280, origin: "proven" as const }),
    routes: { table: () => table, look: () => (used: Route) => ({ classes: used === second ? ["reliable"] : [] }) },
  };
  const [told] = pathStatuses({ links, paths }, transport as never, { isUp: (link) => link === 1 }, 3_000);
  expect(told).toMatchObject({
    isUsable: true,
    routes: [
      { name: "b>d", link: "b", labels: [203, 900], inUse: [], failure: "timeout", failedMs: 2_000 },
      { name: "c>d", link: "c", labels: [203, 900], inUse: ["reliable"], failure: null, failedMs: null },
    ],
    switches: [{ reason: "timeout", switches: 1, lastMs: 1_300, meanMs: 1_300, longestMs: 1_300 }],
  });
});
