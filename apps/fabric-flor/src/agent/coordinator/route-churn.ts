/**
 * Leases that an origin causes itself: it asks for other hosts, for other classes or rates, or doubts relays. Whoever causes too many is slowed: what it causes comes once in a while for each host, and
 * all else of its leases as before. Pure.
 */
import type { ReportBody } from "@florenetes/facts";
import { Doubts, isSafer, type PlannedRoute, ROUTE_LOSS_MAX } from "@florenetes/routes";
import { CHURN_PAUSE_MS } from "../misuse/limits.ts";
import type { Misuse } from "../misuse/misuse.ts";
import type { Moment } from "../moment.ts";
import { lookSoon, NO_DOUBTS, type Slot } from "./lease-slot.ts";

type Measured = ReportBody["routes"][number]["measured"];

export class RouteChurn {
  /** Changes of routes by choice that waited as the last look was 10 s ago or less. */
  heldBack = 0;
  readonly #misuse: Misuse;

  constructor(misuse: Misuse) {
    this.#misuse = misuse;
  }

  /** An origin asks for a host that it did not ask for, or for something else there. A slowed one waits for its first lease there. */
  handleAsked(slot: Slot, at: Moment): void {
    this.#misuse.countNode("route-churn", slot.want.origin, slot.organization, at);
    if (!this.#isSlowed(slot, at)) return;
    this.#misuse.handleHeldBack("route-churn");
    if (slot.given.length === 0 && slot.issuing === undefined) slot.againAt = at.now + CHURN_PAUSE_MS;
  }

  /** Takes what an origin has measured of the routes of its newest lease. Doubts are looked at soon, but not each time that they are told. */
  learn(slot: Slot, record: string, measured: Measured, at: Moment): void {
    const { leased } = slot;
    slot.doubts ??= new Doubts();
    slot.doubts.learn(record, leased!.routes, measured, at.now);
    if (measured[0]![1] <= ROUTE_LOSS_MAX || this.isPaused(slot, at)) return;
    if (lookSoon(leased!, at.now)) this.heldBack++;
  }

  /** Whether a lease is not composed anew now for what its origin asks or doubts. */
  isPaused(slot: Slot, at: Moment): boolean {
    return at.now < slot.pausedUntil && this.#isSlowed(slot, at);
  }

  /** A lease was composed as its origin asks for something else: that was counted when it was asked. */
  handleComposed(slot: Slot, at: Moment): void {
    if (this.#isSlowed(slot, at)) slot.pausedUntil = at.now + CHURN_PAUSE_MS;
  }

  /** A lease follows another one that is not due. It counts where nothing but doubts speaks for it. */
  handleFollows(slot: Slot, found: readonly PlannedRoute[], alive: readonly PlannedRoute[], at: Moment): void {
    if (isSafer(found, alive, NO_DOUBTS)) return;
    this.#misuse.countNode("route-churn", slot.want.origin, slot.organization, at);
    this.handleComposed(slot, at);
  }

  #isSlowed({ want, organization }: Slot, at: Moment): boolean {
    return this.#misuse.isNodeSlowed("route-churn", want.origin, organization, at);
  }
}
