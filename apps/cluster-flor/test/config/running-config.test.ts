import { LabelTable, Operation } from "@florenetes/labels";
import { Random, runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { VertexConfig } from "../../src/config/cluster-config.ts";
import { changesOf, namedChanges } from "../../src/config/config-changes.ts";
import { withoutParts } from "../../src/config/identities.ts";
import { PLACES_MAX } from "../../src/config/limits.ts";
import { alignConfig, entriesOf, fullLists, itemsOf, type RunningConfig } from "../../src/config/running-config.ts";
import { anyConfig, shuffled } from "./any-config.ts";

const seeds = fc.noShrink(fc.integer({ min: 0, max: 0x7fffffff }));
const rules = { revocation: { isRequired: false, graceMs: 0 }, expiryWarningMs: 0 };

describe("another config takes the place of the running one", () => {
  test("whatever came before it: no index ever means another thing, and what each thing leads to is what the config says", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const random = new Random(seed);
        let running: RunningConfig = anyConfig(random);
        const known = new Map<string, string>();
        for (let step = 0; step < 8; step++) {
          const written = anyConfig(random);
          running = alignConfig(running, written);
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
      const aligned = alignConfig(written, { ...written, services: shuffled(written.services, random) });
      expect(aligned).toEqual(written);
      for (const changes of Object.values(changesOf(written, aligned))) {
        expect(changes).toEqual({ added: [], removed: [], changed: [] });
      }
      expect(namedChanges({ ...written, ...rules }, { ...aligned, ...rules })).toEqual([]);
    }
  });

  test("a link that has another name only is the same link; one to another peer is another", () => {
    const written = anyConfig(new Random(3));
    const link = { ...written.links[0]!, name: "x" };
    const renamed = alignConfig(written, { ...written, links: [link, ...written.links.slice(1)] });
    expect(changesOf(written, renamed).links).toEqual({ added: [], removed: [], changed: [0] });
    const count = written.links.length;
    const other = alignConfig(written, { ...written, links: [{ ...link, peer: "y" }, ...written.links.slice(1)] });
    expect(changesOf(written, other).links).toEqual({ added: [count], removed: [0], changed: [] });
  });

  test("a list whose places have run out is named", () => {
    const written = anyConfig(new Random(3));
    expect(fullLists(written)).toEqual([]);
    const links: RunningConfig["links"] = Array.from({ length: PLACES_MAX + 1 }, () => undefined);
    expect(fullLists({ ...written, links })).toEqual(["links"]);
  });
});

test("what is left out leaves a hole, and comes back at its place", () => {
  const random = new Random(5);
  for (let round = 0; round < 50; round++) {
    const written = anyConfig(random);
    const parts = written.tunnels.map((_, index) => ({ list: "tunnels" as const, index }));
    const reduced = withoutParts(written, parts);
    expect([...itemsOf(reduced.tunnels)]).toEqual([]);
    expect(reduced.services).toEqual(written.services);
    expect(changesOf(reduced, withoutParts(written, [])).tunnels.added).toEqual(parts.map(({ index }) => index));
  }
});

/** Each index of each list, and the thing that it stands for. */
function* thingsOf(config: RunningConfig): Generator<[string, string]> {
  for (const [index, { name, bind }] of entriesOf(config.portals)) yield [`portal ${index}`, `${name} ${bind}`];
  for (const [index, { portal, peer, tag }] of entriesOf(config.links))
    yield [`link ${index}`, `${portal} ${peer} ${tag}`];
  for (const [index, { name, target }] of entriesOf(config.services))
    yield [`service ${index}`, `${name} ${target.kind}`];
  for (const [index, { name }] of entriesOf(config.paths)) yield [`path ${index}`, name];
  for (const [index, { name }] of entriesOf(config.tunnels)) yield [`tunnel ${index}`, name];
}

/** The config with names where it has indices, in an order of its own. */
function namedForm(config: RunningConfig | VertexConfig): unknown {
  const link = (index: number | undefined): string => {
    if (index === undefined) return "here";
    const { portal, peer, tag } = config.links[index]!;
    return `${config.portals[portal]!.name} ${peer} ${tag}`;
  };
  const path = (index: number): string => config.paths[index]!.name;
  const sorted = (items: Iterable<unknown>): string[] => [...items].map((item) => JSON.stringify(item)).toSorted();
  return {
    links: sorted([...itemsOf(config.links)].map((item) => ({ ...item, portal: config.portals[item.portal]!.name }))),
    paths: sorted([...itemsOf(config.paths)].map((item) => ({ ...item, link: link(item.link) }))),
    tunnels: sorted([...itemsOf(config.tunnels)].map((item) => ({ ...item, path: path(item.path) }))),
    services: sorted(itemsOf(config.services)),
    transit: config.transit.map(([a, b]) => [link(a), link(b)]),
    crossConnects: config.crossConnects.map(({ from, to }) => [link(from.link), from.label, link(to.link), to.label]),
    lspEnds: config.lspEnds.map((end) => [link(end.link), end.label]),
    transport: config.transport,
  };
}

/** The label table by names. */
function tableOf(config: RunningConfig): string[] {
  const table = new LabelTable(config);
  const nameOf = (link: number): string => config.links[link]?.name ?? "all";
  return Array.from({ length: table.size }, (_, at) => {
    const { inLink, label, operation, target, outLabel } = table.entry(at);
    const leads = operation === Operation.deliver ? config.services[target]!.name : nameOf(target);
    return [nameOf(inLink), label, operation, leads, outLabel].join(" ");
  }).toSorted();
}
