import { FairQueue, type PlaceHolder, SharedPlaces } from "@florenetes/scheduling";
import { type SessionLimits, StreamKind } from "@florenetes/data-session";
import { Code } from "../transport/codes.ts";
import type { OwnCaller } from "../transport/own/own-service.ts";
import type { VertexSession } from "./vertex-session.ts";

/** A stream or flow that a peer has opened, and that the workload has not answered yet. */
export interface Asked {
  readonly caller: OwnCaller;
  readonly kind: StreamKind;
  /** Called when the workload has answered: connects the stream of this id. */
  readonly connect: (session: VertexSession, id: number) => void;
  readonly fail: (code: number, text: string) => void;
  /** Cancels the stream, once a session has it. */
  cancel: () => void;
  /** Whether this is the second try, after a workload went away without looking at the stream. */
  isSecond: boolean;
}

/** A place at the workload. */
interface Place extends PlaceHolder {
  readonly asked: Asked;
  /** The id of its stream; undefined: the stream is not open yet. */
  id: number | undefined;
  isAnswered: boolean;
}

const placeLost = "the workload takes no more, and its place went to another principal, which has fewer";

/**
 * A session with a workload that serves, and the streams to it. The workload limits their number: the principals that call
 * share these places (`SharedPlaces`). A place is free again as soon as its stream is over here; but the next stream may have
 * to wait for a moment, until the workload knows of that end. Principals of waiting streams take turns.
 *
 *     asked ──a place──▶ waits until the workload has room ──▶ open ──answered──▶ joined ──▶ over
 *       └──no place, or it went to another principal──▶ refused
 */
export class SessionCall {
  readonly session: VertexSession;
  isReady = false;
  readonly #service: string;
  #takesFlows = false;
  #places = new SharedPlaces<Place>(0);
  readonly #waiting = new FairQueue<Place>();
  readonly #byId = new Map<number, Place>();

  constructor(session: VertexSession, service: string) {
    this.session = session;
    this.#service = service;
  }

  /** The workload has announced its limits. */
  handleReady({ streams, datagramSize }: SessionLimits): void {
    this.isReady = true;
    this.#takesFlows = datagramSize > 0;
    this.#places = new SharedPlaces(streams);
  }

  ask(asked: Asked): void {
    const isFlow = asked.kind === StreamKind.datagrams;
    if (isFlow && !this.#takesFlows) {
      return asked.fail(Code.overBudget, "the workload takes no flows");
    }
    const place: Place = { groups: [asked.caller.peer], asked, id: undefined, isAnswered: false };
    const surplus = this.#places.take(place);
    if (surplus === "full") {
      const what = isFlow ? "flows" : "streams";
      return asked.fail(Code.overBudget, `the workload takes no more ${what} of this principal at present`);
    }
    if (surplus !== "free") this.#evict(surplus);
    asked.cancel = () => this.#handleCancelled(place);
    this.#waiting.push(asked.caller.peer, place);
    this.openWaiting();
  }

  /** Opens waiting streams, as far as the workload accepts them. */
  openWaiting(): void {
    for (let place = this.#waiting.first; place !== undefined; place = this.#waiting.first) {
      const { caller, kind } = place.asked;
      const { peer: principal, trafficClass } = caller;
      const id = this.session.session.open({ service: this.#service, trafficClass, kind, principal });
      if (id === undefined) return;
      this.#waiting.shift();
      place.id = id;
      this.#byId.set(id, place);
      this.session.plan();
    }
  }

  handleAnswered(id: number): void {
    const place = this.#byId.get(id);
    if (place === undefined) return;
    place.isAnswered = true;
    place.asked.connect(this.session, id);
  }

  /** The workload has refused a stream. Returns the peer's request. */
  handleRefused(id: number): Asked | undefined {
    const place = this.#byId.get(id);
    if (place === undefined) return undefined;
    this.#forget(place);
    place.asked.cancel = () => {};
    return place.asked;
  }

  /** A stream that was answered is over. */
  handleOver(id: number): void {
    const place = this.#byId.get(id);
    if (place !== undefined) this.#forget(place);
  }

  /** Takes out all requests that the workload does not know of yet, for another session. */
  takeWaiting(): Asked[] {
    const taken: Asked[] = [];
    for (let place = this.#waiting.shift(); place !== undefined; place = this.#waiting.shift()) {
      this.#forget(place);
      place.asked.cancel = () => {};
      taken.push(place.asked);
    }
    return taken;
  }

  /** The session is over: fails all unanswered requests. */
  fail(code: number, text: string): void {
    for (const asked of this.takeWaiting()) asked.fail(code, text);
    for (const place of this.#byId.values()) {
      this.#forget(place);
      if (!place.isAnswered) place.asked.fail(code, text);
    }
  }

  /** Another principal gets the place. */
  #evict(place: Place): void {
    const { asked, id, isAnswered } = place;
    this.#forget(place);
    asked.cancel = () => {};
    if (id === undefined) this.#waiting.delete(asked.caller.peer, place);
    else this.session.giveUp(id, Code.overBudget, placeLost);
    if (!isAnswered) asked.fail(Code.overBudget, placeLost);
  }

  #handleCancelled(place: Place): void {
    const { asked, id } = place;
    asked.cancel = () => {};
    this.#forget(place);
    if (id === undefined) this.#waiting.delete(asked.caller.peer, place);
    else if (!place.isAnswered) this.session.giveUp(id, Code.workloadReset, "the caller has given up");
  }

  #forget(place: Place): void {
    this.#places.release(place);
    if (place.id !== undefined) this.#byId.delete(place.id);
  }
}
