/** The ledger of simulated FlorIO ports finds ports that lose count, or keep more than they may. */
import {
  memoryFlorioPair,
  type MemoryFlorioPort,
  QUEUE_BYTES_MAX,
  QUEUE_CONTROL_MAX,
  QUEUE_FRAMES_MAX,
} from "@florenetes/florio";
import { describe, expect, test } from "vitest";
import { FlorioLedger } from "../src/sim/florio-ledger.ts";

const nobody = { onData() {}, onControl() {}, onConnected() {}, onDisconnected() {}, onWritable() {} };

/** Two ports; the first has sent a message and a packet that the other has not read. */
function openPair(): {
  readonly ledger: FlorioLedger;
  readonly cluster: MemoryFlorioPort;
  readonly link: MemoryFlorioPort;
} {
  const pair = memoryFlorioPair(nobody, nobody);
  const { a: cluster, b: link } = pair;
  pair.connect();
  cluster.sendControl(Uint8Array.of(1));
  cluster.sendPacket(1, new Uint8Array(100), 0, 100);
  cluster.flush();
  return { ledger: new FlorioLedger({ cluster, link }), cluster, link };
}

describe("a ledger of frames", () => {
  test("agrees with ports while frames are under way, and when they are read", () => {
    const { ledger, link } = openPair();
    ledger.checkFrames();
    link.runTurn();
    ledger.checkFrames();
    ledger.checkPackets(1);
  });

  test("knows what a killed process had not read", () => {
    const { ledger, link } = openPair();
    ledger.handleKill("link");
    link.kill();
    ledger.checkFrames();
  });

  test("finds frames that nobody counts", () => {
    const { ledger, link } = openPair();
    link.kill();
    expect(() => ledger.checkFrames()).toThrow("frames that the link vertex counts");
  });

  test("finds packets that one side counts and the other one does not", () => {
    const { ledger, cluster, link } = openPair();
    link.runTurn();
    expect(() => ledger.checkPackets(2)).toThrow("packets that FlorIO counts");
    cluster.counters.packetsSent++;
    expect(() => ledger.checkFrames()).toThrow("packets in the frames to link");
  });
});

test.each([
  ["DATA frames", { frames: QUEUE_FRAMES_MAX + 1, bytes: 0, control: 0 }],
  ["bytes", { frames: 0, bytes: QUEUE_BYTES_MAX + 1, control: 0 }],
  ["messages", { frames: 0, bytes: 0, control: QUEUE_CONTROL_MAX + 1 }],
])("too many %s that wait stop the run", (_name, waiting) => {
  const { ledger, cluster } = openPair();
  ledger.checkWaiting(cluster);
  expect(() => ledger.checkWaiting({ ...cluster, waiting })).toThrow("wait for a socket");
});
