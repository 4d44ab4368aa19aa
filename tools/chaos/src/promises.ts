import type { FaultKind } from "./fault.ts";

/** The documents' promise for connections of workloads while a fault of a kind goes on. */
export interface Promised {
  /** The connections that may end: none, or those with an end at the process that was struck. */
  readonly mayEnd: "none" | "own";
  /** Whether datagrams may lie for as long as it lasts: a process that stands still has some in its sockets. */
  readonly holdsDatagrams: boolean;
  /** The page that says so. */
  readonly document: string;
}

const NOTHING: Omit<Promised, "document"> = { mayEnd: "none", holdsDatagrams: false };

/** The table of docs/chaos.md. */
export const PROMISES: Readonly<Record<FaultKind, Promised>> = {
  kill: { ...NOTHING, document: "systemd.md" },
  "kill-end": { mayEnd: "own", holdsDatagrams: false, document: "systemd.md" },
  stop: { ...NOTHING, holdsDatagrams: true, document: "transport.md" },
  cut: { ...NOTHING, document: "transport.md" },
  outage: { ...NOTHING, document: "transport.md" },
  rebind: { ...NOTHING, document: "link-protocol.md" },
  impair: { ...NOTHING, document: "transport.md" },
  reload: { ...NOTHING, document: "configuration.md" },
  change: { ...NOTHING, document: "configuration.md" },
  apply: { ...NOTHING, document: "mesh-file.md" },
  list: { ...NOTHING, document: "identity.md" },
  disk: { ...NOTHING, document: "identity.md" },
  clock: { ...NOTHING, document: "identity.md" },
};
