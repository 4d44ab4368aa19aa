/** Links of the overlay beside those of the file: which of them may be, and as what they run. */
import { DialBounds } from "@florenetes/config-file";
import type { ClusterConfig, LinkConfig } from "./cluster-config.ts";
import type { LeaveOut, OverlayLink } from "./overlay.ts";

/** The part of a config that bounds the links of an overlay. */
export type LinkBounds = Pick<
  ClusterConfig,
  "vertex" | "portals" | "links" | "services" | "crossConnects" | "lspEnds" | "fabric"
>;

export interface LinkProblem {
  /** `kept`: the file has the link itself. */
  readonly kind: "name" | "portal" | "self" | "dial" | "kept";
  /** For people. */
  readonly why: string;
}

/** Why a link of an overlay may not be beside those of the file; undefined: it may. */
export function findLinkProblem(link: OverlayLink, config: LinkBounds, dial: DialBounds): LinkProblem | undefined {
  const { name, peer, tag, portal, endpoints } = link;
  if (config.links.some((own) => own.name === name)) {
    return { kind: "name", why: "the config file has a link of that name" };
  }
  if (portalOf(portal, config) === undefined) {
    return {
      kind: "portal",
      why: portal === undefined ? "the config file has no portal" : `there is no portal ${portal}`,
    };
  }
  if (peer === config.vertex) return { kind: "self", why: "its peer is this vertex itself" };
  for (const endpoint of endpoints) {
    const problem = dial.findProblem(endpoint);
    if (problem !== undefined) return { kind: "dial", why: `endpoint ${endpoint} ${problem}` };
  }
  const own = config.links.find((each) => each.peer === peer && each.tag === tag);
  if (own !== undefined) return { kind: "kept", why: `link ${own.name} of the config file has the same peer and tag` };
  return undefined;
}

/** The links of an overlay as they run beside the file's. Those that may not be are left out, and so are those beyond the owner's number. */
export function linksOver(
  links: readonly OverlayLink[],
  config: LinkBounds,
  now: number,
  leaveOut: LeaveOut,
): LinkConfig[] {
  const dial = new DialBounds(config.fabric?.dial);
  const taken = labelsOf(config);
  const laid: LinkConfig[] = [];
  for (const link of links) {
    if (link.until <= now) continue;
    const { name, peer, tag, rate, label, dialled } = link;
    const isFull = laid.length >= (config.fabric?.linksMax ?? 0);
    const why =
      findLinkProblem(link, config, dial)?.why ??
      (isFull ? "`links-max` of the key `fabric` permits no more" : undefined) ??
      (label === undefined || taken.has(label)
        ? "the config file has its label: the next order gets another one"
        : undefined);
    if (why !== undefined || label === undefined) {
      leaveOut(`link ${name}`, why ?? "");
      continue;
    }
    // The link vertex goes on with the endpoint that has answered, also after a restart of this process.
    const endpoints = link.endpoints.toSorted((a, b) => Number(b === dialled) - Number(a === dialled));
    laid.push({
      name,
      portal: portalOf(link.portal, config)!,
      role: endpoints.length === 0 ? "acceptor" : "originator",
      peer,
      tag,
      endpoint: endpoints[0],
      ...(endpoints.length > 1 && { endpoints }),
      ...(endpoints.length > 0 && dialled === undefined && { isUnproven: true }),
      ...(rate !== undefined && { rate }),
      label,
      isOverlay: true,
    });
  }
  return laid;
}

/** All labels that the file names, on whichever link. */
export function labelsOf({ links, services, crossConnects, lspEnds }: LinkBounds): Set<number> {
  const ofBoth = [...links, ...services].flatMap(({ label, secondLabel = label }) => [label, secondLabel]);
  const ofCrossConnects = crossConnects.flatMap(({ from, to }) => [from.label, to.label]);
  return new Set([...ofBoth, ...ofCrossConnects, ...lspEnds.map(({ label }) => label)]);
}

/** The index of a portal; undefined: there is none. */
function portalOf(name: string | undefined, { portals }: LinkBounds): number | undefined {
  const index = name === undefined ? 0 : portals.findIndex((portal) => portal.name === name);
  return portals[index] === undefined ? undefined : index;
}
