/** The view at the door of a cluster vertex (docs/protocol/fabric-door.md), as far as an agent uses it. Members of later versions are passed over. */
import type { TrafficClassName } from "@florenetes/forwarding";
import { z } from "zod";
import { type Overlay, overlaySchema, trafficClass } from "./overlay.ts";

/** A life of an agent. */
export interface AgentLife {
  readonly startedAt: number;
  readonly id: string;
}

/** Figures that a vertex has measured of a link. */
interface ViewLinkFigures {
  /** In milliseconds. */
  readonly roundTripMs: number;
  readonly jitterMs: number;
  /** Lost packets of all, from 0 to 1. */
  readonly loss: number;
  /** In kbit/s; null: not known. */
  readonly rate: number | null;
  /** How full the link's queue is, from 0 to 1. */
  readonly queue: number;
  /** Octets of the largest mesh packet. */
  readonly mtu: number;
  /** How often the link went down in the last hour. */
  readonly breaks: number;
}

export interface ViewLink {
  readonly name: string;
  readonly peer: string;
  /** Tells parallel links to one peer apart. */
  readonly tag: string;
  /** The label by which packets leave over the link; undefined: a vertex of an earlier version does not say. */
  readonly label?: number | undefined;
  readonly state: "up" | "down";
  /** Why it is down: a code of docs/protocol/portal-api.md. */
  readonly code: string;
  /** The endpoint at which this end calls at present; null: the peer calls. */
  readonly endpoint: string | null;
  /** The address at which the peer is seen, in the form of an endpoint; null: not known. */
  readonly seen: string | null;
  /** The overlay has made it. */
  readonly overlay: boolean;
  readonly figures: ViewLinkFigures | null;
}

interface ViewService {
  readonly name: string;
  readonly label: number;
  /** SHA-256 of each public key of its certificates, in lower-case hex. */
  readonly keys: readonly string[];
  /** Whether its target takes streams. */
  readonly target: (typeof TARGET_STATES)[number];
}

const TARGET_STATES = ["up", "down", "unknown"] as const;

/** States of the next path of a service, and of that to its standby: see docs/protocol/fabric-door.md. */
const LEAD_STATES = ["none", "unproven", "proven", "declined", "refused"] as const;

/** A service that something on this vertex wants over a path of the overlay. */
export interface ViewAuto {
  readonly service: string;
  readonly path: string | null;
  readonly next: string | null;
  /** Undefined: the vertex knows no standbys. */
  readonly standby?: string | null | undefined;
  /** The state of `standby`: `none` while it is not needed, or where the vertex does not tell. */
  readonly standbyState?: (typeof LEAD_STATES)[number] | undefined;
  /** The state of `next`. */
  readonly state: (typeof LEAD_STATES)[number];
  /** For people: why. */
  readonly text: string;
}

/** A route of a path of the overlay that has several. */
interface ViewRoute {
  readonly path: string;
  /** The vertices from the first neighbour to the host, with `>` between them. */
  readonly route: string;
  /** Classes whose connections use it. */
  readonly inUse: readonly TrafficClassName[];
  /** Why connections pass it by; null: it has not failed. */
  readonly failure: string | null;
  /** The round trip from end to end in milliseconds, and lost packets of all, from 0 to 1; null: it was not tried. */
  readonly measured: { readonly roundTripMs: number; readonly loss: number } | null;
  /** How fast bytes pass on it from end to end, in the busier direction, in kbit/s. */
  readonly rate: number;
}

/** A direction of a pair of links that permits open, to packets that are charged to one share. */
interface ViewTransit {
  readonly from: string;
  readonly to: string;
  /** 0: packets whose share has no permits of its own. */
  readonly share: number;
  readonly permits: readonly string[];
  /** In bits per second. */
  readonly rate: number;
  readonly classes: Readonly<
    Partial<Record<TrafficClassName, { readonly packets: number; readonly bytes: number; readonly denied: number }>>
  >;
}

