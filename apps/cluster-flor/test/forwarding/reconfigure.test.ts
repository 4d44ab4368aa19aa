import { Random, runs } from "@florenetes/simkit";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { SlotMap } from "../../src/config/slot-map.ts";
import { ALL_LINKS, LabelTable } from "@florenetes/forwarding";
import { anyConfig, numbering } from "../config/any-config.ts";
import { config, frameOf, linkOf, packetOf, Recorder, serviceOf, TO_A, TO_B, TO_C, WEB } from "./recorder.ts";

const seeds = fc.noShrink(fc.integer({ min: 0, max: 0x7fffffff }));

test("from any config to any other, the table is that of a start with the other", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const random = new Random(seed);
      const numbered = numbering();
      let running = numbered(anyConfig(random));
      const { forwarder } = new Recorder(running);
      for (let step = 0; step < 5; step++) {
        running = numbered(anyConfig(random));
        forwarder.reconfigure(running, new SlotMap());
        const fresh = new Recorder(running).forwarder;
        const rows = (of: typeof forwarder): unknown[] =>
          [...of.entries()].map((row) => JSON.stringify(row)).toSorted();
        expect(rows(forwarder)).toEqual(rows(fresh));
        expect(forwarder.snapshot()).toEqual(fresh.snapshot());
      }
    }),
    { numRuns: runs(100, 30) },
  );
});

test("what both configs have goes on counting, and what is gone counts no more", () => {
  const recorder = new Recorder();
  const { forwarder } = recorder;
  const pass = (label: number): void => forwarder.handleFrame(0, frameOf([packetOf([label, WEB])]));
  pass(TO_B);
  pass(TO_C);
  const [a, b] = config.links.values();
  const next = {
    ...config,
    links: SlotMap.of([a, b, undefined, linkOf("d", 104)]),
    transit: [
      [0, 1],
      [0, 3],
    ] as const,
  };
  forwarder.reconfigure({ ...next, crossConnects: [], lspEnds: [] }, new SlotMap());
  pass(TO_B);
  pass(TO_C);
  pass(104);
  expect(recorder.actions).toEqual(["frame of 1 to 1", "frame of 1 to 2", "frame of 1 to 1", "frame of 1 to 3"]);
  expect([...forwarder.entries()].map(({ label, packets }) => [label, packets])).toEqual([
    [TO_A, 0],
    [TO_B, 2],
    [104, 1],
    [WEB, 0],
    [901, 0],
  ]);
  const { links, transit, drops } = forwarder.snapshot();
  expect(links.map(({ name, packetsForwarded }) => [name, packetsForwarded])).toEqual([
    ["a", 4],
    ["b", 0],
    ["d", 0],
  ]);
  expect(drops).toMatchObject({ unknownLabel: 1 });
  expect(transit.filter(({ packets }) => packets > 0)).toMatchObject([
    { inLink: "a", outLink: "b", packets: 2 },
    { inLink: "a", outLink: "d", packets: 1 },
  ]);
  expect(() => forwarder.handleFrame(2, frameOf([packetOf([WEB])]))).toThrow("configured link");
});

test("labels change without a packet that is dropped while the former ones are the second ones", () => {
  const recorder = new Recorder();
  const { forwarder } = recorder;
  const pass = (...labels: readonly number[]): void => forwarder.handleFrame(0, frameOf([packetOf(labels)]));
  const [a, b, c] = config.links.values();
  const wider = {
    ...config,
    links: SlotMap.of([{ ...a!, label: 111, secondLabel: TO_A }, { ...b!, label: 112, secondLabel: TO_B }, c]),
    services: SlotMap.of([{ ...config.services.get(0)!, label: 910, secondLabel: WEB }, config.services.get(1)]),
  };
  forwarder.reconfigure(wider, new SlotMap());
  for (const label of [TO_B, 112]) pass(label, WEB);
  for (const label of [WEB, 910]) pass(label);
  expect(recorder.drops()).toEqual({});
  expect(recorder.actions.filter((action) => action === "frame of 1 to 1")).toHaveLength(2);
  expect(recorder.actions.filter((action) => action.startsWith("service 0"))).toHaveLength(2);
  forwarder.reconfigure({ ...wider, links: SlotMap.of([linkOf("a", 111), linkOf("b", 112), c]) }, new SlotMap());
  pass(112, WEB);
  expect(recorder.drops()).toEqual({});
  pass(TO_B, WEB);
  expect(recorder.drops()).toEqual({ unknownLabel: 1 });
});

test("labels that contradict each other change nothing", () => {
  const { forwarder } = new Recorder();
  const before = [...forwarder.entries()];
  expect(() =>
    forwarder.reconfigure({ ...config, services: SlotMap.of([serviceOf("web", TO_A)]) }, new SlotMap()),
  ).toThrow("label 101");
  expect([...forwarder.entries()]).toEqual(before);
});

test("what is on its way to a service here when that goes is dropped", () => {
  const recorder = new Recorder();
  const packet = packetOf([WEB]);
  recorder.forwarder.sendFromHere(-1, packet, 0, packet.length);
  recorder.forwarder.reconfigure(
    { ...config, services: SlotMap.of([undefined, config.services.get(1)]) },
    new SlotMap(),
  );
  recorder.endTurn();
  recorder.forwarder.handleDelivered(0, 0, packet, false);
  expect(recorder.actions).toEqual(["frame end"]);
  expect(recorder.drops()).toEqual({ unknownLabel: 2 });
});

test("table after table, counts are given back: those of now are as many as the table has rows", () => {
  let table = new LabelTable(config);
  for (let round = 0; round < 100; round++) {
    const links = [...[...config.links.values()].slice(0, 2), linkOf("c", 200 + round)];
    table = new LabelTable({ ...config, links }, { former: table });
  }
  const row = table.rowOf(ALL_LINKS, TO_B);
  table.countFor(row, 3);
  expect(new LabelTable(config, { former: table }).entry(row).packets).toBe(3);
});
