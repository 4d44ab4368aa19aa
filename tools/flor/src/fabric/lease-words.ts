/** A lease in words, as an agent tells of it. What it says is not trusted. Pure. */
import { foreignText, formatDuration } from "@florenetes/operator-text";
import { explainRoute } from "@florenetes/routes";
import { z } from "zod";

const TEXT_LENGTH_MAX = 300;
const ID_DIGITS_SHOWN = 16;

interface ToldRoute {
  readonly via: readonly string[];
  readonly cost: number;
  readonly mtu: number;
  readonly why: readonly { readonly of: string; readonly value: number; readonly cost: number }[];
  readonly state: string;
  readonly inUse: readonly string[];
  readonly failure: string | null;
  readonly measured: { readonly roundTripMs: number; readonly loss: number } | null;
}

/** A coordinator tells this beside the routes. */
interface ToldIssue {
  readonly asked: number;
  readonly renewed: string | null;
  readonly waitsFor: readonly string[];
  readonly relays: readonly {
    readonly relay: string;
    readonly outcome: string;
    readonly left: number;
    readonly expires: number;
  }[];
  readonly doubts: Readonly<Record<string, number>>;
  readonly leftOut: {
    readonly relays: readonly ToldRelay[];
    readonly links: readonly {
      readonly node: string;
      readonly peer: string;
      readonly tag: string;
      readonly why: string;
    }[];
    readonly more: number;
  };
}

interface ToldRelay {
  readonly relay: string;
  readonly why: string;
  readonly because: string | null;
  readonly forMs: number | null;
  readonly cost?: number;
  readonly share?: number;
  readonly load?: number;
}

/** A bound of a budget that is reached. */
interface ToldQuota {
  readonly organization: string;
  readonly of: string;
  readonly used: number;
  readonly most: number;
  readonly record: string;
  readonly until: string;
}

/** A lease as an agent tells of it: `GET /leases`. */
export interface ToldLease {
  readonly told: string;
  readonly id: string | null;
  readonly origin: string;
  readonly service: string;
  readonly host: string;
  readonly coordinator: string | null;
  readonly expires: string | null;
  readonly classes: readonly string[];
  readonly rate: number;
  /** Null: none, or an agent of an earlier version does not tell. */
  readonly share: number | null;
  readonly routes: readonly ToldRoute[];
  readonly standing: string | null;
  readonly isUsed: boolean | null;
  readonly fault: string | null;
  readonly quota?: ToldQuota | null;
  readonly issue: ToldIssue | null;
}

const text = z.string().transform((value) => foreignText(value, TEXT_LENGTH_MAX));
const count = z.number().nonnegative();

const route = z.object({
  via: z.array(text),
  cost: count,
  mtu: count,
  why: z.array(z.object({ of: text, value: count, cost: count })),
  state: text,
  inUse: z.array(text),
  failure: text.nullable(),
  measured: z.object({ roundTripMs: count, loss: count }).nullable(),
});

/** The form of a lease of `GET /leases`. */
export const leaseForm: z.ZodType<ToldLease> = z.object({
  told: text,
  id: text.nullable(),
  origin: text,
  service: text,
  host: text,
  coordinator: text.nullable(),
  expires: text.nullable(),
  classes: z.array(text),
  rate: count,
  share: count.nullable().catch(null),
  routes: z.array(route),
  standing: text.nullable(),
  isUsed: z.boolean().nullable(),
  fault: text.nullable(),
  quota: z
    .object({ organization: text, of: text, used: count, most: count, record: text, until: text })
    .nullable()
    .exactOptional(),
  issue: z
    .object({
      asked: count,
      renewed: text.nullable(),
      waitsFor: z.array(text),
      relays: z.array(z.object({ relay: text, outcome: text, left: count, expires: count })),
      doubts: z.record(text, count),
      leftOut: z.object({
        relays: z.array(
          z.object({
            relay: text,
            why: text,
            because: text.nullable(),
            forMs: count.nullable(),
            cost: count.exactOptional(),
            share: count.exactOptional(),
            load: count.exactOptional(),
          }),
        ),
        links: z.array(z.object({ node: text, peer: text, tag: text, why: text })),
        more: count,
      }),
    })
    .nullable(),
});

