/** A place in a `LinkedQueue`. Its holder keeps it for as long as it may want to leave the queue. */
export class QueuePlace<Holder> {
  readonly holder: Holder;
  /** Only the queue sets these two. */
  before: QueuePlace<Holder> | undefined;
  behind: QueuePlace<Holder> | undefined;
  isQueued = false;

  constructor(holder: Holder) {
    this.holder = holder;
  }
}

/** A queue, first in, first out, from whose middle holders can leave without a trace. */
export class LinkedQueue<Holder> {
  #first: QueuePlace<Holder> | undefined;
  #last: QueuePlace<Holder> | undefined;

  get first(): Holder | undefined {
    return this.#first?.holder;
  }

  /** Adds a holder at the end; a waiting one stays at its place. */
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
