import { CONTEXT_SIZE } from "../connect-ip/limits.ts";
import { MTU_GROWTH_MS, MTU_MAX, MTU_MIN } from "./limits.ts";

/** The MTU of the device by what the vertex says of the route (ROUTE_UPDATE): it shrinks at once, and grows after a minute. Pure. */
export class DeviceMtu {
  #value = MTU_MIN;
  /** A larger MTU, and since when it is told. */
  #larger: { readonly value: number; readonly since: number } | undefined;
  #isKnown = false;

  get value(): number {
    return this.#value;
  }

  /**
   * The vertex has said what goes in one piece.
   *
   * @param datagramSize bytes of a datagram; 0: it is not known
   * @param now monotonic milliseconds
   */
  handleRoute(datagramSize: number, now: number): void {
    if (datagramSize === 0) return;
    const value = Math.max(MTU_MIN, Math.min(MTU_MAX, datagramSize - CONTEXT_SIZE));
    if (value <= this.#value || !this.#isKnown) {
      this.#value = value;
      this.#larger = undefined;
    } else this.#larger = { value: Math.min(value, this.#larger?.value ?? value), since: this.#larger?.since ?? now };
    this.#isKnown = true;
  }

  /** When a larger MTU is due; undefined: there is none. */
  get dueAt(): number | undefined {
    return this.#larger === undefined ? undefined : this.#larger.since + MTU_GROWTH_MS;
  }

  handleTimeout(now: number): void {
    if (this.dueAt === undefined || now < this.dueAt) return;
    this.#value = this.#larger!.value;
    this.#larger = undefined;
  }
}
