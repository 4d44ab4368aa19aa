import { SHARES_PER_PAIR_MAX, SharesOfPairs, TrafficClass } from "@florenetes/forwarding";
import type { ClusterConfig, LinkPermit } from "./cluster-config.ts";
import type { LeaveOut, OverlayTransit } from "./overlay.ts";

/**
 * The pairs of links that the overlay opens. Several permits for one pair and share add up: their classes together, and the sum of their rates. A pair
 * of the file stays as it is. Without the owner's leave, or beyond it, a permit is left out.
 *
 * @param linkOf Indices of links by their names
 * @param now Milliseconds since 1970: permits that have ended are passed over
 */
export function layTransit(
  { transit, fabric }: Pick<ClusterConfig, "transit" | "fabric">,
  permits: readonly OverlayTransit[],
  linkOf: ReadonlyMap<string, number>,
  now: number,
  leaveOut: LeaveOut,
): LinkPermit[] {
  const written = new Set(transit.map(([a, b]) => keyOf(a, b)));
  const pairs = new Map<string, LinkPermit>();
  const shares = new SharesOfPairs();
  let rate = 0;
  for (const permit of permits) {
    if (permit.until <= now) continue;
    const what = `transit ${permit.from} ${permit.to}`;
    const [a, b] = [linkOf.get(permit.from), linkOf.get(permit.to)];
    if (a === undefined || b === undefined) {
      leaveOut(what, `there is no link ${a === undefined ? permit.from : permit.to}`);
      continue;
    }
    const key = keyOf(a, b);
    if (written.has(key)) {
      leaveOut(what, "the config file has this pair, without limits");
      continue;
    }
    const why = whyBeyond(permit, fabric?.relay, rate);
    if (why !== undefined) {
      leaveOut(what, why);
      continue;
    }
    const { share } = permit;
    if (!shares.take(key, share)) {
      leaveOut(what, TOO_MANY_SHARES);
      continue;
    }
    rate += permit.rate;
    const whose = `${key} ${share ?? 0}`;
    pairs.set(whose, sumOf(pairs.get(whose) ?? nothing(a, b, share), permit));
  }
  return [...pairs.values()];
}

/** Why a permit for a share is too much, in words for people. */
export const TOO_MANY_SHARES: string = `permits open a pair of links for ${SHARES_PER_PAIR_MAX} shares at most`;

/**
 * Why the owner of the vertex does not let a permit pass; undefined: it passes.
 *
 * @param rate Bits per second that other permits have
 */
export function whyBeyond(
  permit: Pick<OverlayTransit, "classes" | "rate">,
  relay: NonNullable<ClusterConfig["fabric"]>["relay"],
  rate: number,
): string | undefined {
  if (relay === undefined) return "the config file does not let this vertex relay: it has no `fabric.relay`";
  const beyond = permit.classes.find((name) => !relay.classes.has(TrafficClass[name]));
  if (beyond !== undefined) return `the config file does not let the class ${beyond} pass (\`fabric.relay\`)`;
  if (rate + permit.rate > relay.bitsPerSecond)
    return `all permits together are above the rate of ${relay.bitsPerSecond} bit/s that the config file lets pass (\`fabric.relay\`)`;
  return undefined;
}

function sumOf({ pair, share, allowance, ids }: LinkPermit, { classes, rate, permit }: OverlayTransit): LinkPermit {
  const added = classes.reduce((set, name) => set | (1 << TrafficClass[name]), allowance.classes);
  const sum = { classes: added, bitsPerSecond: allowance.bitsPerSecond + rate };
  return { pair, share, allowance: sum, ids: [...new Set([...ids, permit])] };
}

function nothing(a: number, b: number, share: number | undefined): LinkPermit {
  return { pair: [a, b], share, allowance: { classes: 0, bitsPerSecond: 0 }, ids: [] };
}

function keyOf(a: number, b: number): string {
  return a < b ? `${a} ${b}` : `${b} ${a}`;
}
