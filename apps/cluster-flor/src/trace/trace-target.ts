import { OperatorError } from "@florenetes/operator-text";
import type { PathConfig, TunnelConfig } from "../config/cluster-config.ts";
import type { ClusterConfigErrorCode } from "../config/config-errors.ts";
import type { RunningConfig } from "../config/running-config.ts";

/** The path that a trace follows, and the tunnel that uses it. */
export interface TraceTarget {
  readonly path: PathConfig;
  /** Undefined: a path was named, and no service is asked. */
  readonly tunnel: TunnelConfig | undefined;
  /** Why the tunnel does not run, or the path leads nowhere, as a sentence; undefined: neither. */
  readonly problem: string | undefined;
}

/** A tunnel of the config that does not run, as its identity cannot be used. */
export interface BrokenTunnel {
  readonly tunnel: TunnelConfig;
  /** A sentence that names it. */
  readonly problem: string;
}

/**
 * Finds what a trace is to follow by the name of a path, the address at which a tunnel listens, or the service of a tunnel.
 *
 * @param config The one that runs.
 * @param broken Tunnels that it lacks; their paths have the numbers that they have in it.
 * @throws OperatorError `ERR_TRACE_TARGET`
 */
export function findTraceTarget(
  config: Pick<RunningConfig, "paths" | "tunnels">,
  name: string,
  broken: readonly BrokenTunnel[] = [],
): TraceTarget {
  const paths = [...config.paths.values()];
  const tunnels = [...config.tunnels.values(), ...broken.map(({ tunnel }) => tunnel)];
  const of = (tunnel: TunnelConfig): TraceTarget => {
    const problem = broken.find((each) => each.tunnel === tunnel)?.problem;
    const path = config.paths.get(tunnel.path)!;
    return { path, tunnel, problem: problem ?? path.problem };
  };
  const listening = tunnels.find((tunnel) => tunnel.name === name);
  if (listening !== undefined) return of(listening);
  const path = paths.find((candidate) => candidate.name === name);
  if (path !== undefined) return { path, tunnel: undefined, problem: path.problem };
  const ofService = tunnels.filter(({ service, auto }) => service === name || auto === name);
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
