/** A place in a `LinkedQueue`, which its holder keeps for as long as it may want to leave. */
export class QueuePlace<Holder> {
  readonly holder: Holder;
  /** Both are the queue's own to set. */
  before: QueuePlace<Holder> | undefined;
  behind: QueuePlace<Holder> | undefined;
  isQueued = false;

  constructor(holder: Holder) {
    this.holder = holder;
  }
}

/** First come, first served; whoever waits may leave from the middle, so that nothing of him is kept. */
export class LinkedQueue<Holder> {
  #first: QueuePlace<Holder> | undefined;
  #last: QueuePlace<Holder> | undefined;

  get first(): Holder | undefined {
    return this.#first?.holder;
  }

  /** Whoever waits already stays where he is. */
  push(place: QueuePlace<Holder>): void {
    if (place.isQueued) return;
    place.isQueued = true;
    place.before = this.#last;
    if (this.#last === undefined) this.#first = place;
    else this.#last.behind = place;
    this.#last = place;
  }

  remove(place: QueuePlace<Holder>): void {
    if (!place.isQueued) return;
    if (place.before === undefined) this.#first = place.behind;
    else place.before.behind = place.behind;
    if (place.behind === undefined) this.#last = place.before;
    else place.behind.before = place.before;
    place.before = undefined;
    place.behind = undefined;
    place.isQueued = false;
  }
}
