/** The newest observation of each observer and scope that a reader of mail holds, until it ends. `time` is that of a clock which never goes back. Pure. */
import { type Fact, type ObservationBody, readObservationSubject } from "@florenetes/facts";
import { type Sums, sumsOf } from "@florenetes/telemetry";
import { CELL_SIZE, OBSERVER_ROWS_MAX, SHELF_ROWS_MAX, SHELF_SIZE_MAX } from "./limits.ts";

export interface HeldObservation {
  readonly partition: string;
  /** "": all nodes of the partition. */
  readonly organization: string;
  readonly observer: string;
  readonly epoch: number;
  /** The record, in hex, and when it was issued, in milliseconds since 1970. */
  readonly id: string;
  readonly issued: number;
  /** Since when the observer listens, in milliseconds since 1970. */
  readonly since: number;
  readonly sums: Sums;
  /** When it came, and when it ends. */
  readonly from: number;
  readonly until: number;
  /** Octets that it counts as. */
  readonly size: number;
}

interface Room {
  readonly rows: number;
  readonly size: number;
  /** Rows of one observer. */
  readonly observerRows: number;
}

const ROOM: Room = { rows: SHELF_ROWS_MAX, size: SHELF_SIZE_MAX, observerRows: OBSERVER_ROWS_MAX };

export class ObservationShelf {
  readonly #room: Room;
  readonly #observers = new Map<string, ObserverRows>();
  #rows = 0;
  #size = 0;

  constructor(room: Room = ROOM) {
    this.#room = room;
  }

  /** Observations that are held. */
  get size(): number {
    return this.#rows;
  }

  /**
   * Takes a record that the judge has accepted. Returns what came of it: `taken`, or `older` where a newer one is there. An observer that says more than there is room for takes it from
   * itself first, and from others only where it has less than they.
   *
   * @param octets How many the record has
   */
  take(fact: Fact, body: ObservationBody, octets: number, time: number): "taken" | "older" {
    const { partition, observer } = readObservationSubject(fact.subject)!;
    const organization = fact.scope === "cluster" ? "" : fact.scope.slice("org/".length);
    const name = `${partition}/${organization}/${observer}`;
    const known = this.#observers.get(observer)?.held.get(name);
    if (known?.id === fact.id) return "taken";
    if (known !== undefined && time < known.until && known.epoch >= fact.epoch) return "older";
    this.#drop(observer, name);
    const { id, epoch, issued, expires } = fact;
    const slot = { partition, organization, observer, epoch, id, issued };
    const size = octets + CELL_SIZE * body.cells.length;
    // An observer's clock may be wrong by minutes: it is heard for as long as its word lives.
    const life = { from: time, until: time + expires - issued };
    this.#put(name, { ...slot, since: body.since, sums: sumsOf(body), ...life, size });
    const own = this.#observers.get(observer)!;
    while (own.held.size > this.#room.observerRows) this.#dropOldest(observer);
    while (this.#rows > this.#room.rows || this.#size > this.#room.size) this.#dropOldest(this.#greatest());
    return "taken";
  }

  forget(time: number): void {
    for (const [observer, { held }] of this.#observers)
      for (const [name, { until }] of held) if (time >= until) this.#drop(observer, name);
  }

  /** Observations that have not ended, in the order of partition, organization and observer. */
  all(time: number): readonly HeldObservation[] {
    const rows = [...this.#observers.values()].flatMap(({ held }) => [...held]);
    const live = rows.filter(([, { until }]) => time < until);
    return live.toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, held]) => held);
  }

  #put(name: string, row: HeldObservation): void {
    const rows = this.#observers.get(row.observer) ?? { held: new Map<string, HeldObservation>(), size: 0 };
    this.#observers.set(row.observer, rows);
    rows.held.set(name, row);
    rows.size += row.size;
    this.#size += row.size;
    this.#rows++;
  }

  #drop(observer: string, name: string): void {
    const rows = this.#observers.get(observer);
    const row = rows?.held.get(name);
    if (rows === undefined || row === undefined) return;
    rows.held.delete(name);
    rows.size -= row.size;
    this.#size -= row.size;
    this.#rows--;
    if (rows.held.size === 0) this.#observers.delete(observer);
  }

  #dropOldest(observer: string): void {
    const [first] = this.#observers.get(observer)!.held.keys();
    this.#drop(observer, first!);
  }

  /** The observer whose rows count as most octets. */
  #greatest(): string {
    let [greatest, most] = ["", -1];
    for (const [observer, { size }] of this.#observers) if (size > most) [greatest, most] = [observer, size];
    return greatest;
  }
}

/** Rows of one observer; the first one came longest ago. */
interface ObserverRows {
  readonly held: Map<string, HeldObservation>;
  size: number;
}
