import { readFileSync } from "node:fs";
import type { Lab } from "@florenetes/meshlab";
import { parse } from "yaml";

/** The parts of a cluster vertex's config that attackers need. */
export interface ClusterConfig {
  readonly links: Readonly<Record<string, { readonly label: number; readonly endpoint?: string }>>;
  readonly services?: Readonly<Record<string, { readonly label: number }>>;
}

export function readClusterConfig(lab: Lab, node: string): ClusterConfig {
  return parse(readFileSync(lab.configFile(node, "cluster-flor"), "utf8")) as ClusterConfig;
}

/** The labels of a node's links and services, by the name of the peer or the service. */
export function labelsOf(lab: Lab, node: string): Readonly<Record<string, number>> {
  const { links, services = {} } = readClusterConfig(lab, node);
  return Object.fromEntries(Object.entries({ ...links, ...services }).map(([name, { label }]) => [name, label]));
}
