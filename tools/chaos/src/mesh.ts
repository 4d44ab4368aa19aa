import { join } from "node:path";
import type { MeshFileInput } from "@florenetes/mesh-file";
import type { Lab } from "@florenetes/meshlab";
import { type HandWay, LINKS, NODES, type Way } from "./terrain.ts";
import type { Workload } from "./workload.ts";

/** The mesh file has two forms. With each `flor mesh apply` the workloads of a change places between the two paths. */
export type Layout = 0 | 1;

const USER = "user/alice";
const TLS = { listen: "tls://0.0.0.0:8443" };
/** A workload's new connection waits while its path is away. */
const PATIENCE = { "connect-wait": "1min" } as const;
const PATHS: Readonly<Record<HandWay, readonly [readonly string[], readonly string[]]>> = {
  upper: [
    ["a", "b", "d"],
    ["a", "c", "d"],
  ],
  lower: [
    ["a", "c", "d"],
    ["a", "b", "d"],
  ],
  nat: [
    ["n", "b", "d"],
    ["n", "b", "d"],
  ],
};

/** The mesh of some workloads, as a lab takes it. */
export function chaosMesh(workloads: readonly Workload[]): MeshFileInput {
  const nodes = Object.fromEntries(
    NODES.map((name) => [
      name,
      LINKS.some((link) => !link.hasRelay && link.between.includes(name)) ? { portals: { tls: TLS } } : {},
    ]),
  );
  // In a lab the second end of link n has the address 10.77.n.2.
  const links = LINKS.map(({ between, hasRelay }, index) => ({
    between: [...between] as [string, string],
    ...(!hasRelay && { portal: "tls", endpoint: `tls://10.77.${index}.2:8443` }),
  }));
  return { cluster: "chaos", nodes, links, ...uses(workloads, 0) };
}

/** The services, the tunnels and the socket of data sessions that workloads use. */
export function uses(
  workloads: readonly Workload[],
  layout: Layout,
): Pick<MeshFileInput, "services" | "tunnels" | "sessions"> {
  const routes = workloads.flatMap((workload) => workload.routes);
  const pathOf = ({ way }: { readonly way: Way }): string[] => [...PATHS[way as HandWay][layout]];
  const services = Object.fromEntries(
    routes.map(({ service, target }) => [service, { node: "d", target, allow: [USER] }]),
  );
  const tunnels = routes.flatMap((route) => {
    const { service, listen } = route;
    if (listen === undefined) return [];
    const path = pathOf(route);
    return [{ node: path[0]!, listen, as: USER, service, path, ...PATIENCE }];
  });
  const ofSessions = Object.fromEntries(
    routes
      .filter(({ listen }) => listen === undefined)
      .map((route) => [route.service, { path: pathOf(route), ...PATIENCE }]),
  );
  if (Object.keys(ofSessions).length === 0) return { services, tunnels };
  return { services, tunnels, sessions: [{ node: "a", listen: "unix:sessions.sock", as: USER, services: ofSessions }] };
}

/** The socket of data sessions at a is beside the config file. */
export function sessionSocket(lab: Lab): string {
  return join(lab.configFile("a", "cluster-flor"), "..", "sessions.sock");
}
