import { isSameOverlay, type Overlay } from "./overlay.ts";
import type { AgentLife, DoorEvent, DoorEvents, View } from "./view.ts";

/** A question or an order for the door. The owner performs it, and says by `handle…` what came of it. */
export type DoorRequest =
  | { readonly kind: "view" }
  | { readonly kind: "events"; readonly after: number }
  | { readonly kind: "post"; readonly order: OverlayOrder };

export interface OverlayOrder extends Overlay {
  /** The generation that this order was made from. */
  readonly base: number;
  readonly life: AgentLife;
}

/** A refusal by the door, or the reason why it could not be asked. */
export interface DoorFault {
  /** A code of docs/operate/errors.md. */
  readonly code: string;
  readonly text: string;
  readonly advice: string;
}

/** The result of a request. */
export type DoorResult =
  | { readonly kind: "view"; readonly view: View }
  | { readonly kind: "events"; readonly events: DoorEvents }
  | { readonly kind: "posted" }
  /** The door has refused the order. */
  | { readonly kind: "refused"; readonly fault: DoorFault }
  /** The request could not be made, or was not answered as a door answers. */
  | { readonly kind: "away"; readonly request: DoorRequest["kind"]; readonly fault: DoorFault };

/** The pause after a failure: it doubles, up to the longest. */
const PAUSE_MS = 250;
const PAUSE_MS_MAX = 5_000;
/** An order that was refused for what it says is posted again unchanged after so long. */
const REFUSED_AGAIN_MS = 30_000;
/** Between two questions for events: many events in a row are read in a few views. */
const EVENTS_MS = 50;

const BASE_FAULT = "ERR_OVERLAY_BASE";

/**
 * Keeps the overlay of a cluster vertex as it is wanted: reads the view, waits for events, reads again, and posts where view and wish differ.
 * It performs no I/O. At most one view or order and one question for events are under way. Times are monotonic milliseconds.
 */
export class DoorSync {
  readonly #life: AgentLife;
  #view: View | undefined;
  #isStale = true;
  /** The request that is under way. */
  #asks: "view" | "post" | undefined;
  #waitsForEvents = false;
  /** The events that were told: those of this life of the vertex up to this number. Only events tell of knocks, so none is passed over. */
  #after = 0;
  #eventsLife = "";
  #events: DoorEvent[] = [];
  #eventsAskedAt = Number.NEGATIVE_INFINITY;
  #wanted: Overlay | undefined;
  /** The last comparison of the overlay in force with the wanted one: it is asked for at each turn, and sorts both. */
  #compared: { readonly overlay: Overlay; readonly wanted: Overlay; readonly isSame: boolean } | undefined;
  /** No view is read and nothing is posted before; no events are asked for before. */
  #pausedUntil = Number.NEGATIVE_INFINITY;
  #eventsPausedUntil = Number.NEGATIVE_INFINITY;
  #pauseMs = PAUSE_MS;
  #away: DoorFault | undefined;
  /** The wish that was refused for what it says. */
  #refused: { readonly overlay: Overlay; readonly fault: DoorFault; readonly againAt: number } | undefined;
  /** Orders that were taken. */
  posted = 0;
  /** Orders that were refused, since another overlay had come in between or for what they said. */
  refusals = 0;

