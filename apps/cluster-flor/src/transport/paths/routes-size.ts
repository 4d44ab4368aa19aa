import type { PathSize } from "./path-size.ts";

/**
 * The size of a path that has several routes: its packets fit each of them, so that a switch changes no size. A route whose size
 * is not known yet counts only while that of none is.
 */
export class RoutesSize implements PathSize {
  readonly #sizes: () => readonly PathSize[];

  /** @param sizes Returns the sizes of the present routes: that of the route in use first. */
  constructor(sizes: () => readonly PathSize[]) {
    this.#sizes = sizes;
  }

  get mtu(): number {
    return this.#smallest.mtu;
  }

  get origin(): PathSize["origin"] {
    return this.#smallest.origin;
  }

  get payloadMax(): number {
    return this.#smallest.payloadMax;
  }

  get isUnknown(): boolean {
    return this.#sizes().every(({ isUnknown }) => isUnknown);
  }

  get isWaitedFor(): boolean {
    return this.#sizes().every(({ isWaitedFor }) => isWaitedFor);
  }

  isCarried(payloadMax: number): boolean {
    return this.#sizes().every((size) => size.isCarried(payloadMax));
  }

  handleUse(now: number): void {
    for (const size of this.#sizes()) size.handleUse(now);
  }

  /** Only packets over the route in use can be in doubt. */
  handleDoubt(payloadMax: number, now: number): void {
    this.#sizes()[0]?.handleDoubt(payloadMax, now);
  }

  get #smallest(): PathSize {
    const all = this.#sizes();
    const known = all.filter(({ isUnknown }) => !isUnknown);
    return (known.length > 0 ? known : all).reduce((least, size) =>
      size.payloadMax < least.payloadMax ? size : least,
    );
  }
}
