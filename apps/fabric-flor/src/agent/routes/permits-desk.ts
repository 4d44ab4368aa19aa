/** The permits of this node: which are held, the pairs of links that they open, and which of them may be acknowledged. Pure. */
import { SharesOfPairs } from "@florenetes/forwarding";
import { isName } from "@florenetes/operator-text";
import { checkPermits, type CheckedPermits, HeldPermits, permitsVersion, type Standing } from "@florenetes/routes";
import type { LeftPair } from "@florenetes/feed";
import { type Fact, type ReportBody, slotOf } from "@florenetes/facts";
import type { OverlayTransit } from "../door/overlay.ts";
import type { View } from "../door/view.ts";
import { forgetOldest } from "../forget-oldest.ts";
import { OVERLAY_TRANSIT_MAX, PERMITS_REMEMBERED_MAX } from "../limits.ts";
import type { Moment } from "../moment.ts";
import { offerOf } from "./report.ts";
import type { RouteGrounds } from "./route-grounds.ts";

/** Permits that were taken, and that the vertex has not taken yet. */
interface Waiting {
  readonly coordinator: string;
  readonly left: readonly LeftPair[];
}

/** Permits are taken or refused: the coordinator is told. */
export interface PermitsOutcome {
  readonly id: string;
  readonly coordinator: string;
  readonly outcome: string;
  readonly left: readonly LeftPair[];
}

export class PermitsDesk {
  readonly #grounds: RouteGrounds;
  readonly #held = new HeldPermits();
  readonly #octets = new Map<string, Uint8Array>();
  /** Coordinators of permits by their ids, also of those that others have followed: a vertex has them a moment longer. */
  readonly #coordinators = new Map<string, string>();
  readonly #waiting = new Map<string, Waiting>();
  #kept: readonly Uint8Array[];
  #view: View | undefined;

  constructor(grounds: RouteGrounds, kept: readonly Uint8Array[]) {
    this.#grounds = grounds;
    this.#kept = kept;
  }

