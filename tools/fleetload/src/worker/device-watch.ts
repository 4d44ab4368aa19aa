import type { DeviceLook } from "../device/device.ts";

/** Follows one device: when it came up, and whether it is back since something died. Pure. */
export class DeviceWatch {
  upAt: number | undefined;
  /** Since the mark something was lost for the device. */
  isLost = false;
  backAt: number | undefined;
  look: DeviceLook | undefined;
  #answeredBefore = 0;
  #isMarked = false;

  get isUp(): boolean {
    return this.look !== undefined && isWhole(this.look) && this.look.answered > 0;
  }

  /** From now on it counts whether the device is back. */
  mark(died: "coordinators" | "hub"): void {
    this.#isMarked = true;
    this.backAt = undefined;
    this.isLost = died === "coordinators";
    this.#answeredBefore = this.look?.answered ?? 0;
  }

  /** @param wall milliseconds since 1970 */
  handleLook(look: DeviceLook, wall: number): void {
    this.look = look;
    if (this.isUp) this.upAt ??= wall;
    if (!this.#isMarked || this.backAt !== undefined) return;
    if (!this.isLost && !isWhole(look)) {
      this.isLost = true;
      this.#answeredBefore = look.answered;
    }
    if (this.isLost && isWhole(look) && look.answered > this.#answeredBefore) this.backAt = wall;
  }
}

function isWhole({ linksUp, isNode }: DeviceLook): boolean {
  return linksUp > 0 && isNode;
}
