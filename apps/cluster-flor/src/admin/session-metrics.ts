import { type Metric, countSamples } from "@florenetes/process-kit";
import type { SessionSocketStatus } from "../sessions/session-status.ts";
import type { ClusterStatus } from "./cluster-status.ts";

/** The metrics of the sockets at which workloads speak data sessions. Their streams and flows are counted with all others. */
export const SESSION_METRICS: readonly Metric<ClusterStatus>[] = [
  socketMetric(
    "gauge",
    "session_listening",
    "1 while the socket takes [data sessions](../protocol/data-session.md); `socket` is its listen address.",
    ({ isListening }) => Number(isListening),
  ),
  socketMetric("gauge", "sessions_open", "Data sessions that are open.", ({ open }) => open),
  socketMetric("counter", "sessions_total", "Data sessions that were let in.", ({ total }) => total),
  reasonMetric(
    "sessions_refused_total",
    "Data sessions that were not let in, by [reason](../protocol/data-session.md#codes).",
    ({ refused }) => refused,
  ),
  reasonMetric(
    "sessions_ended_total",
    "Data sessions that have ended, by reason: `DONE`, `CONNECTION_LOST`, `OVER_CREDIT` and others",
    ({ ended }) => ended,
  ),
];

/** The services of all sockets, each with the name under which its streams are counted. */
export function sessionServices(
  sessions: readonly SessionSocketStatus[],
): readonly { readonly name: string; readonly status: SessionSocketStatus["services"][number] }[] {
  return sessions.flatMap(({ listen, services }) =>
    services.map((status) => ({ name: `${listen} ${status.name}`, status })),
  );
}

function socketMetric(
  kind: "gauge" | "counter",
  name: string,
  help: string,
  valueOf: (socket: SessionSocketStatus) => number,
): Metric<ClusterStatus> {
  return {
    name,
    kind,
    help,
    labels: ["cluster", "socket"],
    *samples({ cluster, sessions }) {
      for (const socket of sessions) yield { labels: { cluster, socket: socket.listen }, value: valueOf(socket) };
    },
  };
}

function reasonMetric(
  name: string,
  help: string,
  countsOf: (socket: SessionSocketStatus) => SessionSocketStatus["refused"],
): Metric<ClusterStatus> {
  return {
    name,
    kind: "counter",
    help,
    labels: ["cluster", "socket", "code"],
    *samples({ cluster, sessions }) {
      for (const socket of sessions) yield* countSamples(countsOf(socket), "code", { cluster, socket: socket.listen });
    },
  };
}
