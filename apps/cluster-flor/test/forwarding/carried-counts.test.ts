import { FORWARDING_DROP_NAMES, ALL_LINKS } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import { Forwarder } from "../../src/forwarding/forwarder.ts";
import { SlotMap } from "../../src/config/slot-map.ts";

const base = { portal: 0, role: "originator", peer: "x", tag: "0", endpoint: undefined } as const;

test("what the data thread has counted is added under the same names", () => {
  const forwarder = new Forwarder({
    config: {
      links: SlotMap.of([
        { ...base, name: "left", label: 100 },
        { ...base, name: "right", label: 200 },
      ]),
      services: new SlotMap(),
      transit: [[0, 1]],
      transitLimit: { packetsPerSecond: 1, bytesPerSecond: 1 },
      crossConnects: [],
      lspEnds: [{ link: 1, label: 700 }],
    },
    output: undefined!,
    delivery: undefined!,
    afterTurn: () => {},
    now: () => 0,
    seed: 1,
    onGuessing: () => {},
  });
  const byCause = (cause: string, count: number): number[] => {
    return FORWARDING_DROP_NAMES.slice(1).map((name) => (name === cause ? count : 0));
  };
  const figures = {
    links: [
      {
        link: 1,
        packetsForwarded: 5,
        packetsDelivered: 6,
        drops: byCause("circling", 7),
        droppedLabels: byCause("circling", 4_711),
        labelsGuessed: 8,
      },
    ],
    ownDrops: byCause("linkFull", 9),
    permits: [],
    exchanged: [
      { link: 1, share: 7, trafficClass: 4, sentPackets: 1, sentBytes: 2, packets: 3, bytes: 4 },
      { link: 9, share: 7, trafficClass: 4, sentPackets: 1, sentBytes: 2, packets: 3, bytes: 4 },
    ],
    pairs: [{ inLink: 1, outLink: 0, packetsPassed: 10, packetsDropped: 11 }],
    entries: Float64Array.of(ALL_LINKS, 100, 12, 1, 700, 13),
  };
  for (let told = 0; told < 2; told++) forwarder.handleCarried(figures);
  expect(forwarder.sight(figures).exchanged).toEqual([
    { link: "right", share: 7, classes: { bulk: { sentPackets: 1, sentBytes: 2, packets: 3, bytes: 4 } } },
  ]);
  const { links, transit, drops } = forwarder.snapshot();
  expect(links[0]).toMatchObject({ packetsForwarded: 0, packetsDelivered: 0, labelsGuessed: 0 });
  expect(links[1]).toMatchObject({
    packetsForwarded: 5,
    packetsDelivered: 6,
    labelsGuessed: 8,
    drops: { circling: 7, linkFull: 0 },
    droppedLabels: { circling: 4_711 },
  });
  expect(drops).toMatchObject({ circling: 7, linkFull: 9 });
  expect(transit).toEqual(
    expect.arrayContaining([{ inLink: "right", outLink: "left", packets: 10, packetsDropped: 11 }]),
  );
  expect([...forwarder.entries()].map(({ label, packets }) => [label, packets])).toEqual([
    [100, 12],
    [200, 0],
    [700, 13],
  ]);
});
