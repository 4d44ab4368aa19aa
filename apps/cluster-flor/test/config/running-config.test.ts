import { LabelTable, Operation } from "@florenetes/forwarding";
import { Random, runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { VertexConfig } from "../../src/config/cluster-config.ts";
import { changesOf, namedChanges } from "../../src/config/config-changes.ts";
import { withoutParts } from "../../src/config/identities.ts";
import { ConfigNumbers, type RunningConfig } from "../../src/config/running-config.ts";
import { SlotMap } from "../../src/config/slot-map.ts";
import { anyConfig, numbering, shuffled } from "./any-config.ts";

const seeds = fc.noShrink(fc.integer({ min: 0, max: 0x7fffffff }));
const rules = { revocation: { isRequired: false, graceMs: 0 }, expiryWarningMs: 0 };

describe("another config takes the place of the running one", () => {
  test("whatever came before it: no number ever means another thing, and what each thing leads to is what the config says", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        const numbered = numbering();
        const known = new Map<string, string>();
        for (let step = 0; step < 8; step++) {
          const written = anyConfig(random);
          const running = numbered(written);
          for (const [place, thing] of thingsOf(running)) {
            expect(known.get(place) ?? thing, place).toBe(thing);
            known.set(place, thing);
          }
          expect(namedForm(running)).toEqual(namedForm(written));
          expect(tableOf(running)).toEqual(tableOf(written));
        }
      }),
      { numRuns: runs(200, 60) },
    );
  });

  test("the same config again changes nothing, in whatever order its things stand", () => {
    const random = new Random(1);
    for (let round = 0; round < 50; round++) {
      const written = anyConfig(random);
      const numbered = numbering();
      const running = numbered(written);
      const again = numbered({ ...written, services: shuffled(written.services, random) });
      expect(again).toEqual(running);
      for (const changes of Object.values(changesOf(running, again))) {
        expect(changes).toEqual({ added: [], removed: [], changed: [] });
      }
      expect(namedChanges({ ...running, ...rules }, { ...again, ...rules })).toEqual([]);
    }
  });

  test("what is said of the agent is a change that has a name", () => {
    const running = { ...numbering()(anyConfig(new Random(5))), ...rules };
    const fabric = { door: "/door.sock", doPinsBindAll: false } as never;
    const change = [{ kind: "setting", name: "fabric", change: "changed" }];
    expect(namedChanges(running, { ...running, fabric })).toEqual(change);
    const other = { door: "/door.sock", doPinsBindAll: true } as never;
    expect(namedChanges({ ...running, fabric }, { ...running, fabric: other })).toEqual(change);
  });

  test("a link that has another name only is the same link; one to another peer is another", () => {
    const written = anyConfig(new Random(3));
    const numbered = numbering();
    const running = numbered(written);
    const link = { ...written.links[0]!, name: "x" };
    const renamed = numbered({ ...written, links: [link, ...written.links.slice(1)] });
    expect(changesOf(running, renamed).links).toEqual({ added: [], removed: [], changed: [0] });
    const count = written.links.length;
    const other = numbered({ ...written, links: [{ ...link, peer: "y" }, ...written.links.slice(1)] });
    expect(changesOf(renamed, other).links).toEqual({ added: [count], removed: [0], changed: [] });
  });

  test("a config that is refused leaves the numbers of the running one", () => {
    const random = new Random(4);
    const numbers = new ConfigNumbers();
    const written = anyConfig(random);
    const running = numbers.place(written);
    for (let round = 0; round < 50; round++) {
      numbers.place(anyConfig(random));
      numbers.retain(running);
      expect(numbers.place(written)).toEqual(running);
    }
  });
});

test("what is left out comes back under its number", () => {
  const random = new Random(5);
  for (let round = 0; round < 50; round++) {
    const running = numbering()(anyConfig(random));
    const parts = [...running.tunnels.keys()].map((number) => ({ list: "tunnels" as const, number }));
    const reduced = withoutParts(running, parts);
    expect([...reduced.tunnels]).toEqual([]);
    expect(reduced.services).toEqual(running.services);
    expect(changesOf(reduced, withoutParts(running, [])).tunnels.added).toEqual(parts.map(({ number }) => number));
  }
});

/** Each number of each list, and the thing that it stands for. */
function* thingsOf(config: RunningConfig): Generator<[string, string]> {
  for (const [index, { name, bind }] of config.portals) yield [`portal ${index}`, `${name} ${bind}`];
  for (const [index, { portal, peer, tag }] of config.links) yield [`link ${index}`, `${portal} ${peer} ${tag}`];
  for (const [index, { name, target }] of config.services) yield [`service ${index}`, `${name} ${target.kind}`];
  for (const [index, { name }] of config.paths) yield [`path ${index}`, name];
  for (const [index, { name }] of config.tunnels) yield [`tunnel ${index}`, name];
}

/** The config with names where it has indices, in an order of its own. */
function namedForm(of: RunningConfig | VertexConfig): unknown {
  const config = "get" in of.links ? (of as RunningConfig) : placed(of as VertexConfig);
  const link = (index: number | undefined): string => {
    if (index === undefined) return "here";
    const { portal, peer, tag } = config.links.get(index)!;
    return `${config.portals.get(portal)!.name} ${peer} ${tag}`;
  };
  const path = (index: number): string => config.paths.get(index)!.name;
  const sorted = (items: Iterable<unknown>): string[] => [...items].map((item) => JSON.stringify(item)).toSorted();
  return {
    links: sorted(
      [...config.links.values()].map((item) => ({ ...item, portal: config.portals.get(item.portal)!.name })),
    ),
    paths: sorted([...config.paths.values()].map((item) => ({ ...item, link: link(item.link) }))),
    tunnels: sorted([...config.tunnels.values()].map((item) => ({ ...item, path: path(item.path) }))),
    services: sorted(config.services.values()),
    transit: config.transit.map(([a, b]) => [link(a), link(b)]),
    crossConnects: config.crossConnects.map(({ from, to }) => [link(from.link), from.label, link(to.link), to.label]),
    lspEnds: config.lspEnds.map((end) => [link(end.link), end.label]),
    transport: config.transport,
  };
}

/** The config as it is written, numbered by the indices of its lists. */
function placed(written: VertexConfig): RunningConfig {
  const { portals, links, services, paths, tunnels, sessions } = written;
  return {
    ...written,
    portals: SlotMap.of(portals),
    links: SlotMap.of(links),
    services: SlotMap.of(services),
    paths: SlotMap.of(paths),
    tunnels: SlotMap.of(tunnels),
    sessions: SlotMap.of(sessions),
  };
}

/** The label table by names. */
function tableOf(of: RunningConfig | VertexConfig): string[] {
  const config = "get" in of.links ? (of as RunningConfig) : placed(of as VertexConfig);
  const table = new LabelTable(config);
  const nameOf = (link: number): string => config.links.get(link)?.name ?? "all";
  return Array.from({ length: table.size }, (_, at) => {
    const { inLink, label, operation, target, outLabel } = table.entry(at);
    const leads = operation === Operation.deliver ? config.services.get(target)!.name : nameOf(target);
    return [nameOf(inLink), label, operation, leads, outLabel].join(" ");
  }).toSorted();
}