  /** Takes the view as it is now. Returns the permits that the vertex has taken. */
  follow(view: View, at: Moment): PermitsOutcome[] {
    this.#view = view;
    for (const octets of this.#kept) this.#check(octets, this.#grounds.judgeKept(octets, at.wall));
    if (this.#grounds.book !== undefined) this.#kept = [];
    const opened = this.transit(at);
    return [...this.#waiting].flatMap(([id, { coordinator, left }]) => {
      const wanted = opened.filter(({ permit }) => permit === id);
      const open = new Set(view.overlay.transit?.map(nameOf));
      const isOpen = (each: OverlayTransit): boolean => open.has(nameOf(each));
      if (!wanted.every(isOpen)) return [];
      this.#waiting.delete(id);
      return [{ id, coordinator, outcome: "taken", left }];
    });
  }

  /** Judges permits that a coordinator has sent. Returns what it is told at once; undefined: that waits for the vertex. */
  handlePermits(octets: Uint8Array, { id }: Fact, at: Moment): Omit<PermitsOutcome, "coordinator"> | undefined {
    const isHeld = this.#octets.has(id) && !this.#waiting.has(id);
    const checked = this.#check(octets, this.#grounds.judgeOptions(at.wall));
    if (typeof checked === "string") return { id, outcome: checked, left: [] };
    // The vertex has these permits already: their acknowledgement was lost on its way.
    const { coordinator, left } = checked;
    if (isHeld) return { id, outcome: "taken", left };
    this.#waiting.set(id, { coordinator, left });
    return undefined;
  }

  /** The pairs of links to be opened, as far as the owner lets packets of others pass. */
  transit(at: Moment): readonly OverlayTransit[] {
    const view = this.#view;
    const offer = view === undefined ? undefined : offerOf(view);
    if (view === undefined || offer === undefined) return [];
    const names = new Map(view.links.map(({ label, name }) => [label, name]));
    const opened: OverlayTransit[] = [];
    const shares = new SharesOfPairs();
    let rateLeft = offer.rate;
    for (const { fact, pairs } of this.#good(at)) {
      const until = this.#grounds.heldUntil(fact, at.wall);
      for (const { pair, classes, share } of pairs) {
        const [from, to] = [names.get(pair[0]), names.get(pair[1])];
        const isOffered = classes.every((each) => offer.classes.includes(each)) && pair[2] <= rateLeft;
        if (from === undefined || to === undefined || !isOffered || opened.length === OVERLAY_TRANSIT_MAX) continue;
        rateLeft -= pair[2];
        // The vertex refuses an order as a whole that has more shares for a pair: the others go on without one.
        const isTold = view.shares && share !== undefined && shares.take(`${pair[0]} ${pair[1]}`, share);
        const ofShare = isTold ? { share } : {};
        opened.push({ from, to, classes, rate: 1_000 * pair[2], permit: fact.id, ...ofShare, until });
      }
    }
    return opened;
  }

  /** The epochs of the permits that are held, for the coordinators of reports: 0 for each of these coordinators that has none here. */
  versions(coordinators: Iterable<string>, at: Moment): ReportBody["versions"] {
    const epochs = new Map<string, number>();
    for (const name of coordinators) epochs.set(permitsVersion(name, "cluster"), 0);
    for (const { fact, coordinator } of this.#good(at)) epochs.set(permitsVersion(coordinator, fact.scope), fact.epoch);
    return [...epochs].flatMap(([of, version]) => (isName(of) ? [{ of, version }] : []));
  }

  /** Whether no permits that are held have ended. */
  areLive(at: Moment): boolean {
    return this.#good(at).every(({ fact }) => at.wall < fact.expires);
  }

  /** How many permits are held. */
  size(at: Moment): number {
    return this.#good(at).length;
  }

  /** How many of them the vertex has not taken yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** The coordinator of permits; undefined: they were not here of late. */
  coordinatorOf(id: string): string | undefined {
    return this.#coordinators.get(id);
  }

  /** When permits end, or may be held from then on, in milliseconds since 1970; Infinity: never. */
  nextTimeout(at: Moment): number {
    const turns = [...this.#standings(at).keys()].map(({ fact: { expires, issuer = "" } }) =>
      at.wall < expires ? expires : this.#grounds.silentAt(issuer, at),
    );
    return Math.min(Number.POSITIVE_INFINITY, ...turns);
  }

  /** The octets of all permits, to be kept over a restart. */
  octets(at: Moment): readonly Uint8Array[] {
    const ids = new Set([...this.#standings(at).keys()].map(({ fact }) => fact.id));
    for (const id of this.#octets.keys()) if (!ids.has(id)) this.#octets.delete(id);
    return [...this.#kept, ...this.#octets.values()];
  }

  /** Permits that are good. */
  #good(at: Moment): readonly CheckedPermits[] {
    return [...this.#standings(at)].flatMap(([permits, standing]) =>
      standing === "live" || standing === "held" ? [permits] : [],
    );
  }

  /** Permits that are good, or may be again: while a coordinator answers and has not renewed them, it may still fall silent. They open nothing until then. */
  #standings(at: Moment): ReadonlyMap<CheckedPermits, Standing> {
    const standings = new Map<CheckedPermits, Standing>();
    const all = this.#held.good((permits) => {
      const standing = this.#grounds.permitsStanding(permits.fact, at);
      standings.set(permits, standing);
      return standing === "answers" || standing === "unwatched" ? "held" : standing;
    }, at.wall);
    return new Map(all.map((permits) => [permits, standings.get(permits) ?? "live"]));
  }

  #check(octets: Uint8Array, judge: ReturnType<RouteGrounds["judgeOptions"]>): CheckedPermits | string {
    const view = this.#view;
    if (judge === undefined || view === undefined) return "no-root";
    const links = new Set(view.links.flatMap(({ label }) => label ?? []));
    const fact = this.#grounds.read(octets);
    const otherRate = fact === undefined ? 0 : this.#held.rateBeside(slotOf(fact));
    const checked = checkPermits(octets, {
      ...judge,
      node: this.#grounds.node,
      links,
      offer: offerOf(view),
      otherRate,
    });
    if (!checked.isAccepted) return checked.reason;
    const outcome = this.#held.take(checked);
    if (outcome !== "taken") return outcome;
    this.#octets.set(checked.fact.id, octets);
    this.#coordinators.set(checked.fact.id, checked.coordinator);
    forgetOldest(this.#coordinators, PERMITS_REMEMBERED_MAX);
    return checked;
  }
}

/** The permit, the pair and the share of a line of the overlay. */
function nameOf({ permit, from, to, share = 0 }: OverlayTransit): string {
  return `${permit} ${from} ${to} ${share}`;
}
