/** A phone at rest: it carries nothing for others, serves nobody and uses nothing at present, so that coordinators hear of it rarely and its radio sleeps. Pure. */
import type { FactBook } from "@florenetes/facts";
import type { View } from "../door/view.ts";
import { REST_AFTER_MS, REST_AGAIN_MS, REST_LETTER_MS, REST_RENEWED_MS } from "../limits.ts";
import type { Moment } from "../moment.ts";
import { isPhone } from "../records/is-phone.ts";
import type { HostUse } from "./host-uses.ts";
import type { LeaseDesk } from "./lease-desk.ts";
import type { OwnFacts } from "./own-facts.ts";
import { offerOf } from "./report.ts";

export interface PhoneRestOptions {
  readonly node: string;
  readonly book: () => FactBook | undefined;
  readonly own: OwnFacts;
  readonly leases: LeaseDesk;
}

/** Gates that open by themselves, as time goes by: a phone with one of them may carry for others soon. */
const WAITED_FOR: ReadonlySet<string> = new Set(["phone-uplink"]);

export class PhoneRest {
  readonly #options: PhoneRestOptions;
  /** Since when nothing is done, in monotonic milliseconds; undefined: something is. */
  #idleSince: number | undefined;

  constructor(options: PhoneRestOptions) {
    this.#options = options;
  }

  /** Whether this node is one that is to be spared, as it runs on a battery. */
  isPhone({ wall }: Moment): boolean {
    const book = this.#options.book();
    return book !== undefined && isPhone(book, this.#options.node, wall);
  }

  /** The gates that keep this node from carrying for others, where it is a phone; none: it is none, or all are open. */
  shutGates(at: Moment): ReturnType<OwnFacts["shutGates"]> {
    return this.isPhone(at) ? this.#options.own.shutGates(at) : [];
  }

  /** Looks whether the node does anything, by the newest view and the hosts that leases are asked for. */
  look(view: View, uses: readonly HostUse[], at: Moment): void {
    if (!this.#isIdle(view, uses, at)) this.#idleSince = undefined;
    else this.#idleSince ??= at.now;
  }

  /** Whether nothing was done for so long that the node rests. */
  isResting({ now }: Moment): boolean {
    return this.#idleSince !== undefined && now >= this.#idleSince + REST_AFTER_MS;
  }

  /**
   * When a coordinator is to be written to, though there is nothing to tell, in monotonic milliseconds: it gives the leases then that it has renewed. Undefined: this node does
   * not rest.
   *
   * @param writtenAt When it was written to last: monotonic
   */
  writesAt(coordinator: string, writtenAt: number, at: Moment): number | undefined {
    if (!this.isResting(at)) return undefined;
    const { now, wall } = at;
    let next = writtenAt + REST_LETTER_MS;
    for (const { lease, standing } of this.#options.leases.inUse(at)) {
      const { issued, expires } = lease.fact;
      if (lease.coordinator !== coordinator || standing !== "live") continue;
      const renewedAt = now + (issued + expires) / 2 + REST_RENEWED_MS - wall;
      next = Math.min(next, Math.max(renewedAt, writtenAt + REST_AGAIN_MS));
    }
    return next;
  }

  #isIdle(view: View, uses: readonly HostUse[], at: Moment): boolean {
    const gates = this.shutGates(at);
    const mayCarry = offerOf(view) !== undefined && gates.every(({ gate }) => WAITED_FOR.has(gate));
    if (mayCarry || !this.isPhone(at)) return false;
    const agent = `fabric.${this.#options.node}`;
    if (view.services.some(({ name }) => name !== agent) || view.routes.some(({ rate }) => rate > 0)) return false;
    const live = [...this.#options.leases.inUse(at)].filter(({ standing }) => standing === "live");
    const served = new Set(live.map(({ lease }) => `${lease.fact.scope} ${lease.service}`));
    return uses.every(({ scope, service }) => served.has(`${scope} ${service}`));
  }
}