/** Packets of the vertex's own connections over a link, by the share in their last word; 0: none. */
interface ViewExchanged {
  readonly link: string;
  readonly share: number;
  readonly classes: Readonly<Partial<Record<TrafficClassName, ViewExchangedCounts>>>;
}

/** Whole mesh packets, header included, since the start of the vertex, or since the row was made anew. */
interface ViewExchangedCounts {
  /** Handed to the link. */
  readonly sentPackets: number;
  readonly sentBytes: number;
  /** Came by the link, and were delivered here. */
  readonly packets: number;
  readonly bytes: number;
}

export interface View {
  readonly cluster: string;
  readonly vertex: string;
  /** The vertex knows shares: routes and permits of the overlay may have them. */
  readonly shares: boolean;
  /** The life of the cluster vertex. */
  readonly instance: string;
  /** The number of the overlay in force. */
  readonly generation: number;
  readonly life: AgentLife | null;
  /** The number of the newest event. */
  readonly event: number;
  readonly links: readonly ViewLink[];
  readonly services: readonly ViewService[];
  readonly own: readonly { readonly principal: string; readonly keys: readonly string[] }[];
  readonly auto: readonly ViewAuto[];
  readonly routes: readonly ViewRoute[];
  /** Names of the overlay's paths that something uses. Undefined: the vertex does not tell. */
  readonly used?: readonly string[] | undefined;
  readonly transit: readonly ViewTransit[];
  /** Undefined: a vertex of an earlier version does not tell. */
  readonly exchanged?: readonly ViewExchanged[] | undefined;
  /** The packets of others that the owner lets pass: their classes, and the rate of all together in kbit/s; null: none. */
  readonly relay: { readonly classes: readonly TrafficClassName[]; readonly rate: number } | null;
  /** The owner's bounds of the agent's links; dial: the prefixes at which they may call, or null: all but loopback. */
  readonly bounds: { readonly linksMax: number; readonly dial: readonly string[] | null };
  /** Services that the vertex serves only with grants, and until when it has one (CLOCK_BOOTTIME, in milliseconds). */
  readonly grants: readonly { readonly service: string; readonly until: number | null }[];
  readonly overlay: Overlay;
  /** Parts of the overlay that the operator's file does not let in. */
  readonly leftOut: readonly { readonly what: string; readonly why: string }[];
}

/** A vertex with a certificate of this cluster wants a link that is not wanted here. */
interface Knock {
  readonly n: number;
  readonly kind: "knock";
  readonly portal: string;
  readonly peer: string;
  readonly tag: string;
  /** SHA-256 of its public key, in lower-case hex. */
  readonly key: string;
  /** The address at which it is seen, in the form of an endpoint; null: not known. */
  readonly address: string | null;
  /** How long ago it was, in milliseconds. */
  readonly agoMs: number;
}

/** Connections have gone over to another route, and were answered there. */
interface RouteSwitch {
  readonly n: number;
  readonly kind: "switch";
  readonly path: string;
  readonly from: string;
  readonly to: string;
  readonly class: TrafficClassName;
  readonly reason: string;
  readonly recoveryMs: number;
}

/** All others say only that it is time to read the view again. */
export type DoorEvent = Knock | RouteSwitch | { readonly n: number; readonly kind: "other" };

export interface DoorEvents {
  /** The life of the vertex in which the events have these numbers; undefined: a vertex of an earlier version does not tell. */
  readonly instance?: string | undefined;
  /** The number of the newest event of the answer. */
  readonly next: number;
  /** Events between are gone, or the number was of an earlier life of the vertex. */
  readonly lost: boolean;
  readonly events: readonly DoorEvent[];
}

const number = z.int().min(0);
const figure = z.number().min(0);
const keys = z.array(z.string());

const link: z.ZodType<ViewLink> = z.object({
  name: z.string(),
  peer: z.string(),
  tag: z.string().catch("0"),
  label: number.optional(),
  state: z.enum(["up", "down"]),
  code: z.string().catch(""),
  endpoint: z.string().nullable().catch(null),
  seen: z.string().nullable().catch(null),
  overlay: z.boolean().catch(false),
  figures: z
    .object({
      roundTripMs: figure,
      jitterMs: figure,
      loss: figure,
      rate: figure.nullable(),
      queue: figure,
      mtu: number,
      breaks: number,
    })
    .nullable()
    .catch(null),
});

