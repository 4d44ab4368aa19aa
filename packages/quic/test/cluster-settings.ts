import type { NativeClusterSettings } from "@florenetes/data-plane";

/** Settings of cluster-flor's data thread whose bounds are met soon. */
export const clusterSettings: NativeClusterSettings = {
  limits: {
    noAnswerMs: 1_000,
    silenceMs: 60_000,
    repeatAfterMs: 20,
    repeatEveryMs: 20,
    pingBusyMs: 100,
    pingIdleMs: 1_000,
    openMs: 50,
    dialMs: 1_000,
    closingMs: 20,
    lingerMs: 1_000,
    finishMs: 1_000,
    restartMs: 200,
    streamsPerConnection: 4,
    streamWindow: 65_536,
    streamWindowMax: 65_536,
    memoryMax: 1_000_000,
    memoryPerStream: 8_192,
    waitingMax: 4,
    packetsPerTurn: 16,
    bytesPerStreamTurn: 65_536,
    opensPerTurn: 4,
    controlMessagesPerTurn: 4,
  },
  packetsPerSecond: 1e6,
  bytesPerSecond: 1e9,
  seed: new Uint8Array(12),
  workloadsMax: 32,
  tellsStreams: false,
};
