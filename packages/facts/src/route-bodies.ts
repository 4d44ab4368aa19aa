/** The bodies of what routes are made of: reports and profiles of nodes, leases for origins, permits for relays. docs/protocol/fabric-routes.md has what they mean. */
import { LABEL_COUNT_MAX, WORKLOAD_CLASS_NAMES, type WorkloadClassName } from "@florenetes/forwarding";
import { z } from "zod";
import { distinct, hashField, integerField, isScope, nameField, rankField } from "./fields.ts";
import {
  BREAKS_MAX,
  CONTRACTS_MAX,
  COST_PARTS_MAX,
  ENDPOINTS_MAX,
  LABEL_MAX,
  LOAD_MAX,
  LOSS_MAX,
  MTU_MAX,
  PERMITS_CARRIED_MAX,
  PERMIT_PAIRS_MAX,
  PERMIT_SETS_MAX,
  RATE_MAX,
  REPORT_LINKS_MAX,
  ROUND_TRIP_MAX,
  ROUTES_MAX,
  SHARE_MAX,
  VERSIONS_MAX,
} from "./limits.ts";

/** Round trip and jitter in microseconds, loss in millionths, rate in kbit/s, queue in percent, MTU in bytes, and how often the link broke in the last hour. */
export type LinkFigures = readonly [
  roundTrip: number,
  jitter: number,
  loss: number,
  rate: number,
  queue: number,
  mtu: number,
  breaks: number,
];

/** Round trip of a whole route in microseconds, and its loss in millionths: all of them where nothing is answered. */
export type RouteFigures = readonly [roundTrip: number, loss: number];

export interface ReportedLink {
  /** The label by which packets leave the node that reports over this link. */
  readonly label: number;
  readonly peer: string;
  /** Tells parallel links to one peer apart; undefined: "0". */
  readonly tag?: string | undefined;
  /** Whose network the link goes over at this end, where the node knows. */
  readonly provider?: string | undefined;
  readonly figures: LinkFigures;
}

export interface ReportBody {
  readonly links: readonly ReportedLink[];
  /** The node carries packets of others; undefined: it carries none. */
  readonly offer?:
    | {
        readonly classes: readonly WorkloadClassName[];
        /** All packets together may have this rate, in kbit/s. */
        readonly rate: number;
        readonly price: number;
      }
    | undefined;
  /** In percent. */
  readonly load: { readonly cpu: number; readonly memory: number; readonly sockets: number };
  /** The charge in percent; undefined: the node does not run on a battery. */
  readonly battery?: number | undefined;
  readonly metered: boolean;
  readonly nat: "none" | "mapped" | "unknown";
  /** The node's own endpoints, as it knows of their use. */
  readonly endpoints: readonly { readonly id: string; readonly health: "good" | "bad" | "unknown" }[];
  /** Bytes that were carried under a permit, by the ids of `permits` records, in the order of `CARRIED_CLASSES`. */
  readonly carried: readonly { readonly permit: string; readonly bytes: readonly number[] }[];
  /** The routes in use, by the ids of `lease` records and the places of routes in them. */
  readonly routes: readonly {
    readonly lease: string;
    /** The node that has issued it. */
    readonly coordinator: string;
    readonly route: number;
    /** Figures of the routes of the lease, as far as they were tried, in their order. */
    readonly measured: readonly RouteFigures[];
  }[];
  /** Services that the node wants leases for, and the host of each: a service may stand here with several hosts. */
  readonly uses: readonly {
    readonly service: string;
    readonly scope: string;
    readonly host: string;
    readonly classes: readonly WorkloadClassName[];
    /** In kbit/s. */
    readonly rate: number;
  }[];
  readonly versions: readonly { readonly of: string; readonly version: number }[];
}

/** A node's words about itself beside figures: the device that it runs on, its software, and the contracts that it speaks. */
export interface ProfileBody {
  readonly device: DeviceProfile;
  readonly software: {
    readonly version: string;
    /** The commit that it was built of: 7 to 40 lower-case hex digits; undefined: the build does not say. */
    readonly commit?: string | undefined;
  };
  /** Versions of each contract between programs that the node's agent speaks. */
  readonly contracts: readonly { readonly of: string; readonly lowest: number; readonly highest: number }[];
}

export interface DeviceProfile {
  /** The charge in percent; undefined: the device has no battery, or cannot tell. */
  readonly battery?: number | undefined;
  /** A charger feeds it. A device without a battery is fed. */
  readonly charging: boolean;
  readonly network: (typeof DEVICE_NETWORKS)[number];
  /** Its owner pays for each byte. */
  readonly metered: boolean;
  /** A person uses it, or it is always on. */
  readonly foreground: boolean;
}

/** Networks by which a device reaches others. */
export const DEVICE_NETWORKS = ["wired", "wifi", "cellular", "none", "unknown"] as const;

/** Classes in the order in which a report has their bytes. */
export const CARRIED_CLASSES: readonly WorkloadClassName[] = ["dns", "interactive", "reliable", "bulk", "droppable"];

export interface LeasedRoute {
  /** The origin's own label of the first link. */
  readonly link: number;
  /** Labels behind the first link: one for each node of `via`, the last one being the service's at the host. */
  readonly labels: readonly number[];
  /** Nodes from the origin's neighbour to the host. */
  readonly via: readonly string[];
  /** Bytes of the smallest link. */
  readonly mtu: number;
  readonly cost: number;
  /** Parts of the cost that are not 0: what was found (`value`), and what it counts for. */
  readonly why: readonly { readonly of: string; readonly value: number; readonly cost: number }[];
}

