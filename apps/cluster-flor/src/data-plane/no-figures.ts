import type { NativeClusterFigures } from "@florenetes/data-plane";

/** Figures of a data thread that has not reported any yet. */
export const noFigures: NativeClusterFigures = {
  ports: [],
  links: [],
  ownDrops: [],
  pairs: [],
  permits: [],
  exchanged: [],
  entries: new Float64Array(0),
  connections: [],
  accounts: [],
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
