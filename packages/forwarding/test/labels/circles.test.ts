import { Random } from "@florenetes/simkit";
import { describe, expect, test } from "vitest";
import type { LabelTableConfig, LinkLabel } from "../../src/index.ts";
import { HOP_LIMIT_DEFAULT, LABEL_COUNT_MAX, LabelTable, LabelVerdict, wordsOf, writeHeader } from "../../src/index.ts";

/** A link to the attacker, who sends packets of any kind into vertex 0. */
const ATTACKER = 0;
/** The label of a static LSP that circles, the same on every link. */
const CIRCLING = 500;

interface Ring {
  readonly tables: readonly LabelTable[];
  /** Adjacency labels by vertex and link. */
  readonly labels: readonly (readonly number[])[];
  readonly size: number;
}

/**
 * Vertices in a ring that permit every pair of links, and have cross-connects round it besides. A vertex has link 1 to the
 * next one and link 2 to the one before; two vertices are joined by two parallel links. Links 0 lead out of the ring.
 */
function ringOf(size: number): Ring {
  const labels = Array.from({ length: size }, (_, at) => [0, 1, 2].map((link) => 100 + 10 * at + link));
  const through = (from: number, to: number): { from: LinkLabel; to: LinkLabel } => ({
    from: { link: from, label: CIRCLING },
    to: { link: to, label: CIRCLING },
  });
  const configs = labels.map((own): LabelTableConfig => ({
    links: own.map((label, link) => ({ name: `l${link}`, label })),
    transit: [
      [0, 1],
      [0, 2],
      [1, 2],
    ],
    crossConnects: [through(2, 1)],
    lspEnds: [],
    services: [],
  }));
  return { tables: configs.map((config) => new LabelTable(config)), labels, size };
}

/** How often each link of the ring carries a packet of the attacker's, by vertex and out-link. */
function circle(ring: Ring, packet: Uint8Array): Map<string, number> {
  const carried = new Map<string, number>();
  let [vertex, inLink] = [0, ATTACKER];
  while (ring.tables[vertex]!.process(packet, 0, packet.length, inLink) === LabelVerdict.forward) {
    const { outLink } = ring.tables[vertex]!;
    if (outLink === ATTACKER) break;
    const name = `${vertex} ${outLink}`;
    carried.set(name, (carried.get(name) ?? 0) + 1);
    vertex = (vertex + (outLink === 1 ? 1 : ring.size - 1)) % ring.size;
    inLink = outLink === 1 ? 2 : 1;
  }
  return carried;
}

function packetOf(labels: readonly number[], hopLimit: number): Uint8Array {
  const packet = new Uint8Array(12 + 4 * labels.length);
  writeHeader(packet, 0, 1, 2, wordsOf(labels), hopLimit);
  return packet;
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((all, count) => all + count, 0);
}

describe("a packet that circles", () => {
  test.each([
    { size: 2, perLink: 8 },
    { size: 3, perLink: 5 },
    { size: 5, perLink: 3 },
  ])("by adjacency labels round $size vertices crosses 15 links, each of them $perLink times", ({ size, perLink }) => {
    const ring = ringOf(size);
    const labels = Array.from({ length: LABEL_COUNT_MAX }, (_, at) => ring.labels[at % size]![1]!);
    const carried = circle(ring, packetOf(labels, 255));
    expect(sum(carried)).toBe(LABEL_COUNT_MAX - 1);
    expect(Math.max(...carried.values())).toBe(perLink);
  });

  test("by cross-connects, which use up no label, crosses 31 links, whatever hop limit it was sent with", () => {
    const ring = ringOf(3);
    for (const hopLimit of [HOP_LIMIT_DEFAULT + 1, 100, 255]) {
      const labels = [ring.labels[0]![1]!, CIRCLING];
      expect(sum(circle(ring, packetOf(labels, hopLimit)))).toBe(HOP_LIMIT_DEFAULT - 1);
    }
  });

  test("crosses no more links in whatever way it mixes labels", () => {
    const random = new Random(9);
    const most = { pops: 0, all: 0 };
    for (let round = 0; round < 20_000; round++) {
      const ring = ringOf(random.between(2, 4));
      // Most labels lead on: they are labels of the vertex where the packet will be.
      let at = 0;
      const hasCircle = random.chance(0.3);
      const onward = random.between(1, 2);
      const labels = Array.from({ length: random.between(1, LABEL_COUNT_MAX) }, () => {
        if (hasCircle && random.chance(0.2)) return CIRCLING;
        const link = random.chance(0.95) ? onward : 3 - onward;
        const label = ring.labels[at]![link]!;
        at = (at + (link === 1 ? 1 : ring.size - 1)) % ring.size;
        return label;
      });
      const crossed = sum(circle(ring, packetOf(labels, random.below(256))));
      if (!labels.includes(CIRCLING)) most.pops = Math.max(most.pops, crossed);
      most.all = Math.max(most.all, crossed);
    }
    expect(most).toEqual({ pops: LABEL_COUNT_MAX - 1, all: HOP_LIMIT_DEFAULT - 1 });
  });
});
