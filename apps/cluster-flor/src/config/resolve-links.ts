import { type KeyPath, parseRate } from "@florenetes/config-file";
import type { LinkLabel } from "@florenetes/forwarding";
import type { CrossConnectConfig, LinkConfig, PortalConfig } from "./cluster-config.ts";
import { indexOfLink, indexOfName, problem } from "./config-problems.ts";
import type { ClusterDocument } from "./config-problems.ts";
import type { LinkLabelSection } from "./schema.ts";

export function resolvePortals(document: ClusterDocument): PortalConfig[] {
  return Object.entries(document.value.portals).map(([name, { bind, connect }]) => ({
    name,
    bind: document.resolvePath(bind),
    connect: document.resolvePath(connect),
  }));
}

export function resolveLinks(document: ClusterDocument): LinkConfig[] {
  const { links, portals, vertex } = document.value;
  const firstByKey = new Map<string, string>();
  return Object.entries(links).map(([name, link]) => {
    const at = ["links", name];
    const { role, peer, tag, endpoint, label, "second-label": secondLabel } = link;
    const rate = link.rate === undefined ? undefined : parseRate(link.rate);
    const unknown = { code: "ERR_CONFIG_PORTAL_UNKNOWN", kind: "portal" } as const;
    const portal = indexOfName(document, [...at, "portal"], link.portal, portals, unknown);
    if (peer === vertex) {
      const advice = "A service on this vertex needs no link: write a path without `link`.";
      problem(document, [...at, "peer"], "ERR_CONFIG_LINK_SELF", "the peer is this vertex itself", advice);
    }
    checkEndpoint(document, at, role, endpoint);
    const key = JSON.stringify([link.portal, peer, tag]);
    const first = firstByKey.get(key);
    if (first !== undefined) {
      const message = `link "${first}" has the same peer and tag`;
      const advice = "Give parallel links different tags, the same at both ends of each.";
      problem(document, [...at, "peer"], "ERR_CONFIG_LINK_DUPLICATE", message, advice);
    } else {
      firstByKey.set(key, name);
    }
    return { name, portal, role, peer, tag, endpoint, rate, label, secondLabel, isTraceOff: link.trace === "off" };
  });
}

function checkEndpoint(
  document: ClusterDocument,
  at: KeyPath,
  role: LinkConfig["role"],
  endpoint: string | undefined,
): void {
  if (role === "originator" && endpoint === undefined) {
    const advice = 'Add where the peer listens, as `endpoint: "udp://10.0.0.2:4433"`.';
    problem(document, [...at, "endpoint"], "ERR_CONFIG_ENDPOINT_MISSING", "an originator needs an endpoint", advice);
  }
  if (role === "acceptor" && endpoint !== undefined) {
    const advice = "Remove it, or make this end the originator (and the other end the acceptor).";
    problem(document, [...at, "endpoint"], "ERR_CONFIG_ENDPOINT_UNUSED", "an acceptor has no endpoint", advice);
  }
}

/** Resolves each pair once, whatever the order of its two links, and however often it is written. */
export function resolveTransit(document: ClusterDocument): (readonly [number, number])[] {
  const pairs = new Map<string, readonly [number, number]>();
  for (const [index, [first, second]] of document.value.transit.entries()) {
    const at = ["transit", index];
    const a = indexOfLink(document, [...at, 0], first!);
    const b = indexOfLink(document, [...at, 1], second!);
    if (first === second) {
      const advice = "Name two links: nothing may go back over the link it came from.";
      problem(document, [...at, 1], "ERR_CONFIG_TRANSIT_SELF", `"${first}" is named twice`, advice);
    }
    const pair = [Math.min(a, b), Math.max(a, b)] as const;
    pairs.set(pair.join(" "), pair);
  }
  return [...pairs.values()];
}

export function resolveCrossConnects(document: ClusterDocument): CrossConnectConfig[] {
  return document.value["cross-connects"].map(({ from, to }, index) => {
    const at = ["cross-connects", index];
    if (from.link === to.link) {
      const message = `it leads back over link "${from.link}"`;
      const advice = "A piece of an LSP joins two different links.";
      problem(document, [...at, "to", "link"], "ERR_CONFIG_CROSS_CONNECT_SELF", message, advice);
    }
    return {
      from: resolveLinkLabel(document, [...at, "from"], from),
      to: resolveLinkLabel(document, [...at, "to"], to),
    };
  });
}

export function resolveLspEnds(document: ClusterDocument): LinkLabel[] {
  return document.value["lsp-ends"].map((end, index) => resolveLinkLabel(document, ["lsp-ends", index], end));
}

function resolveLinkLabel(document: ClusterDocument, at: KeyPath, { link, label }: LinkLabelSection): LinkLabel {
  return { link: indexOfLink(document, [...at, "link"], link), label };
}
