import { TRAFFIC_CLASS_NAMES, type TrafficClass, type TrafficClassName } from "@florenetes/forwarding";
import { codeName } from "./codes.ts";
import type { RunningConfig } from "../config/running-config.ts";
import type { EndConnections } from "./end-connections.ts";
import type { AccessConnection, AccessRoute, AccessSink, StreamOver } from "./streams/access-sink.ts";
import { connectionId, formatWay } from "./transport-status.ts";

/**
 * A workload connection that is over, as docs/operate/access-log.md describes it. Both ends have a record, with the
 * same connection and stream.
 */
export interface AccessRecord {
  readonly kind: "stream" | "flow";
  readonly side: "originator" | "acceptor";
  /** The originator's principal, lent by the tunnel. */
  readonly principal: string | null;
  readonly service: string;
  /** The listen address of the tunnel, or of the socket of data sessions; null at an acceptor. */
  readonly tunnel: string | null;
  /** The name of the path, or the reverse path. */
  readonly path: string;
  readonly class: TrafficClassName;
  /** The duration of the connection. */
  readonly ms: number;
  readonly sent: number;
  readonly received: number;
  /** True: the far end has not accepted the connection. */
  readonly refused: boolean;
  readonly end: string;
  /** Both null when no stream was opened. */
  readonly connection: string | null;
  readonly stream: number | null;
}

/** Takes access records, without making callers wait. */
export interface AccessLog {
  write(record: AccessRecord): void;
}

interface RecordsOptions {
  /** The links of the running config. */
  readonly linksOf: () => RunningConfig["links"];
  readonly accessLog?: AccessLog | undefined;
  readonly drivers: { readonly now: () => number };
}

/** Makes records of streams and flows that are over; undefined when no access log is kept. */
export function accessRecords(options: RecordsOptions, connections: EndConnections): AccessSink | undefined {
  const { linksOf, accessLog, drivers } = options;
  if (accessLog === undefined) return undefined;
  return (place, over) => accessLog.write(recordOf(whereIs(place, connections, linksOf()), over, drivers.now()));
}

/** The fields of a record that tell where a stream was. */
type Where = Pick<AccessRecord, "side" | "principal" | "path" | "connection">;

function whereIs(
  place: AccessConnection | AccessRoute,
  connections: EndConnections,
  links: RunningConfig["links"],
): Where & { readonly trafficClass: TrafficClass } {
  const { trafficClass } = place;
  if ("as" in place)
    return { side: "originator", principal: place.as, path: place.path, connection: null, trafficClass };
  const connection = connectionId(place);
  const originated = connections.originatedOf(place.idHigh, place.idLow);
  if (originated !== place) {
    const principal = place.peer ?? null;
    return { side: "acceptor", principal, path: formatWay(place.way, links), connection, trafficClass };
  }
  const { path } = connections.trunkOf(originated)!.options;
  return { side: "originator", principal: place.own.principal, path, connection, trafficClass };
}

function recordOf(
  { side, principal, path, connection, trafficClass }: ReturnType<typeof whereIs>,
  { stream, names, isFlow, isRefused, startedMs, sent, received, code }: StreamOver,
  now: number,
): AccessRecord {
  return {
    kind: isFlow ? "flow" : "stream",
    side,
    principal,
    service: names["service"] ?? "",
    tunnel: names["tunnel"] ?? names["socket"] ?? null,
    path,
    class: TRAFFIC_CLASS_NAMES[trafficClass]!,
    ms: Math.max(0, Math.round(now - startedMs)),
    sent,
    received,
    refused: isRefused,
    end: codeName(code),
    connection,
    stream: connection === null ? null : stream,
  };
}
