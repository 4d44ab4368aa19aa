import { TRAFFIC_CLASS_NAMES, type TrafficClassName } from "@florenetes/labels";
import { codeName } from "./codes.ts";
import type { RunningConfig } from "../config/running-config.ts";
import type { EndConnections } from "./end-connections.ts";
import type { AccessConnection, AccessSink, StreamOver } from "./streams/access-sink.ts";
import { connectionId, formatWay } from "./transport-status.ts";

/** One workload connection that is over, in the words of docs/access-log.md. Both ends have one, with the same connection and stream. */
export interface AccessRecord {
  readonly kind: "stream" | "flow";
  readonly side: "originator" | "acceptor";
  /** The originator's principal, which the tunnel has lent. */
  readonly principal: string | null;
  readonly service: string;
  /** The listen address of the tunnel, or of the socket of data sessions; null at an acceptor. */
  readonly tunnel: string | null;
  /** The name of the path, or the way back. */
  readonly path: string;
  readonly class: TrafficClassName;
  /** How long it was open. */
  readonly ms: number;
  readonly sent: number;
  readonly received: number;
  /** `true`: the far end has not accepted it. */
  readonly refused: boolean;
  readonly end: string;
  readonly connection: string;
  readonly stream: number;
}

/** Where access records go, each at its time. It keeps nobody waiting. */
export interface AccessLog {
  write(record: AccessRecord): void;
}

interface RecordsOptions {
  /** The links of the config that runs. */
  readonly linksOf: () => RunningConfig["links"];
  readonly accessLog?: AccessLog | undefined;
  readonly drivers: { readonly now: () => number };
}

/** Makes records of streams and flows that are over; undefined where nobody wants them. */
export function accessRecords(options: RecordsOptions, connections: EndConnections): AccessSink | undefined {
  const { linksOf, accessLog, drivers } = options;
  if (accessLog === undefined) return undefined;
  return (connection, over) => {
    const originated = connections.originatedOf(connection.idHigh, connection.idLow);
    const isOriginator = originated === connection;
    const path = isOriginator ? connections.trunkOf(originated)!.options.path : formatWay(connection.way, linksOf());
    accessLog.write(recordOf(connection, over, { isOriginator, path }, drivers.now()));
  };
}

function recordOf(
  connection: AccessConnection,
  { stream, names, isFlow, isRefused, startedMs, sent, received, code }: StreamOver,
  { isOriginator, path }: { readonly isOriginator: boolean; readonly path: string },
  now: number,
): AccessRecord {
  return {
    kind: isFlow ? "flow" : "stream",
    side: isOriginator ? "originator" : "acceptor",
    principal: isOriginator ? connection.own.principal : (connection.peer ?? null),
    service: names["service"] ?? "",
    tunnel: names["tunnel"] ?? names["socket"] ?? null,
    path,
    class: TRAFFIC_CLASS_NAMES[connection.trafficClass]!,
    ms: Math.max(0, Math.round(now - startedMs)),
    sent,
    received,
    refused: isRefused,
    end: codeName(code),
    connection: connectionId(connection),
    stream,
  };
}