const route: z.ZodType<ViewRoute> = z.object({
  path: z.string(),
  route: z.string(),
  inUse: z.array(trafficClass),
  failure: z.string().nullable(),
  measured: z.object({ roundTripMs: figure, loss: figure }).nullable().catch(null),
  rate: figure.catch(0),
});

const transit: z.ZodType<ViewTransit> = z.object({
  from: z.string(),
  to: z.string(),
  share: number.catch(0),
  permits: z.array(z.string()),
  rate: number,
  classes: z.partialRecord(trafficClass, z.object({ packets: number, bytes: number, denied: number })),
});

const exchanged: z.ZodType<ViewExchanged> = z.object({
  link: z.string(),
  share: number,
  classes: z.partialRecord(
    trafficClass,
    z.object({ sentPackets: number, sentBytes: number, packets: number, bytes: number }),
  ),
});

const viewSchema: z.ZodType<View> = z.object({
  cluster: z.string(),
  vertex: z.string(),
  shares: z.boolean().catch(false),
  instance: z.string(),
  generation: number,
  life: z.object({ startedAt: number, id: z.string() }).nullable(),
  event: number,
  links: z.array(link),
  services: z.array(
    z.object({ name: z.string(), label: number, keys, target: z.enum(TARGET_STATES).catch("unknown") }),
  ),
  own: z.array(z.object({ principal: z.string(), keys })),
  auto: z.array(
    z.object({
      service: z.string(),
      path: z.string().nullable(),
      next: z.string().nullable(),
      // A vertex of an earlier version takes no order that names one.
      standby: z.string().nullable().optional(),
      standbyState: z.enum(LEAD_STATES).optional().catch("none"),
      state: z.enum(LEAD_STATES).catch("unproven"),
      text: z.string().catch(""),
    }),
  ),
  // A vertex of an earlier version has none of these, and an agent goes on beside it.
  routes: z.array(route).catch([]),
  used: z.array(z.string()).optional(),
  transit: z.array(transit).catch([]),
  exchanged: z.array(exchanged).optional(),
  relay: z
    .object({ classes: z.array(trafficClass), rate: number })
    .nullable()
    .catch(null),
  bounds: z.object({ linksMax: number, dial: z.array(z.string()).nullable() }).catch({ linksMax: 0, dial: null }),
  grants: z.array(z.object({ service: z.string(), until: z.number().nullable() })).catch([]),
  overlay: overlaySchema,
  leftOut: z.array(z.object({ what: z.string(), why: z.string() })),
});

const knock = z.object({
  n: number,
  kind: z.literal("knock"),
  portal: z.string(),
  peer: z.string(),
  tag: z.string(),
  key: z.string(),
  address: z.string().nullable(),
  agoMs: figure.catch(0),
});
const routeSwitch = z.object({
  n: number,
  kind: z.literal("switch"),
  path: z.string(),
  from: z.string(),
  to: z.string(),
  class: trafficClass,
  reason: z.string(),
  recoveryMs: figure,
});
const other = z.object({ n: number, kind: z.string() }).transform(({ n }) => ({ n, kind: "other" as const }));

const eventsSchema: z.ZodType<DoorEvents> = z.object({
  instance: z.string().optional(),
  next: number,
  lost: z.boolean(),
  events: z.array(z.union([knock, routeSwitch, other])),
});

/** The view that a door has answered; undefined when the answer is none. */
export function readView(answer: unknown): View | undefined {
  return viewSchema.safeParse(answer).data;
}

/** The events that a door has answered; undefined when the answer is none. */
export function readEvents(answer: unknown): DoorEvents | undefined {
  return eventsSchema.safeParse(answer).data;
}

/** The generation that a door has answered to an order; undefined when the answer is none. */
export function readGeneration(answer: unknown): number | undefined {
  return z.object({ generation: number }).safeParse(answer).data?.generation;
}