/** The subject of a lease names origin, service, host and coordinator. */
export interface LeaseBody {
  readonly classes: readonly WorkloadClassName[];
  /** Relays let this rate pass for the lease, in kbit/s. */
  readonly rate: number;
  /** Packets that go over the lease carry this share, 1 to `SHARE_MAX`; undefined: none. */
  readonly share?: number | undefined;
  /** The primary and its alternates. */
  readonly routes: readonly LeasedRoute[];
}

/** Two links of a relay by its own labels, the lower one first, and what may pass between them in either direction, in kbit/s. */
export type PermittedPair = readonly [from: number, to: number, rate: number];

/** The subject of permits names relay and coordinator. No origin, host, service or organization stands in them. */
export interface PermitsBody {
  readonly sets: readonly {
    readonly classes: readonly WorkloadClassName[];
    /** The pairs are for packets of this share, 1 to `SHARE_MAX`; undefined: for those whose share has no permits of its own. */
    readonly share?: number | undefined;
    readonly pairs: readonly PermittedPair[];
  }[];
}

const COMMIT = /^[0-9a-f]{7,40}$/;
const percent = integerField.max(LOAD_MAX);
const rate = integerField.max(RATE_MAX);
const label = integerField.max(LABEL_MAX);
const share = integerField.min(1).max(SHARE_MAX).optional();
const roundTrip = integerField.max(ROUND_TRIP_MAX);
const classes = distinct(z.enum(WORKLOAD_CLASS_NAMES), (name) => name).refine(({ length }) => length > 0);

const figures = z
  .tuple([
    roundTrip,
    roundTrip,
    integerField.max(LOSS_MAX),
    rate,
    percent,
    integerField.max(MTU_MAX),
    integerField.max(BREAKS_MAX),
  ])
  .readonly();

export const reportBody: z.ZodType<ReportBody> = z.strictObject({
  links: distinct(
    z.strictObject({ label, peer: nameField, tag: nameField.optional(), provider: nameField.optional(), figures }),
    ({ label }) => String(label),
    REPORT_LINKS_MAX,
  ),
  offer: z.strictObject({ classes, rate, price: rankField }).optional(),
  load: z.strictObject({ cpu: percent, memory: percent, sockets: percent }),
  battery: percent.optional(),
  metered: z.boolean(),
  nat: z.enum(["none", "mapped", "unknown"]),
  endpoints: distinct(
    z.strictObject({ id: nameField, health: z.enum(["good", "bad", "unknown"]) }),
    ({ id }) => id,
    ENDPOINTS_MAX,
  ),
  carried: distinct(
    z.strictObject({ permit: hashField, bytes: z.array(integerField).length(CARRIED_CLASSES.length) }),
    ({ permit }) => permit,
    PERMITS_CARRIED_MAX,
  ),
  routes: distinct(
    z.strictObject({
      lease: hashField,
      coordinator: nameField,
      route: integerField.max(ROUTES_MAX - 1),
      measured: z.array(z.tuple([roundTrip, integerField.max(LOSS_MAX)]).readonly()).max(ROUTES_MAX),
    }),
    ({ lease }) => lease,
  ),
  uses: distinct(
    z.strictObject({ service: nameField, scope: z.string().refine(isScope), host: nameField, classes, rate }),
    ({ service, scope, host }) => `${scope} ${service} ${host}`,
  ),
  versions: distinct(z.strictObject({ of: nameField, version: integerField }), ({ of }) => of, VERSIONS_MAX),
});

export const contractsField: z.ZodType<ProfileBody["contracts"]> = distinct(
  z
    .strictObject({ of: nameField, lowest: rankField, highest: rankField })
    .refine(({ lowest, highest }) => lowest <= highest),
  ({ of }) => of,
  CONTRACTS_MAX,
);

export const profileBody: z.ZodType<ProfileBody> = z.strictObject({
  device: z.strictObject({
    battery: percent.optional(),
    charging: z.boolean(),
    network: z.enum(DEVICE_NETWORKS),
    metered: z.boolean(),
    foreground: z.boolean(),
  }),
  software: z.strictObject({ version: nameField, commit: z.string().regex(COMMIT).optional() }),
  contracts: contractsField,
});

const leasedRoute = z
  .strictObject({
    link: label,
    labels: z.array(label).min(1).max(LABEL_COUNT_MAX),
    via: z.array(nameField).min(1).max(LABEL_COUNT_MAX),
    mtu: integerField.max(MTU_MAX),
    cost: integerField,
    why: distinct(
      z.strictObject({ of: nameField, value: integerField, cost: integerField }),
      ({ of }) => of,
      COST_PARTS_MAX,
    ),
  })
  .refine(({ labels, via }) => labels.length === via.length);

export const leaseBody: z.ZodType<LeaseBody> = z.strictObject({
  classes,
  rate,
  share,
  routes: z.array(leasedRoute).min(1).max(ROUTES_MAX),
});

const permittedPair = z
  .tuple([label, label, rate])
  .readonly()
  .refine(([from, to]) => from < to);

export const permitsBody: z.ZodType<PermitsBody> = z.strictObject({
  sets: distinct(
    z.strictObject({ classes, share, pairs: z.array(permittedPair).max(PERMIT_PAIRS_MAX) }),
    ({ classes, share = 0 }) => `${classes.toSorted().join(" ")} ${share}`,
    PERMIT_SETS_MAX,
  ).refine((sets) => sets.reduce((sum, { pairs }) => sum + pairs.length, 0) <= PERMIT_PAIRS_MAX),
});
