/** Reports: a node tells coordinators of itself. Pure. */
import {
  CARRIED_CLASSES,
  PERMITS_CARRIED_MAX,
  REPORT_LINKS_MAX,
  type ReportBody,
  type ReportedLink,
  type Signer,
  signPayload,
  writePayload,
} from "@florenetes/facts";
import { ROUTE_LOSS_MAX } from "@florenetes/routes";
import type { View, ViewLink } from "../door/view.ts";
import { REPORT_LIFE_MS, REPORT_PAYLOAD_GOOD, REPORT_PAYLOAD_MAX, REPORTED_RATE } from "../limits.ts";

/** How loaded the machine is, in percent. */
export type NodeLoad = ReportBody["load"];

/** Facts of the node that its links do not tell. */
export type NodeFacts = Pick<ReportBody, "battery" | "metered" | "nat"> & {
  /** Points of cost that its owner asks for what it carries for others. */
  readonly price: number;
};

export interface ReportGrounds {
  readonly view: View;
  /** Packets of others that the node offers to carry; undefined: none. */
  readonly offer: ReturnType<typeof offerOf>;
  readonly load: NodeLoad;
  readonly facts: NodeFacts;
  /** Whose network a link goes over; undefined: it is not known. */
  readonly providerOf: (link: ViewLink) => string | undefined;
  readonly uses: ReportBody["uses"];
  readonly routes: ReportBody["routes"];
  readonly versions: ReportBody["versions"];
}

/** The body of a report. A link that came up a moment ago, of which nothing was measured yet, comes with the next one. */
export function reportOf({ view, offer, load, facts, providerOf, uses, routes, versions }: ReportGrounds): ReportBody {
  const { price, battery, metered, nat } = facts;
  return {
    links: view.links.flatMap((link) => linkOf(link, providerOf(link))).slice(0, REPORT_LINKS_MAX),
    ...(offer !== undefined && { offer: { ...offer, price } }),
    load,
    ...(battery !== undefined && { battery }),
    metered,
    nat,
    endpoints: [],
    carried: carriedOf(view),
    routes,
    uses,
    versions,
  };
}

/** Packets of others that the owner of a node lets it carry, by its vertex's view: in kbit/s; undefined: nothing. Traces are no workload's. */
export function offerOf({
  relay,
}: Pick<View, "relay">): Pick<NonNullable<ReportBody["offer"]>, "classes" | "rate"> | undefined {
  const classes = CARRIED_CLASSES.filter((name) => relay?.classes.includes(name) === true);
  return relay === null || classes.length === 0 ? undefined : { classes, rate: relay.rate };
}

export interface ReportSlot {
  readonly cluster: string;
  readonly node: string;
  readonly epoch: number;
  /** Milliseconds since 1970. */
  readonly issued: number;
  /** Milliseconds; default: as long as that of a node which reports each minute. */
  readonly lifeMs?: number;
  readonly key: Signer;
}

/**
 * The octets of a report. A record that is larger than it should be leaves out bytes by permits, which are for people alone; one that has no room leaves out what was measured,
 * then links, routes in use and uses, of each the last ones first.
 */
export function writeReport(
  body: ReportBody,
  { cluster, node, epoch, issued, lifeMs = REPORT_LIFE_MS, key }: ReportSlot,
): Uint8Array {
  const slot = { kind: "report", scope: "cluster", subject: node, authority: "node", issuer: node };
  const life = { epoch, generation: 0, issued, expires: issued + lifeMs };
  const payloadOf = (content: object): Uint8Array => writePayload({ cluster, ...slot, ...life, body: { ...content } });
  const frame = payloadOf({}).length - "{}".length;
  let fitting = body;
  const isAbove = (sizeMax: number): boolean => frame + Buffer.byteLength(JSON.stringify(fitting)) > sizeMax;
  const cut = (part: "carried" | "links" | "routes" | "uses", sizeMax: number): void => {
    for (let count = fitting[part].length - 1; isAbove(sizeMax) && count >= 0; count--)
      fitting = { ...fitting, [part]: fitting[part].slice(0, count) };
  };
  cut("carried", REPORT_PAYLOAD_GOOD);
  if (isAbove(REPORT_PAYLOAD_MAX))
    fitting = { ...fitting, routes: body.routes.map((route) => ({ ...route, measured: [] })) };
  for (const part of ["links", "routes", "uses"] as const) cut(part, REPORT_PAYLOAD_MAX);
  return signPayload(payloadOf(fitting), [key]);
}

/**
 * The part of a report whose change is worth another one at once: all but figures, which change all the time.
 *
 * @param waysOf What a lease leads over: one that is renewed as it was is no news
 */
export function essenceOf(
  { links, offer, routes, uses, metered }: Pick<ReportBody, "links" | "offer" | "routes" | "uses" | "metered">,
  waysOf: (lease: string) => string,
): string {
  const lines = links.map(({ label, peer, tag, provider }) => [label, peer, tag, provider]);
  const inUse = routes.map(({ lease, route, measured }) => [
    waysOf(lease),
    route,
    measured.map(([, loss]) => loss > ROUTE_LOSS_MAX),
  ]);
  return JSON.stringify([lines, offer, inUse, uses, metered]);
}

function linkOf({ label, peer, tag, state, figures }: ViewLink, provider: string | undefined): readonly ReportedLink[] {
  if (state === "down" || label === undefined || figures === null) return [];
  const { roundTripMs, jitterMs, loss, rate, queue, mtu, breaks } = figures;
  return [
    {
      label,
      peer,
      ...(tag !== "0" && { tag }),
      ...(provider !== undefined && { provider }),
      figures: [
        micros(roundTripMs),
        micros(jitterMs),
        millionths(loss),
        rate ?? REPORTED_RATE,
        Math.round(100 * Math.min(1, queue)),
        Math.min(mtu, 65_535),
        Math.min(breaks, 255),
      ],
    },
  ];
}

/** Bytes by the permits of pairs: those of a pair that several permits open are told by the first. */
function carriedOf({ transit }: View): ReportBody["carried"] {
  const carried = new Map<string, number[]>();
  for (const { permits, classes } of transit) {
    const permit = permits.find((name) => /^[0-9a-f]{64}$/.test(name));
    if (permit === undefined) continue;
    const before = carried.get(permit) ?? CARRIED_CLASSES.map(() => 0);
    carried.set(
      permit,
      CARRIED_CLASSES.map((name, at) => before[at]! + (classes[name]?.bytes ?? 0)),
    );
  }
  return [...carried].slice(0, PERMITS_CARRIED_MAX).map(([permit, bytes]) => ({ permit, bytes }));
}

/** Microseconds, up to a minute. */
export function micros(ms: number): number {
  return Math.min(60_000_000, Math.round(1_000 * ms));
}

/** Millionths, up to all. */
export function millionths(share: number): number {
  return Math.min(1_000_000, Math.round(1_000_000 * share));
}
