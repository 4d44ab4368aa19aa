/** Costs of agents of a simulated fleet: `npm run sim -- --fabric --figures` prints them. */
import { MessageReader, writeMessage } from "@florenetes/feed";
import { expect, test } from "vitest";
import { FleetMeter } from "../src/sim/fabric/fleet-meter.ts";

const BUSY_MS = 30;

function beBusy(): void {
  const cpuMs = (): number => process.threadCpuUsage().user / 1_000;
  const until = cpuMs() + BUSY_MS;
  while (cpuMs() < until);
}

test("an agent is charged for its own time, and not for that of another one which it has run", () => {
  const meter = new FleetMeter();
  meter.run("a", () => meter.run("b", beBusy));
  beBusy();
  expect(meter.of("b").cpuMs).toBeGreaterThan(BUSY_MS - 1);
  expect(meter.of("a").cpuMs).toBeLessThan(BUSY_MS / 2);
  meter.reset();
  expect(meter.of("b").cpuMs).toBe(0);
});

test("an agent that fails does not go on running", () => {
  const meter = new FleetMeter();
  const fail = (): void => {
    throw new Error("no");
  };
  expect(() => meter.run("a", fail)).toThrow("no");
  beBusy();
  meter.run("b", () => undefined);
  expect(meter.of("a").cpuMs).toBeLessThan(BUSY_MS / 2);
});

test("records are counted as feed", () => {
  const octets = writeMessage({ kind: "records", answered: 0, records: [] });
  const reader = new MessageReader();
  reader.feed(octets);
  expect(reader.next()).toMatchObject({ message: { kind: "records" } });
  const meter = new FleetMeter();
  meter.count("a", octets);
  // The types of BEACON and MAIL.
  for (const type of [5, 6]) meter.count("a", Uint8Array.of(type, 0, 0, 0, 0));
  expect(meter.of("a")).toMatchObject({ mailOctets: 10, feedOctets: octets.length });
});
