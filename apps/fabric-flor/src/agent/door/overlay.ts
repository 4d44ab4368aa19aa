/** The overlay that an agent orders at the door of a cluster vertex (docs/protocol/fabric-door.md). Times are milliseconds since 1970. */
import { type TrafficClassName, TRAFFIC_CLASS_NAMES } from "@florenetes/forwarding";
import { z } from "zod";

/** A route of a path that has several. */
export interface OverlayRoute {
  /** A link of the vertex. */
  readonly link: string;
  /** Labels behind the link: one for each vertex of `via`, the last one being the service's at the host. */
  readonly labels: readonly number[];
  /** Vertices from the link's far end to the host. */
  readonly via: readonly string[];
  /** Packets that go over the route carry this share, 1 to 4,095; undefined: none, or the vertex knows no shares. */
  readonly share?: number | undefined;
  readonly until: number;
  /** Why connections of these classes, or of all, leave the route though it has not failed. */
  readonly avoid?:
    | { readonly why: "capacity_limited"; readonly classes?: readonly TrafficClassName[] | undefined }
    | { readonly why: "fenced" }
    | undefined;
}

/** A path of the overlay: over its `routes`, or over one link with `labels`. */
export interface OverlayPath {
  readonly name: string;
  /** A link of the vertex; without it, and without `routes`: the path leads to a service of the vertex itself. */
  readonly link?: string | undefined;
  readonly labels?: readonly number[] | undefined;
  /** The preferred one first. */
  readonly routes?: readonly OverlayRoute[] | undefined;
  readonly until: number;
}

/** The path to which a service is led. */
export interface OverlayLead {
  readonly service: string;
  /** The name that the far end proves, where `service` is an alias. */
  readonly proves?: string | undefined;
  /** The path that new streams take; undefined: there is none yet. */
  readonly path?: string | undefined;
  /** The path that is to be proven. */
  readonly next?: string | undefined;
  /** The path that new streams take while nothing is heard of the host of `path`. */
  readonly standby?: string | undefined;
  readonly until: number;
}

/** A link that the agent makes. */
export interface OverlayLink {
  readonly name: string;
  readonly peer: string;
  /** Undefined: "0". */
  readonly tag?: string | undefined;
  /** Undefined: the first one of the vertex. */
  readonly portal?: string | undefined;
  /** Endpoints at which this end calls; none: the peer calls. */
  readonly endpoints: readonly string[];
  /** In bits per second; undefined: no limit. */
  readonly rate?: number | undefined;
  readonly until: number;
}

/** Opens a pair of links to packets that only pass through. */
export interface OverlayTransit {
  readonly from: string;
  readonly to: string;
  readonly classes: readonly TrafficClassName[];
  /** In bits per second, for each direction by itself. */
  readonly rate: number;
  /** A name of the agent's own. */
  readonly permit: string;
  /** Opens the pair to packets of this share, 1 to 4,095; undefined: to those whose share has no permits of its own, or the vertex knows no shares. */
  readonly share?: number | undefined;
  readonly until: number;
}

export interface Overlay {
  readonly paths: readonly OverlayPath[];
  readonly leads: readonly OverlayLead[];
  /** SHA-256 hashes of keys, by principals: `service/web`. */
  readonly pins: Readonly<Record<string, readonly string[]>>;
  /** A missing list is an empty one. */
  readonly links?: readonly OverlayLink[] | undefined;
  readonly transit?: readonly OverlayTransit[] | undefined;
}

const number = z.int().min(0);
export const trafficClass: z.ZodType<TrafficClassName> = z.enum(TRAFFIC_CLASS_NAMES);

const route: z.ZodType<OverlayRoute> = z.object({
  link: z.string(),
  labels: z.array(number),
  via: z.array(z.string()),
  share: number.optional(),
  until: number,
  avoid: z
    .discriminatedUnion("why", [
      z.object({ why: z.literal("capacity_limited"), classes: z.array(trafficClass).optional() }),
      z.object({ why: z.literal("fenced") }),
    ])
    .optional(),
});

/** The overlay in a view. Members of later versions are passed over. */
export const overlaySchema: z.ZodType<Overlay> = z.object({
  paths: z.array(
    z.object({
      name: z.string(),
      link: z.string().optional(),
      labels: z.array(number).optional(),
      routes: z.array(route).optional(),
      until: number,
    }),
  ),
  leads: z.array(
    z.object({
      service: z.string(),
      proves: z.string().optional(),
      path: z.string().optional(),
      next: z.string().optional(),
      standby: z.string().optional(),
      until: number,
    }),
  ),
  pins: z.record(z.string(), z.array(z.string())),
  links: z
    .array(
      z.object({
        name: z.string(),
        peer: z.string(),
        tag: z.string().optional(),
        portal: z.string().optional(),
        endpoints: z.array(z.string()),
        rate: number.optional(),
        until: number,
      }),
    )
    .optional(),
  transit: z
    .array(
      z.object({
        from: z.string(),
        to: z.string(),
        classes: z.array(trafficClass),
        rate: number,
        permit: z.string(),
        share: number.optional(),
        until: number,
      }),
    )
    .optional(),
});

/** Whether two overlays say the same, in whatever order their parts are. */
export function isSameOverlay(a: Overlay, b: Overlay): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted({ paths, leads, pins, links = [], transit = [] }: Overlay): unknown {
  return [
    inOrder(
      paths.map(({ name, link = null, labels = [], routes = [], until }) => [
        name,
        link,
        labels,
        routes.map(({ link, labels, via, share = 0, until, avoid }) => [
          link,
          labels,
          via,
          share,
          until,
          avoidOf(avoid),
        ]),
        until,
      ]),
    ),
    inOrder(
      leads.map(({ service, proves = null, path = null, next = null, standby = null, until }) => {
        return [service, proves, path, next, standby, until];
      }),
    ),
    inOrder(Object.entries(pins).map(([principal, keys]) => [principal, ...keys.toSorted()])),
    inOrder(
      links.map(({ name, peer, tag = "0", portal = null, endpoints, rate = null, until }) => {
        return [name, peer, tag, portal, endpoints, rate, until];
      }),
    ),
    inOrder(
      transit.map(({ from, to, classes, rate, permit, share = 0, until }) => {
        return [`${from} ${to} ${permit} ${share}`, classes.toSorted(), rate, until];
      }),
    ),
  ];
}

function avoidOf(avoid: OverlayRoute["avoid"]): unknown {
  if (avoid === undefined) return null;
  return [avoid.why, avoid.why === "fenced" ? [] : (avoid.classes?.toSorted() ?? null)];
}

/** Parts in the order of what comes first in them, and then of the rest. */
function inOrder(parts: readonly (readonly unknown[])[]): readonly string[] {
  return parts.map((part) => JSON.stringify(part)).sort();
}
