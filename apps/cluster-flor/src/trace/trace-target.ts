import { OperatorError } from "@florenetes/operator-errors";
import type { PathConfig, TunnelConfig } from "../config/cluster-config.ts";
import type { ClusterConfigErrorCode } from "../config/config-errors.ts";
import { itemsOf, type RunningConfig } from "../config/running-config.ts";

/** The path that a trace goes along, and the tunnel whose way it is. */
export interface TraceTarget {
  readonly path: PathConfig;
  /** Undefined: a path was named, and no service is asked. */
  readonly tunnel: TunnelConfig | undefined;
}

/**
 * Finds what a trace is to follow by the name of a path, the address at which a tunnel listens, or the service of a tunnel.
 *
 * @throws OperatorError `ERR_TRACE_TARGET`
 */
export function findTraceTarget(config: Pick<RunningConfig, "paths" | "tunnels">, name: string): TraceTarget {
  const [paths, tunnels] = [[...itemsOf(config.paths)], [...itemsOf(config.tunnels)]];
  const of = (tunnel: TunnelConfig): TraceTarget => ({ path: config.paths[tunnel.path]!, tunnel });
  const listening = tunnels.find((tunnel) => tunnel.name === name);
  if (listening !== undefined) return of(listening);
  const path = paths.find((candidate) => candidate.name === name);
  if (path !== undefined) return { path, tunnel: undefined };
  const ofService = tunnels.filter(({ service }) => service === name);
  const [tunnel] = ofService;
  if (tunnel !== undefined && ofService.every((other) => isSameWay(other, tunnel))) return of(tunnel);
  const code: ClusterConfigErrorCode = "ERR_TRACE_TARGET";
  const message =
    tunnel === undefined ? `there is no tunnel or path "${name}"` : `several tunnels lead to service "${name}"`;
  const known = [...tunnels.map(({ name: listen }) => listen), ...paths.map(({ name: known }) => known)];
  throw new OperatorError(code, message, { advice: `Name one of: ${known.join(", ")}.` });
}

function isSameWay(a: TunnelConfig, b: TunnelConfig): boolean {
  return a.path === b.path && a.as === b.as && a.trafficClass === b.trafficClass;
}
