import { expect, test } from "vitest";
import { pathStatuses } from "../../src/admin/path-statuses.ts";
import type { LinkConfig, PathConfig } from "../../src/config/cluster-config.ts";
import { SlotMap } from "../../src/config/slot-map.ts";

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
    routes: { table: () => undefined },
  };
  const told = pathStatuses({ links, paths }, transport as never, { isUp: (link) => link === 0 }, 0);
  expect(told.map(({ name, link, isUsable }) => [name, link, isUsable])).toEqual([
    ["up", "b", true],
    ["down", "c", false],
    ["here", null, true],
    ["auto:web", null, false],
  ]);
});
