/** Neighbours for whom letters wait, as they take no more of this node at present. Times are monotonic milliseconds. Pure. */
export class PacedPeers {
  /** How often letters had to wait. */
  held = 0;
  readonly #opensAt = new Map<string, number>();

  /** Letters for a neighbour wait until then. A wait that goes on is counted once. */
  hold(peer: string, until: number): void {
    if (!this.#opensAt.has(peer)) this.held++;
    this.#opensAt.set(peer, until);
  }

  release(peer: string): void {
    this.#opensAt.delete(peer);
  }

  /** Neighbours whose letters wait no more. */
  releaseDue(now: number): readonly string[] {
    const due = [...this.#opensAt].flatMap(([peer, opensAt]) => (now < opensAt ? [] : [peer]));
    for (const peer of due) this.release(peer);
    return due;
  }

  /** When the first of them wait no more; Infinity: none do. */
  nextTimeout(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#opensAt.values());
  }
}
