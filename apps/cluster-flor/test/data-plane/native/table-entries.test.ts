import { LabelTable, Operation } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import { tableEntries } from "../../../src/data-plane/native/table-entries.ts";
import { SlotMap } from "../../../src/config/slot-map.ts";

const base = { portal: 0, role: "originator", peer: "x", tag: "0", endpoint: undefined } as const;
const config = {
  links: SlotMap.of([
    { ...base, name: "left", label: 100 },
    { ...base, name: "right", label: 200, secondLabel: 201 },
    { ...base, name: "other", label: 300 },
  ]),
  services: SlotMap.of([
    {
      name: "web",
      label: 900,
      secondLabel: 901,
      identity: "i",
      target: { kind: "unix" as const, path: "/s" },
      tellsPrincipal: false,
      allow: [],
    },
  ]),
  transit: [[0, 1] as const],
  permits: [
    { pair: [1, 2] as const, allowance: { classes: 0b1000, bitsPerSecond: 5 + 3 * 2 ** 32 }, ids: [] },
    { pair: [1, 2] as const, share: 4_095, allowance: { classes: 0b1000, bitsPerSecond: 2 ** 60 }, ids: [] },
  ],
  transitLimit: { packetsPerSecond: 1, bytesPerSecond: 1 },
  crossConnects: [{ from: { link: 0, label: 500 }, to: { link: 2, label: 600 } }],
  lspEnds: [{ link: 1, label: 700 }],
};

test("the data thread gets each entry of the label table", () => {
  const numbers = [...tableEntries(config)];
  const entries = Array.from({ length: numbers.length / 5 }, (_, at) => numbers.slice(5 * at, 5 * at + 5));
  expect(entries).toEqual([
    [1, 0, 100, 0, 0],
    [1, 1, 200, 0, 0],
    [1, 1, 201, 0, 0],
    [1, 2, 300, 0, 0],
    [5, 0, 900, 0, 0],
    [5, 0, 901, 0, 0],
    [2, 0, 1, 0, 0],
    [2, 1, 0, 0, 0],
    [2, 1, 2, 5, 3 * 0x20_0000 + 0x108],
    [2, 2, 1, 5, 3 * 0x20_0000 + 0x108],
    [2, 1, 2, 0xffff_ffff, 0x7ff * 0x20_0000 + 0xfff * 0x200 + 0x108],
    [2, 2, 1, 0xffff_ffff, 0x7ff * 0x20_0000 + 0xfff * 0x200 + 0x108],
    [3, 0, 500, 2, 600],
    [3, 2, 600, 0, 500],
    [4, 1, 700, 0, 0],
  ]);
  const table = new LabelTable(config);
  expect(
    entries.filter(([kind]) => kind !== 2),
    "as many as TypeScript makes of the same config",
  ).toHaveLength(table.length);
  const swaps = Array.from({ length: table.size }, (_, at) => table.entry(at)).filter(
    ({ operation }) => operation === Operation.swap,
  );
  expect(entries.filter(([kind]) => kind === 3)).toEqual(
    swaps.map(({ inLink, label, target, outLabel }) => [3, inLink, label, target, outLabel]),
  );
});