/** Why there is no lease, or no next one. */
const FAULTS: Readonly<Record<string, string>> = {
  "no-lease": "it is asked for, and no coordinator has leased it: ask a coordinator of the partition why",
  "unknown-origin": "the origin does not report, or its node record is not in force in this partition",
  "unknown-host": "the host does not report, or its node record is not in force in this partition",
  "same-node": "the host is the origin",
  organization: "the lease would be an organization's that the origin is not of",
  "no-route": "no route of 8 links leads to the host over relays that may be used",
  "no-room": "routes lead to the host, and their relays have no room",
  "no-service": "the host does not announce the service",
  quota: "the organization of the origin has as much as its budget allows",
  full: "the coordinator has as many leases as it may",
};

/** Gates of phones that are shut. */
const PHONES: Readonly<Record<string, string>> = {
  "phone-policy": "it is a phone, and the policy lets none carry for others: `tiers` with `mobile-edge`",
  "phone-tier": "it is a phone, and has a lower trust tier than the policy asks of phones",
  "phone-power": "it is a phone, does not charge, and has too little charge: charge it",
  "phone-network": "it is a phone, and tells of no network",
  "phone-metered": "it is a phone, and its network is metered",
  "phone-foreground": "it is a phone, and its program is in the background",
  "phone-reach": "it is a phone, and nobody reaches it from outside",
  "phone-uplink": "it is a phone, and its uplink has not been good for ten minutes",
};

const RELAYS: Readonly<Record<string, string>> = {
  "no-report": "it has the role `relay`, and reports nothing: does its agent run, and does it hear this coordinator?",
  "no-offer": "its owner lets it carry nothing for others: `relay` in its cluster-flor.yaml",
  "no-role": "it offers to carry, and has no role `relay` in force: `flor fabric propose role`",
  ...PHONES,
  class: "its owner does not let it carry all classes of the lease",
  pairs: "it has as many pairs of links as permits may have",
  "no-room": "it has no room for this rate",
  "no-way": "no way of 8 links leads over it to the host",
};

const AVOIDED: Readonly<Record<string, string>> = {
  silent: "it did not answer when it got permits",
  "left-out": "it left out a pair of links when it got permits",
};

const LINKS: Readonly<Record<string, string>> = {
  "no-report": "the peer reports nothing",
  "one-end": "the peer does not tell it: is it up there, and do both ends give it one tag?",
  mtu: "it carries no packets of 1,200 bytes",
};

/** Lines about a lease: what it is, its routes with their costs, what relays say, and what was left out. */
export function explainedLease(lease: ToldLease): string[] {
  return [
    ...headOf(lease),
    ...lease.routes.flatMap((each, place) => {
      const [head = "", ...parts] = explainRoute(each, place);
      return [`  ${head}: ${stateOf(each)}`, ...parts.map((part) => `  ${part}`)];
    }),
    ...(lease.issue === null ? [] : issueLines(lease.issue, lease)),
  ];
}

function* headOf(lease: ToldLease): Generator<string> {
  const { id, origin, service, host, coordinator, expires, standing, isUsed, fault, told } = lease;
  const { classes, rate, share } = lease;
  const reason = reasonOf(FAULTS, fault ?? "it waits for relays");
  const about = `${origin} to ${service} at ${host}`;
  if (id === null) {
    yield `NO LEASE of ${about}: ${reason}`;
    yield* quotaLines(lease);
    return;
  }
  const uses = told !== "origin" ? "as its coordinator tells it" : isUsed === true ? "in use" : "stands by";
  const word = standing === null ? "" : `${standing.toUpperCase() === "LIVE" ? "live" : standing.toUpperCase()}, `;
  yield `lease ${id.slice(0, ID_DIGITS_SHOWN)} of ${about}, by coordinator ${coordinator ?? "?"}: ${word}${uses}`;
  const apart = share === null ? "" : `; share ${share}`;
  yield `  until ${expires ?? "?"}; ${rate} kbit/s of ${classes.join(", ")}${apart}`;
  if (fault !== null) yield `  THE NEXT ONE CANNOT BE HAD: ${reason}`;
  yield* quotaLines(lease);
}

