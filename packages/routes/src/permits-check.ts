/** The check of permits at their relay. The owner's opt-in and limits bind, whatever is signed. */
import {
  bodyOf,
  type Fact,
  judge,
  type JudgeOptions,
  type PermitsBody,
  type PermittedPair,
  readPermitsSubject,
} from "@florenetes/facts";
import type { WorkloadClassName } from "@florenetes/forwarding";
import { directoryOf, isCoordinator, RELAY_ROLE } from "./directory.ts";
import type { RefusedRecord } from "./lease-check.ts";
import { pairKey } from "./lease-issue.ts";
import type { RouteReason } from "./reasons.ts";

export interface RelayGrounds extends JudgeOptions {
  readonly node: string;
  /** The labels of the node's own links. */
  readonly links: ReadonlySet<number>;
  /** The owner of the node lets it carry this for others, in kbit/s; undefined: nothing. */
  readonly offer: { readonly classes: readonly WorkloadClassName[]; readonly rate: number } | undefined;
  /** The rate of permits in other slots than the checked ones, in kbit/s. */
  readonly otherRate: number;
}

export interface CheckedPermits {
  readonly isAccepted: true;
  readonly fact: Fact;
  readonly coordinator: string;
  /** Pairs of links that this node has. */
  readonly pairs: readonly {
    readonly pair: PermittedPair;
    readonly classes: readonly WorkloadClassName[];
    /** Undefined: for packets whose share has no permits of its own. */
    readonly share: number | undefined;
  }[];
  /** Pairs of which it has a link no more, or not yet, each once: the coordinator is told them with the acknowledgement. */
  readonly left: readonly (readonly [from: number, to: number])[];
}

/** Checks the octets of permits: the judge's reasons first, then whose they are, then what the owner offers. Void permits have no pairs, and are always taken. */
export function checkPermits(octets: Uint8Array, grounds: RelayGrounds): CheckedPermits | RefusedRecord {
  const judgement = judge(octets, grounds);
  if (!judgement.isAccepted) return judgement;
  const { fact } = judgement;
  if (fact.kind !== "permits") return refused("kind");
  const { relay, coordinator } = readPermitsSubject(fact.subject)!;
  if (relay !== grounds.node) return refused("not-mine");
  const directory = directoryOf(grounds.held, grounds.now);
  const own = directory.node(relay);
  if (own === undefined || !isCoordinator(directory, coordinator, own.partition, fact.scope))
    return refused("partition");
  const sets = bodyOf(fact, "permits")?.sets ?? [];
  const pairs = sets.flatMap(({ classes, share, pairs }) => pairs.map((pair) => ({ pair, classes, share })));
  if (pairs.length > 0) {
    const hasRole = directory.hasRole(relay, RELAY_ROLE, own.partition, fact.scope);
    const reason = hasRole ? findOfferFault(sets, grounds) : "no-role";
    if (reason !== undefined) return refused(reason);
  }
  const isOwn = ([from, to]: PermittedPair): boolean => grounds.links.has(from) && grounds.links.has(to);
  const others = pairs.filter(({ pair }) => !isOwn(pair));
  return {
    isAccepted: true,
    fact,
    coordinator,
    pairs: pairs.filter(({ pair }) => isOwn(pair)),
    left: [...new Map(others.map(({ pair: [from, to] }) => [pairKey(from, to), [from, to] as const])).values()],
  };
}

/** The rates of all pairs together, in kbit/s. */
export function rateOf({ sets }: PermitsBody): number {
  return sets.flatMap(({ pairs }) => pairs).reduce((sum, [, , rate]) => sum + rate, 0);
}

function findOfferFault(sets: PermitsBody["sets"], { offer, otherRate }: RelayGrounds): RouteReason | undefined {
  if (offer === undefined) return "no-offer";
  if (sets.some(({ classes }) => !classes.every((each) => offer.classes.includes(each)))) return "class";
  return rateOf({ sets }) + otherRate > offer.rate ? "rate" : undefined;
}

function refused(reason: RouteReason): RefusedRecord {
  return { isAccepted: false, reason };
}
