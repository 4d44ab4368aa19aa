import { parseServiceTarget, parseStreamAddress } from "@florenetes/config-file";
import type { KeyPath, ServiceTarget, StreamAddress } from "@florenetes/config-file";
import { TrafficClass } from "@florenetes/labels";
import type { PathConfig, ServiceConfig } from "./cluster-config.ts";
import { indexOfLink, problem } from "./config-problems.ts";
import type { ClusterDocument } from "./config-problems.ts";

export function resolveServices(document: ClusterDocument): ServiceConfig[] {
  return Object.entries(document.value.services).map(
    ([name, { label, identity, target, allow, classes, ...rest }]) => ({
      name,
      label,
      identity: document.resolvePath(identity),
      target: resolveTarget(document, target),
      tellsPrincipal: rest["proxy-protocol"] === "v2",
      allow: [...new Set(allow)],
      classes: classes && new Set(classes.map((name) => TrafficClass[name])),
    }),
  );
}

function resolveTarget(document: ClusterDocument, text: string): ServiceTarget {
  const target = parseServiceTarget(text)!;
  return target.kind === "self" ? target : resolveAddress(document, text);
}

/** An address that the schema has read already. */
export function resolveAddress(document: ClusterDocument, text: string): StreamAddress {
  const address = parseStreamAddress(text)!;
  return address.kind === "unix" ? { kind: "unix", path: document.resolvePath(address.path) } : address;
}

export function resolvePaths(document: ClusterDocument): PathConfig[] {
  return Object.entries(document.value.paths).map(([name, { link, labels, mtu }]) => {
    const at = ["paths", name];
    if (link === undefined) {
      checkLocalPath(document, at, labels);
      return { name, link: undefined, labels, mtu };
    }
    return { name, link: indexOfLink(document, [...at, "link"], link), labels, mtu };
  });
}

/** Name of the service here that has this label. */
export function localServiceOf(document: ClusterDocument, label: number | undefined): string | undefined {
  return Object.entries(document.value.services).find(([, service]) => service.label === label)?.[0];
}

function checkLocalPath(document: ClusterDocument, at: KeyPath, labels: readonly number[]): void {
  if (labels.length === 1 && localServiceOf(document, labels[0]) !== undefined) return;
  const message =
    labels.length === 1
      ? `a path without \`link\` stays on this vertex, where no service has label ${labels[0]}`
      : "a path without `link` stays on this vertex: it has one label, that of a service here";
  const advice = "Add the `link` that it starts with, or write the label of one of `services`.";
  problem(document, [...at, "labels"], "ERR_CONFIG_PATH_LOCAL", message, advice);
}
