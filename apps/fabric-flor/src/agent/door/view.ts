/** The view at the door of a cluster vertex (docs/protocol/fabric-door.md), as far as an agent uses it. */
import { z } from "zod";

/** A path of the overlay. Times are milliseconds since 1970. */
export interface OverlayPath {
  readonly name: string;
  /** A link of the vertex; undefined: the path leads to a service of the vertex itself. */
  readonly link?: string | undefined;
  readonly labels: readonly number[];
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
  readonly until: number;
}

export interface Overlay {
  readonly paths: readonly OverlayPath[];
  readonly leads: readonly OverlayLead[];
  /** SHA-256 hashes of keys, by principals: `service/web`. */
  readonly pins: Readonly<Record<string, readonly string[]>>;
}

/** A life of an agent. */
export interface AgentLife {
  readonly startedAt: number;
  readonly id: string;
}

export interface ViewLink {
  readonly name: string;
  readonly peer: string;
  readonly state: "up" | "down";
}

interface ViewService {
  readonly name: string;
  readonly label: number;
  /** SHA-256 of each public key of its certificates, in lower-case hex. */
  readonly keys: readonly string[];
}

/** A service that something on this vertex wants over a path of the overlay. */
export interface ViewAuto {
  readonly service: string;
  readonly path: string | null;
  readonly next: string | null;
  /** The state of `next`. */
  readonly state: "none" | "unproven" | "proven" | "refused";
  /** For people: why. */
  readonly text: string;
}

export interface View {
  readonly cluster: string;
  readonly vertex: string;
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
  readonly overlay: Overlay;
  /** Parts of the overlay that the operator's file does not let in. */
  readonly leftOut: readonly { readonly what: string; readonly why: string }[];
}

export interface DoorEvents {
  /** The number of the newest event of the answer. */
  readonly next: number;
  /** Events between are gone, or the number was of an earlier life of the vertex. */
  readonly lost: boolean;
  readonly events: readonly { readonly n: number; readonly kind: string }[];
}

const number = z.int().min(0);
const keys = z.array(z.string());

/** Members of later versions are passed over. */
const overlay: z.ZodType<Overlay> = z.object({
  paths: z.array(z.object({ name: z.string(), link: z.string().optional(), labels: z.array(number), until: number })),
  leads: z.array(
    z.object({
      service: z.string(),
      proves: z.string().optional(),
      path: z.string().optional(),
      next: z.string().optional(),
      until: number,
    }),
  ),
  pins: z.record(z.string(), keys),
});

const viewSchema: z.ZodType<View> = z.object({
  cluster: z.string(),
  vertex: z.string(),
  instance: z.string(),
  generation: number,
  life: z.object({ startedAt: number, id: z.string() }).nullable(),
  event: number,
  links: z.array(z.object({ name: z.string(), peer: z.string(), state: z.enum(["up", "down"]) })),
  services: z.array(z.object({ name: z.string(), label: number, keys })),
  own: z.array(z.object({ principal: z.string(), keys })),
  auto: z.array(
    z.object({
      service: z.string(),
      path: z.string().nullable(),
      next: z.string().nullable(),
      state: z.enum(["none", "unproven", "proven", "refused"]).catch("unproven"),
      text: z.string().catch(""),
    }),
  ),
  overlay,
  leftOut: z.array(z.object({ what: z.string(), why: z.string() })),
});

const eventsSchema: z.ZodType<DoorEvents> = z.object({
  next: number,
  lost: z.boolean(),
  events: z.array(z.object({ n: number, kind: z.string() })),
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

/** Whether two overlays say the same, in whatever order. */
export function isSameOverlay(a: Overlay, b: Overlay): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

function sorted({ paths, leads, pins }: Overlay): unknown {
  return [
    paths.map(({ name, link = null, labels, until }) => [name, link, labels, until]).sort(byFirst),
    leads
      .map(({ service, proves = null, path = null, next = null, until }) => [service, proves, path, next, until])
      .sort(byFirst),
    Object.entries(pins)
      .map(([principal, keys]) => [principal, ...keys.toSorted()])
      .sort(byFirst),
  ];
}

function byFirst([a]: readonly unknown[], [b]: readonly unknown[]): number {
  return String(a) < String(b) ? -1 : 1;
}
