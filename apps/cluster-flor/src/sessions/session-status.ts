import type { Counts } from "@florenetes/process-kit";
import type { RunningConfig } from "../config/running-config.ts";
import type { DatagramCounts } from "../transport/datagrams/flow-account.ts";
import type { StreamCounts } from "../transport/streams/stream-account.ts";
import type { SessionDoor } from "./session-door.ts";

/** A socket at which workloads speak data sessions. */
export interface SessionSocketStatus {
  /** The listen address as written. */
  readonly listen: string;
  /** Principal that the socket lends, as `user/<name>` or `service/<name>`. */
  readonly as: string;
  readonly isListening: boolean;
  /**
   * Why workloads are refused though the socket listens (its certificate is revoked); or why it does not listen, after
   * the code for that; else "".
   */
  readonly text: string;
  /** Sessions: how many are open and were, and the numbers of refusals and ends, by stable reason. */
  readonly open: number;
  readonly total: number;
  readonly refused: Counts;
  readonly ended: Counts;
  readonly services: readonly SessionServiceStatus[];
  readonly sessions: readonly SessionRow[];
}

interface SessionServiceStatus {
  /** The name by which workloads open the service. */
  readonly name: string;
  readonly service: string;
  readonly path: string;
  /** Why workloads cannot reach the service now, as far as that is known; "" when they can, or none has tried. */
  readonly unreached: string;
  /** Connections beside the first one of their class, made as its streams were used up. */
  readonly connectionsBeside: number;
  /** How often workloads had to wait because no connection had room for one more stream. */
  readonly streamsUsedUp: number;
  /** Streams and flows that went to the standby host of the service as the host in use was silent. */
  readonly standbyStreams: number;
  readonly connections: StreamCounts;
  readonly datagrams: DatagramCounts;
}

interface SessionRow {
  readonly pid: number;
  readonly uid: number;
  /** The workload's own name for itself. */
  readonly name: string;
  /** Streams and flows. */
  readonly streamsOpen: number;
  /** Bytes that wait for the workload to read, or for the far end. */
  readonly bytesHeld: number;
}

export function sessionStatus(door: SessionDoor, paths: RunningConfig["paths"]): SessionSocketStatus {
  const { config, as, services } = door.options;
  return {
    listen: config.name,
    as,
    isListening: door.isListening,
    text: door.problem,
    open: door.open,
    ...door.counts,
    services: services.map((trunks) => {
      const { name, service, path } = trunks.config;
      const { unreached, connectionsBeside, streamsUsedUp, standbyStreams } = trunks;
      const { streams, flows } = trunks.accounts;
      const ends = { connections: streams.counts, datagrams: flows.counts };
      const rooms = { connectionsBeside, streamsUsedUp, standbyStreams };
      return { name, service, path: paths.get(path)!.name, unreached, ...rooms, ...ends };
    }),
    sessions: [...door.sessions].map(({ session, who: { pid, uid } }) => {
      return { pid, uid, name: session.peerName, streamsOpen: session.streamCount, bytesHeld: session.held };
    }),
  };
}