/** How much of a budget is used, by which record, and what ends that. */
function* quotaLines({ quota }: ToldLease): Generator<string> {
  if (quota === undefined || quota === null) return;
  const { organization, of, used, most, record, until } = quota;
  if (of === "relay-bytes") {
    yield `  budget of ${organization}: relays have carried ${used} of ${most} MiB (${of}) for it this month, by ${record.slice(0, ID_DIGITS_SHOWN)} until ${until}`;
    return;
  }
  const [unit, what] = of === "relay-rate" ? [" kbit/s", "rates"] : ["", "leases"];
  yield `  budget of ${organization}: other leases have ${used} of ${most}${unit} (${of}, the part of this coordinator), by ${record.slice(0, ID_DIGITS_SHOWN)} until ${until}; fewer ${what} or another budget end that`;
}

function stateOf({ state, inUse, failure, measured }: ToldRoute): string {
  const figures =
    measured === null
      ? ""
      : `, ${measured.roundTripMs.toFixed(1)} ms and ${(100 * measured.loss).toFixed(1)} % lost from end to end`;
  if (state === "in-use") return `in use (${inUse.join(", ")})${figures}`;
  if (state === "failed") return `FAILED (${failure ?? "?"})${figures}`;
  if (state === "unusable") return "NOT USED: its first link is not there, or a node on it was taken back";
  return state === "leased" ? "leased" : `stands by${figures}`;
}

function* issueLines(
  { asked, renewed, waitsFor, relays, doubts, leftOut }: ToldIssue,
  { rate }: ToldLease,
): Generator<string> {
  if (asked !== rate) yield `  asked for: ${asked} kbit/s`;
  if (renewed !== null) yield `  renewed: ${renewed}`;
  for (const relay of waitsFor) yield `  WAITS for ${relay}, which has not acknowledged its permits`;
  for (const { relay, outcome, left, expires } of relays) {
    const until = new Date(expires).toISOString();
    if (outcome !== "taken" && outcome !== "waits") yield `  relay ${relay}: REFUSES its newest permits (${outcome})`;
    else if (outcome === "waits") yield `  relay ${relay}: has not acknowledged its newest permits yet`;
    else
      yield `  relay ${relay}: has acknowledged permits until ${until}${left === 0 ? "" : `, WITHOUT ${left} PAIRS`}`;
  }
  for (const [relay, times] of Object.entries(doubts))
    yield `  the origin doubts ${relay} (${times}): routes over it lost much, and none over it carried`;
  for (const each of leftOut.relays) yield `  left out: relay ${each.relay}: ${relayWords(each)}`;
  for (const { node, peer, tag, why } of leftOut.links)
    yield `  left out: link ${node} to ${peer}${tag === "0" ? "" : ` (${tag})`}: ${reasonOf(LINKS, why)}`;
  if (leftOut.more > 0) yield `  left out: ${leftOut.more} more`;
}

function relayWords({ why, because, forMs, cost, share, load }: ToldRelay): string {
  if (why === "dearer") return `a route over it costs ${cost ?? "?"} at least`;
  if (why === "later")
    return `a route over it costs ${cost ?? "?"}, less than the primary: it could not be had when the lease was made, and is chosen when that is renewed`;
  if (why === "avoided") {
    const reason = Object.hasOwn(AVOIDED, because ?? "")
      ? AVOIDED[because!]!
      : `it refused permits (${because ?? "?"})`;
    return `${reason}; it is in no new lease for ${formatDuration(forMs ?? 0)} more`;
  }
  const room = why !== "no-room" || share === undefined ? "" : ` (${load ?? 0} of ${share} kbit/s are planned)`;
  return `${reasonOf(RELAYS, why)}${room}`;
}

/** Reasons of a later version have no sentence here. */
function reasonOf(sentences: Readonly<Record<string, string>>, reason: string): string {
  return Object.hasOwn(sentences, reason) ? sentences[reason]! : reason;
}
