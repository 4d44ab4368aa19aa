/** A loss on the way to a link vertex is counted once: the forwarder, the links and FlorIO as they are. */
import { memoryFlorioPair } from "@florenetes/florio";
import { wordsOf, writeHeader } from "@florenetes/forwarding";
import { expect, test } from "vitest";
import type { LinkConfig } from "../src/config/cluster-config.ts";
import { Links } from "../src/connection/links.ts";
import { sumLosses } from "../src/connection/portal-losses.ts";
import { Forwarder } from "../src/forwarding/forwarder.ts";
import { SlotMap } from "../src/config/slot-map.ts";

const packetSize = 16_000;

function scene() {
  const ignore = (): void => {};
  const handlers = {
    onData: ignore,
    onControl: ignore,
    onConnected: ignore,
    onDisconnected: ignore,
    onWritable: ignore,
  };
  const pair = memoryFlorioPair(handlers, handlers, { socketFrames: 2 });
  pair.connect();
  const link: LinkConfig = {
    name: "b",
    portal: 0,
    role: "originator",
    peer: "b",
    tag: "0",
    endpoint: "udp://127.0.0.1:1",
    label: 100,
  };
  const links = new Links(SlotMap.of([link]), 0, { setLink() {} });
  links.setPort(0, pair.a);
  const mtu = 16_384;
  const status = { peer: "b", tag: "0", state: "up", handle: 7, mtu, preferredMtu: mtu, code: "", text: "" } as const;
  links.handleStatus(0, { ...status, isCongested: false }, 0);
  const forwarder = new Forwarder({
    config: {
      links: SlotMap.of([link]),
      transit: [],
      transitLimit: { packetsPerSecond: Infinity, bytesPerSecond: Infinity },
      crossConnects: [],
      lspEnds: [],
      services: new SlotMap(),
    },
    output: links,
    delivery: { deliverToService: ignore, deliverToConnection: ignore, handleFrameEnd: ignore },
    afterTurn: ignore,
    now: () => 0,
    seed: 1,
    onGuessing: ignore,
  });
  const packet = new Uint8Array(packetSize);
  writeHeader(packet, 0, 1, 2, wordsOf([900]));
  /** Returns how many packets were not taken. */
  const send = (count: number): number => {
    let refused = 0;
    for (let i = 0; i < count; i++) if (!forwarder.sendFromHere(0, packet, 0, packetSize)) refused++;
    return refused;
  };
  const drops = () => ({
    forwarding: forwarder.snapshot().drops,
    florio: sumLosses([{ florio: { ...pair.a.counters, framesDroppedUnknownLink: 0 } }]),
  });
  const lost = (): number =>
    Object.values(drops())
      .flatMap((counts) => Object.values(counts))
      .reduce((sum, count) => sum + count, 0);
  const row = () => links.status(() => "p", 0)[0]!;
  return { pair, links, send, drops, lost, row };
}

test("a packet that FlorIO does not take is forwarding's to count, and nobody else's", () => {
  const { send, drops, lost, row, pair } = scene();
  const refused = send(200);
  expect(refused).toBeGreaterThan(0);
  expect(lost()).toBe(refused);
  expect(drops().forwarding["linkFull"]).toBe(refused);
  expect(pair.a.counters.packetsRefusedQueueFull, "which shows why").toBe(refused);
  expect(row()).toMatchObject({ packetsSent: 200 - refused, packetsDropped: refused });
});

test("a packet that FlorIO took, and lost with its partner, is FlorIO's to count", () => {
  const { send, drops, lost, pair } = scene();
  const refused = send(200);
  pair.b.kill();
  pair.a.flush();
  pair.settle();
  const { packetsSent } = pair.a.counters;
  expect(drops().florio["packetsDroppedNotConnected"]).toBe(200 - refused - packetsSent);
  expect(drops().forwarding["linkFull"]).toBe(refused);
  expect(lost()).toBe(200 - packetsSent);
});
