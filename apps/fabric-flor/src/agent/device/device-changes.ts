import type { DeviceProfile } from "@florenetes/facts";
import { CHANGE_MS } from "./limits.ts";

/** Which facts of a device are told when: the first change at once, further ones together a second behind it. Pure. */
export class DeviceChanges {
  #facts: DeviceProfile | undefined;
  #told: DeviceProfile | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;

  /** Takes the facts as they are now. */
  handleFacts(facts: DeviceProfile): void {
    this.#facts = facts;
  }

  /** Facts that are to be told now; undefined: none are. */
  poll(now: number): DeviceProfile | undefined {
    if (now < this.nextTimeout()) return undefined;
    this.#told = this.#facts;
    this.#toldAt = now;
    return this.#told;
  }

  /** When `poll` has something to tell, in monotonic milliseconds; Infinity: never. */
  nextTimeout(): number {
    return this.#facts === undefined || isSame(this.#facts, this.#told)
      ? Number.POSITIVE_INFINITY
      : this.#toldAt + CHANGE_MS;
  }
}

function isSame(a: DeviceProfile, b: DeviceProfile | undefined): boolean {
  return (
    a.battery === b?.battery &&
    a.charging === b?.charging &&
    a.network === b?.network &&
    a.metered === b?.metered &&
    a.foreground === b?.foreground
  );
}
