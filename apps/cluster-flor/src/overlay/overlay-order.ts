/** The order for an overlay, as an agent posts it and as it is kept on the disk (docs/protocol/fabric-door.md). */
import { LABEL_COUNT_MAX, LABEL_MAX, LABEL_MIN, SHARE_MAX, TRAFFIC_CLASS_NAMES } from "@florenetes/forwarding";
import { isName } from "@florenetes/operator-text";
import type { Instance } from "@florenetes/wire-values";
import { z } from "zod";
import { OVERLAY_PATH_PREFIX } from "../config/lay-over.ts";
import type { Overlay } from "../config/overlay.ts";
import {
  OVERLAY_LEADS_MAX,
  OVERLAY_PATHS_MAX,
  OVERLAY_TRANSIT_MAX,
  PATH_ROUTES_MAX,
  PATH_NAME_LENGTH_MAX,
  PERMIT_NAME_LENGTH_MAX,
  PERMIT_RATE_MAX,
  PINNED_MAX,
  PINS_EACH_MAX,
  VERTEX_PINS_MAX,
} from "./limits.ts";
import { overlayError } from "./overlay-errors.ts";
import { checkLinkNames, keptLinks, linksJson, orderedLinks } from "./overlay-links.ts";

export interface OverlayOrder {
  /** The generation from which the overlay was made. */
  readonly base: number;
  /** The life of the agent that posts it. */
  readonly life: Instance;
  readonly overlay: Overlay;
}

const PATH_NAME = /^auto\.[a-z0-9._-]+$/;

const name = z.string().refine(isName);
const pathName = z.string().max(PATH_NAME_LENGTH_MAX);
const until = z.int().min(0);
/** A life of the agent. */
export const lifeField: z.ZodType<Instance> = z.strictObject({
  startedAt: z.int().min(0),
  id: z.string().regex(/^[0-9a-f]{16}$/),
});
const labels = z.array(z.int().min(LABEL_MIN).max(LABEL_MAX)).min(1).max(LABEL_COUNT_MAX);
const share = z.int().min(1).max(SHARE_MAX);
const route = z.strictObject({
  link: name,
  labels,
  via: z.array(name).min(1).max(LABEL_COUNT_MAX),
  avoid: z
    .discriminatedUnion("why", [
      z.strictObject({
        why: z.literal("capacity_limited"),
        classes: z.array(z.enum(TRAFFIC_CLASS_NAMES)).min(1).max(TRAFFIC_CLASS_NAMES.length).optional(),
      }),
      z.strictObject({ why: z.literal("fenced") }),
    ])
    .optional(),
  share: share.optional(),
  until,
});
const path = z
  .strictObject({
    name: pathName,
    link: name.optional(),
    labels: labels.optional(),
    routes: z.array(route).min(1).max(PATH_ROUTES_MAX).optional(),
    until,
  })
  .refine((each) => (each.routes === undefined ? each.labels !== undefined : each.labels === undefined), {
    error: "a path has labels, or routes",
  })
  .refine((each) => each.routes === undefined || each.link === undefined, {
    error: "each route has a link of its own",
  });
const lead = z.strictObject({
  service: name,
  proves: name.optional(),
  path: pathName.optional(),
  next: pathName.optional(),
  standby: pathName.optional(),
  until,
});
const permit = z.strictObject({
  from: name,
  to: name,
  classes: z.array(z.enum(TRAFFIC_CLASS_NAMES)).min(1).max(TRAFFIC_CLASS_NAMES.length),
  rate: z.int().min(0).max(PERMIT_RATE_MAX),
  share: share.optional(),
  permit: z
    .string()
    .regex(/^[\w.:/-]+$/)
    .max(PERMIT_NAME_LENGTH_MAX),
  until,
});
const principal = z.string().regex(/^(?:vertex|service|user)\/[a-z0-9._-]{1,63}$/);
const pins = z
  .record(principal, z.array(z.string().regex(/^[0-9a-f]{64}$/)).max(PINS_EACH_MAX))
  .refine((record) => Object.keys(record).length <= PINNED_MAX, { error: "too many principals" })
  .refine(
    (record) => Object.entries(record).every(([who, { length }]) => !isVertex(who) || length <= VERTEX_PINS_MAX),
    {
      error: `a vertex has at most ${VERTEX_PINS_MAX} keys`,
    },
  );

