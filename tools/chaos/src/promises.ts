import type { FaultKind } from "./fault.ts";

/** The promise of the documents for workloads' connections during a fault of a kind. */
export interface Promised {
  /** The connections that may end: none, or those with an end at the process that was struck. */
  readonly mayEnd: "none" | "own";
  /** Whether connections that go over the struck part may stand still. */
  readonly mayPause: boolean;
  /** Whether datagrams may wait for as long as the fault lasts: a process that stands still has some in its sockets. */
  readonly holdsDatagrams: boolean;
  /** The page with the promise. */
  readonly document: string;
}

const NOTHING: Omit<Promised, "document"> = { mayEnd: "none", mayPause: false, holdsDatagrams: false };
const A_PAUSE: typeof NOTHING = { ...NOTHING, mayPause: true };

/** The table of docs/develop/chaos.md. */
export const PROMISES: Readonly<Record<FaultKind, Promised>> = {
  kill: { ...A_PAUSE, document: "systemd.md" },
  "kill-end": { ...A_PAUSE, mayEnd: "own", document: "systemd.md" },
  stop: { ...A_PAUSE, holdsDatagrams: true, document: "transport.md" },
  cut: { ...A_PAUSE, document: "transport.md" },
  outage: { ...A_PAUSE, document: "transport.md" },
  rebind: { ...A_PAUSE, document: "link-protocol.md" },
  impair: { ...A_PAUSE, document: "transport.md" },
  reload: { ...NOTHING, document: "configuration.md" },
  change: { ...NOTHING, document: "configuration.md" },
  apply: { ...NOTHING, document: "mesh-file.md" },
  list: { ...NOTHING, document: "identity.md" },
  disk: { ...NOTHING, document: "identity.md" },
  clock: { ...NOTHING, document: "identity.md" },
  relay: { ...A_PAUSE, document: "transport.md" },
  vertex: { ...A_PAUSE, document: "transport.md" },
  freeze: { ...A_PAUSE, holdsDatagrams: true, document: "transport.md" },
  leave: { ...A_PAUSE, document: "transport.md" },
  wire: { ...A_PAUSE, document: "transport.md" },
  agent: { ...NOTHING, document: "fabric.md" },
  agents: { ...NOTHING, document: "fabric.md" },
  coordinator: { ...NOTHING, document: "fabric.md" },
  member: { ...NOTHING, document: "fabric.md" },
  host: { ...A_PAUSE, mayEnd: "own", document: "fabric.md" },
  move: { ...A_PAUSE, document: "fabric.md" },
  role: { ...A_PAUSE, document: "fabric-routes.md" },
  observer: { ...NOTHING, document: "fabric.md" },
  exit: { ...A_PAUSE, mayEnd: "own", document: "vpn-flor.md" },
  "exit-node": { ...A_PAUSE, mayEnd: "own", document: "vpn-flor.md" },
  uplink: { ...A_PAUSE, mayEnd: "own", document: "vpn-flor.md" },
  client: { ...A_PAUSE, mayEnd: "own", document: "vpn-flor.md" },
  gate: { ...A_PAUSE, mayEnd: "own", document: "vpn-flor.md" },
};
