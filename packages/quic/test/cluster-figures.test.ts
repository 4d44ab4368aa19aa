/** The figures of cluster-flor's data thread: Rust tells each figure that TypeScript knows, and no other. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type NativeClusterFigures, openDataPlane, readClusterFigures, TableEntry } from "@florenetes/data-plane";
import { afterAll, expect, test } from "vitest";
import { Pair } from "../testing/conformance/index.ts";
import { nativeConnectionOf } from "../src/native/native-connection.ts";
import { clusterSettings } from "./cluster-settings.ts";
import { nativeContext } from "./native-context.ts";

const plane = openDataPlane();
const folder = mkdtempSync(join(tmpdir(), "florenetes-figures-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Drops by cause, as many as packages/forwarding has names. */
const drops = Array<number>(16).fill(0);
const counts = {
  packetsReceived: 0,
  bytesReceived: 0,
  packetsSent: 0,
  bytesSent: 0,
  droppedDown: 0,
  droppedFull: 0,
  packetsForwarded: 0,
  packetsDelivered: 0,
  drops,
  droppedLabels: drops,
  labelsGuessed: 0,
};
const flowDrops = {
  queue: 0,
  late: 0,
  tooLarge: 0,
  unfinished: 0,
  unknownFlow: 0,
  malformed: 0,
  noRoom: 0,
  refused: 0,
  target: 0,
};
const traffic = { datagramsSent: 0, bytesSent: 0, datagramsReceived: 0, bytesReceived: 0 };
const flows = { endedIdle: 0, endedRoom: 0, ...traffic, drops: flowDrops };
const streams = { open: 0, total: 0, refused: [], cut: [], flows };

const figures: NativeClusterFigures = {
  ports: [
    {
      port: 0,
      framesNoLink: 0,
      figures: {
        isConnected: false,
        isWritable: false,
        waitingFor: expect.stringMatching(/./),
        counters: {
          framesSent: 0,
          framesReceived: 0,
          packetsSent: 0,
          packetsReceived: 0,
          packetsRefusedQueueFull: 0,
          packetsRefusedNotConnected: 0,
          packetsRefusedUnsendable: 0,
          packetsDroppedNotConnected: 0,
          packetsDroppedUnsendable: 0,
          controlDropped: 0,
          socketFull: 0,
          disconnects: 0,
          framesDroppedDisconnected: 0,
          framesDroppedMalformed: 0,
          framesDroppedVersion: 0,
          framesDroppedType: 0,
          framesDroppedSender: 0,
        },
      },
    },
  ],
  links: [
    { link: 0, ...counts },
    { link: 1, ...counts },
  ],
  ownDrops: drops,
  permits: [],
  exchanged: [],
  pairs: [{ inLink: 0, outLink: 1, packetsPassed: 0, packetsDropped: 0 }],
  entries: Float64Array.of(-2, 100, 0, -2, 200, 0, -2, 900, 0, 0, 500, 0),
  connections: [
    {
      connection: 7,
      rttMs: expect.any(Number),
      bytesSent: expect.any(Number),
      bytesReceived: expect.any(Number),
      packetsSent: expect.any(Number),
      packetsLost: expect.any(Number),
      packetsReceived: expect.any(Number),
      newestPacket: expect.any(Number),
      outLink: 1,
      words: Uint32Array.of(900 << 12, 5),
      payloadMax: 1_300,
      streamsOpen: 0,
      streamsOpening: 0,
      isInFlight: expect.any(Boolean),
      silentMs: expect.any(Number),
      unansweredMs: expect.any(Number),
      packetsIgnored: 0,
    },
  ],
  accounts: [
    { number: 3, isService: false, ...streams },
    { number: 4, isService: true, ...streams },
  ],
  drops: {
    packetsUntold: 0,
    wrongService: 0,
    connectionOver: 0,
    unauthenticated: 0,
    messagesUntold: 0,
  },
  streamsUntold: 0,
  memoryHeld: 0,
  workloadsOpen: 0,
};

test.skipIf(plane.kind === "absent")(
  "figures are those that TypeScript knows (skipped where there is no cargo)",
  () => {
    if (plane.kind === "absent") return;
    const { credentials, engine } = nativeContext(1)!;
    const pair = new Pair({ credentials, engine, now: () => 0, sleep: async () => {} });
    pair.settle();
    const lane = new plane.addon.NativeCluster(0, clusterSettings, () => {});
    lane.openPort(0, join(folder, "ours"), join(folder, "theirs"));
    const { link, permit, swap, service } = TableEntry;
    const entries = [link, 0, 100, 0, 0, link, 1, 200, 0, 0, permit, 0, 1, 0, 0];
    entries.push(service, 4, 900, 0, 0, swap, 0, 500, 1, 600);
    lane.setTable(Uint32Array.from(entries), 1_000_000, 1_000_000_000);
    lane.setLink(1, 0, 1, 16_000, 16_000, 0);
    lane.setService(4, {}, false, false);
    lane.listen(3, 2, { host: "127.0.0.1", port: 0 });
    const way = { outLink: 1, words: Uint32Array.of(900 << 12, 5), payloadMax: 1_300 };
    const rest = {
      idHigh: 0,
      idLow: 1,
      trafficClass: 0,
      isUncut: false,
      isDraining: false,
      controlUnsent: new Uint8Array(),
      quietMs: 0,
      targetPrefix: new Uint8Array(),
      peer: "peer",
    };
    lane.adopt({ connection: 7, trunk: 2, ...way, ...rest }, nativeConnectionOf(pair.client)!);
    const told = readClusterFigures(lane.figures());
    lane.close();
    const accounts = told?.accounts.toSorted((a, b) => a.number - b.number);
    expect({ ...told, accounts }).toEqual(figures);
  },
);