const order = z.strictObject({
  base: z.int().min(0),
  life: lifeField,
  paths: z.array(path).max(OVERLAY_PATHS_MAX),
  leads: z.array(lead).max(OVERLAY_LEADS_MAX),
  transit: z.array(permit).max(OVERLAY_TRANSIT_MAX).optional(),
  pins,
  links: orderedLinks,
});

/** An overlay on the disk: the order with what the vertex has chosen. */
const keptOrder = order.extend({ links: keptLinks });

/** Reads an order from JSON. @throws OperatorError `ERR_OVERLAY_FORM`, `ERR_OVERLAY_NAME`, `ERR_OVERLAY_LINK`, `ERR_OVERLAY_PATH` */
export function readOverlayOrder(text: string): OverlayOrder {
  return readBy(order, text);
}

/** Reads what `keptJson` has made of an overlay; `base` is its generation. @throws OperatorError as for an order */
export function readKeptOverlay(text: string): OverlayOrder {
  return readBy(keptOrder, text);
}

function readBy(schema: typeof order | typeof keptOrder, text: string): OverlayOrder {
  const read = schema.safeParse(parseOrder(text));
  if (!read.success) {
    const [issue] = read.error.issues;
    throw overlayError(
      "ERR_OVERLAY_FORM",
      `the overlay is not in order at ${issue!.path.join(".")}: ${issue!.message}`,
    );
  }
  const { base, life, paths, leads, transit, pins, links } = read.data;
  checkLinkNames(links);
  const names = new Set<string>();
  for (const { name } of paths) {
    if (!PATH_NAME.test(name)) {
      throw overlayError(
        "ERR_OVERLAY_NAME",
        `path ${name} has a name that does not begin with "${OVERLAY_PATH_PREFIX}"`,
      );
    }
    if (names.has(name)) throw overlayError("ERR_OVERLAY_NAME", `path ${name} stands twice`);
    names.add(name);
  }
  const led = new Set<string>();
  for (const { service, path, next, standby } of leads) {
    if (led.has(service)) throw overlayError("ERR_OVERLAY_PATH", `service ${service} is led twice`);
    led.add(service);
    const missing = [path, next, standby].find((each) => each !== undefined && !names.has(each));
    if (missing === undefined) continue;
    throw overlayError(
      "ERR_OVERLAY_PATH",
      `service ${service} is led over path ${missing}, which the order does not have`,
    );
  }
  const pinned = Object.entries(pins).map(([who, hashes]) => [who, new Set(hashes)] as const);
  return { base, life, overlay: { paths, leads, transit, pins: new Map(pinned), links } };
}

/** The members of an order that make up the overlay, as JSON has them; without `links` and `transit` where there are none. */
export function overlayJson(overlay: Overlay): object {
  return membersOf(overlay, linksJson(overlay.links ?? []));
}

/** The same, with what the vertex has chosen. An earlier version of this program reads one without links, transit, shares and standbys, and the agent orders standbys anew. */
export function keptJson(overlay: Overlay): object {
  const leads = overlay.leads.map((lead) => ({ ...lead, standby: undefined }));
  return membersOf({ ...overlay, leads }, overlay.links ?? []);
}

function membersOf({ paths, leads, transit = [], pins }: Overlay, links: readonly object[]): object {
  const pinned = [...pins].map(([who, hashes]) => [who, [...hashes]]);
  const members = { paths, leads, pins: Object.fromEntries(pinned) };
  return { ...members, ...(links.length > 0 && { links }), ...(transit.length > 0 && { transit }) };
}

function isVertex(principal: string): boolean {
  return principal.startsWith("vertex/");
}

/** @throws OperatorError `ERR_OVERLAY_FORM` */
export function parseOrder(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw overlayError("ERR_OVERLAY_FORM", `the order is no JSON: ${(error as Error).message}`);
  }
}