  /** The life under which orders are posted. */
  get life(): AgentLife {
    return laterLife(this.#life, this.#view?.life ?? null);
  }

  constructor(life: AgentLife) {
    this.#life = life;
  }

  /** The newest view; undefined before the first. It stays while the door does not answer. */
  get view(): View | undefined {
    return this.#view;
  }

  /** Why the door cannot be asked; undefined while it answers. */
  get away(): DoorFault | undefined {
    return this.#away;
  }

  /** Why the wish is not in force; undefined while nothing was refused. */
  get refused(): DoorFault | undefined {
    return this.#refused?.fault;
  }

  /** Whether the overlay in force is the one that is wanted, as far as is known. */
  get isInSync(): boolean {
    const wanted = this.#wanted;
    const overlay = this.#view?.overlay;
    if (overlay === undefined || wanted === undefined) return false;
    if (this.#compared?.overlay !== overlay || this.#compared.wanted !== wanted) {
      this.#compared = { overlay, wanted, isSame: isSameOverlay(overlay, wanted) };
    }
    return this.#compared.isSame;
  }

  /** Sets the overlay that is wanted. */
  want(overlay: Overlay): void {
    if (this.#refused !== undefined && !isSameOverlay(this.#refused.overlay, overlay)) this.#refused = undefined;
    this.#wanted = overlay;
  }

  /** Something that the view shows has changed, or may have. */
  handleStale(): void {
    this.#isStale = true;
  }

  /** Takes the result of a request. */
  handleResult(result: DoorResult, now: number): void {
    if (result.kind === "away") return this.#handleAway(result.request, result.fault, now);
    this.#handleAnswered();
    switch (result.kind) {
      case "view":
        return this.#handleView(result.view);
      case "events":
        return this.#handleEvents(result.events, now);
      case "posted":
        this.posted++;
        this.#refused = undefined;
        this.#pauseMs = PAUSE_MS;
        return this.#endAsking();
      case "refused":
        return this.#handleRefused(result.fault, now);
    }
  }

  /** The events that have come since the last call, each once. An agent that begins hears all that the vertex has kept. */
  takeEvents(): readonly DoorEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** The next thing to ask; undefined: nothing at present. */
  pollRequest(now: number): DoorRequest | undefined {
    if (this.#asks === undefined && now >= this.#pausedUntil) {
      if (this.#isStale) {
        this.#isStale = false;
        this.#asks = "view";
        return { kind: "view" };
      }
      if (this.#isPostDue(now)) {
        this.#asks = "post";
        const { generation: base, life } = this.#view!;
        return { kind: "post", order: { base, life: laterLife(this.#life, life), ...this.#wanted! } };
      }
    }
    if (this.#view === undefined || this.#waitsForEvents || now < this.#eventsPausedUntil) return undefined;
    this.#waitsForEvents = true;
    this.#eventsAskedAt = now;
    return { kind: "events", after: this.#after };
  }

  /** When `pollRequest` may have more; Infinity: never by itself. */
  nextTimeout(now: number): number {
    const waits = [
      ...(this.#asks === undefined && (this.#isStale || this.#isPostDue(now)) ? [this.#pausedUntil] : []),
      ...(this.#view !== undefined && !this.#waitsForEvents ? [this.#eventsPausedUntil] : []),
      ...(this.#asks === undefined && this.#refused !== undefined
        ? [Math.max(this.#refused.againAt, this.#pausedUntil)]
        : []),
    ];
    return Math.min(Number.POSITIVE_INFINITY, ...waits);
  }

  #isPostDue(now: number): boolean {
    if (this.#view === undefined || this.#wanted === undefined || this.isInSync) return false;
    return this.#refused === undefined || now >= this.#refused.againAt;
  }

  #handleView(view: View): void {
    this.#asks = undefined;
    this.#followLife(view.instance);
    this.#view = view;
  }

  /** Returns whether the vertex has begun anew: then its events are read from the first one on. */
  #followLife(instance: string): boolean {
    if (instance === this.#eventsLife) return false;
    [this.#eventsLife, this.#after] = [instance, 0];
    return true;
  }

  #handleEvents({ instance, next, lost, events }: DoorEvents, now: number): void {
    this.#waitsForEvents = false;
    const isOther = instance !== undefined && this.#followLife(instance);
    if (!isOther) {
      this.#after = next;
      this.#events.push(...events);
    }
    if (isOther || lost || events.length > 0) this.#isStale = true;
    if (now - this.#eventsAskedAt < EVENTS_MS) this.#eventsPausedUntil = this.#eventsAskedAt + EVENTS_MS;
  }

  #handleRefused(fault: DoorFault, now: number): void {
    this.refusals++;
    this.#endAsking();
    if (fault.code !== BASE_FAULT) {
      this.#refused = { overlay: this.#wanted!, fault, againAt: now + REFUSED_AGAIN_MS };
      return;
    }
    this.#pausedUntil = now + this.#pauseMs;
    this.#pauseMs = Math.min(PAUSE_MS_MAX, 2 * this.#pauseMs);
  }

  #handleAway(request: DoorRequest["kind"], fault: DoorFault, now: number): void {
    if (request === "events") this.#waitsForEvents = false;
    else this.#asks = undefined;
    this.#isStale = true;
    this.#away = fault;
    this.#pausedUntil = now + this.#pauseMs;
    this.#eventsPausedUntil = this.#pausedUntil;
    this.#pauseMs = Math.min(PAUSE_MS_MAX, 2 * this.#pauseMs);
  }

  #endAsking(): void {
    this.#asks = undefined;
    this.#isStale = true;
  }

  /** A view that is answered says nothing of orders: the pause grows on until one is taken, or none is needed. */
  #handleAnswered(): void {
    this.#away = undefined;
    if (this.isInSync) this.#pauseMs = PAUSE_MS;
  }
}

/**
 * The life of this agent, as the door has to see it: not before the one that has set the overlay. A clock that was put back between two lives makes
 * the later one look earlier.
 */
function laterLife(own: AgentLife, former: AgentLife | null): AgentLife {
  if (former === null) return own;
  if (former.id === own.id) return former;
  return { ...own, startedAt: Math.max(own.startedAt, former.startedAt + 1) };
}
