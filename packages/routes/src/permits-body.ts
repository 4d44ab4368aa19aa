/** The bodies of permits for a relay, made of what leases need there: pairs by their classes and shares. */
import { PERMIT_PAIRS_MAX, PERMIT_SETS_MAX, type PermitsBody, type PermittedPair } from "@florenetes/facts";
import { SharesOfPairs, WORKLOAD_CLASS_NAMES, type WorkloadClassName } from "@florenetes/forwarding";
import { CLASS_SETS_MAX, LEASE_RATE_MIN, PERMITS_SIZE_MAX } from "./limits.ts";

/** A pair as the leases of one slot need it. */
export interface NeededPair {
  readonly from: number;
  readonly to: number;
  readonly rate: number;
  readonly classes: readonly WorkloadClassName[];
  /** The shares of these leases; 0: without one. */
  readonly shares: readonly number[];
  /** Other shares of leases before them, which far ends may still answer by. */
  readonly former: readonly number[];
}

/** A relay, as permits are made for it. */
export interface PermitsTerms {
  readonly knowsShares: boolean;
  /** The rate that it carries for leases of this coordinator, in kbit/s. */
  readonly rate: number;
}

type Part = Omit<NeededPair, "shares" | "former"> & { readonly share: number };

/**
 * The parts of needed pairs by their shares. A slot whose leases have several is permitted its rate for each of them, and a low rate for former ones, where the relay carries as much in all. Where not,
 * it is permitted without share while it has several, and so is each other slot with one of these shares on that pair, as a share that has permits there passes by nothing else: packets of all of them pass by
 * what is without share, and the rates of all permits stay below the offer.
 */
export function partsOf<Pair extends NeededPair>(
  pairs: readonly Pair[],
  { knowsShares, rate: most }: PermitsTerms,
): (Omit<Pair, "shares" | "former"> & { readonly share: number })[] {
  const rates = pairs.map(({ rate, shares, former }) => rate * shares.length + formerRate(rate) * former.length);
  const hasRoom = rates.reduce((sum, rate) => sum + rate, 0) <= most;
  const shareless = hasRoom ? new Set<string>() : sharelessIn(pairs);
  return pairs.flatMap(({ shares, former, ...pair }) => {
    const own = shares.length === 0 ? former : shares;
    if (!knowsShares || own.some((share) => shareless.has(`${keyOf(pair)} ${share}`))) return [{ ...pair, share: 0 }];
    const lower = { ...pair, rate: formerRate(pair.rate) };
    const others = hasRoom && shares.length > 0 ? former : [];
    return [...own.map((share) => ({ ...pair, share })), ...others.map((share) => ({ ...lower, share }))];
  });
}

/** Pairs with shares, as text, that go without permits of their own: those of slots with several, and of whoever has one of these on the same pair. */
function sharelessIn(pairs: readonly NeededPair[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (let before = -1; before < found.size;) {
    before = found.size;
    for (const { shares, former, ...pair } of pairs) {
      const own = (shares.length === 0 ? former : shares).map((share) => `${keyOf(pair)} ${share}`);
      if (own.length > 1 || own.some((each) => found.has(each))) for (const each of own) found.add(each);
    }
  }
  return found;
}

function formerRate(rate: number): number {
  return Math.min(rate, LEASE_RATE_MIN);
}

/**
 * The body for one scope. Where pairs have too many classes and shares for one record, all pairs of a share have all classes of that share: the offer still binds. Where that is not enough, shares go
 * on without permits of their own, those with the most pairs first: whoever needs few pairs keeps them apart from whoever needs many.
 */
export function permitsOf(all: readonly Part[]): PermitsBody {
  const parts = summed(all);
  const whole = bodyOf(parts, CLASS_SETS_MAX);
  if (fits(whole)) return whole;
  const counts = [...Map.groupBy(parts, ({ share }) => share)]
    .filter(([share]) => share !== 0)
    .map(([share, own]) => [share, new Set(own.map(keyOf)).size] as const)
    .sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  const merged = new Set<number>();
  for (const [share] of counts) {
    const body = bodyOf(without(parts, merged), 1);
    if (fits(body)) return body;
    merged.add(share);
  }
  return bodyOf(without(parts, merged), CLASS_SETS_MAX);
}

/** Sums parts up, so that there is one for each pair, share and set of classes: there are far more slots. */
function summed(parts: readonly Part[]): readonly Part[] {
  const alike = Map.groupBy(parts, ({ share, classes, ...pair }) => `${keyOf(pair)} ${share} ${classes.join()}`);
  return [...alike.values()].map((group) => ({ ...group[0]!, rate: group.reduce((sum, { rate }) => sum + rate, 0) }));
}

function without(parts: readonly Part[], shares: ReadonlySet<number>): readonly Part[] {
  return parts.map((part) => (shares.has(part.share) ? { ...part, share: 0 } : part));
}

function fits(body: PermitsBody): boolean {
  const pairs = body.sets.reduce((sum, set) => sum + set.pairs.length, 0);
  const isShort = body.sets.length <= PERMIT_SETS_MAX && pairs <= PERMIT_PAIRS_MAX;
  const shares = new SharesOfPairs();
  const isTaken = body.sets.every(({ share, pairs }) =>
    pairs.every(([from, to]) => shares.take(keyOf({ from, to }), share)),
  );
  return isShort && isTaken && JSON.stringify(body).length <= PERMITS_SIZE_MAX;
}

/** @param most Sets of one share: where its pairs have more kinds of classes, all of them have all */
function bodyOf(parts: readonly Part[], most: number): PermitsBody {
  const byShare = [...Map.groupBy(parts, ({ share }) => share)].sort(([a], [b]) => a - b);
  return { sets: byShare.flatMap(([share, own]) => setsOf(share, own, most)) };
}

function setsOf(share: number, parts: readonly Part[], most: number): PermitsBody["sets"] {
  const pairs = new Map<string, { pair: PermittedPair; classes: Set<WorkloadClassName> }>();
  for (const part of parts) {
    const { from, to, rate, classes } = part;
    const before = pairs.get(keyOf(part));
    pairs.set(keyOf(part), {
      pair: [from, to, rate + (before?.pair[2] ?? 0)],
      classes: new Set([...classes, ...(before?.classes ?? [])]),
    });
  }
  const sorted = [...pairs.values()].sort((a, b) => a.pair[0] - b.pair[0] || a.pair[1] - b.pair[1]);
  const sets = Map.groupBy(sorted, ({ classes }) => inOrder(classes).join(" "));
  const rest = share === 0 ? {} : { share };
  const all = inOrder(new Set(sorted.flatMap(({ classes }) => [...classes])));
  if (sets.size > most) return [{ classes: all, ...rest, pairs: sorted.map(({ pair }) => pair) }];
  return [...sets.keys()].sort().map((key) => {
    const group = sets.get(key)!;
    return { classes: inOrder(group[0]!.classes), ...rest, pairs: group.map(({ pair }) => pair) };
  });
}

function keyOf({ from, to }: Pick<Part, "from" | "to">): string {
  return `${from} ${to}`;
}

function inOrder(classes: ReadonlySet<WorkloadClassName>): WorkloadClassName[] {
  return WORKLOAD_CLASS_NAMES.filter((name) => classes.has(name));
}
