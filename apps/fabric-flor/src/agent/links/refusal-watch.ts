import type { AgentNews } from "../agent-orders.ts";
import type { DoorFault } from "../door/door-sync.ts";
import { HELD_BACK_MS } from "./limits.ts";

/** Codes of a door that refuses an order for its links. */
const LINK_FAULTS: ReadonlySet<string> = new Set(["ERR_OVERLAY_LINKS_MAX", "ERR_OVERLAY_DIAL", "ERR_OVERLAY_LINK"]);

/** An order that is refused for its links must not keep paths from being made: it is made without new links for a while. Pure. */
export class RefusalWatch {
  /** Orders that the door has refused for their links. */
  count = 0;
  #fault: DoorFault | undefined;
  #until = Number.NEGATIVE_INFINITY;
  #now = Number.NEGATIVE_INFINITY;

  /** Whether orders have no new links at present. */
  get isHeldBack(): boolean {
    return this.#now < this.#until;
  }

  /**
   * Looks at the refusal of the last order.
   *
   * @param now Monotonic milliseconds
   * @returns What people want to know; undefined: nothing new
   */
  look(fault: DoorFault | undefined, now: number): AgentNews | undefined {
    this.#now = now;
    if (fault === this.#fault) return undefined;
    this.#fault = fault;
    if (fault === undefined || !LINK_FAULTS.has(fault.code)) return undefined;
    this.count++;
    this.#until = now + HELD_BACK_MS;
    return { level: "warn", code: "LINKS_REFUSED", about: { reason: fault.code }, text: fault.text };
  }
}
