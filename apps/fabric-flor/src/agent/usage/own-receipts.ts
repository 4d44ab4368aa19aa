/** The receipts of this node: what its vertex counts, hour by hour, signed when the hour is over. Pure. */
import { hourOf, type KeptMeter, Meter, startOfHour, writeReceipt } from "@florenetes/usage";
import type { View } from "../door/view.ts";
import type { Moment } from "../moment.ts";
import { CLOSE_MS, HOURS_OPEN, USAGE_BODY_MAX } from "./limits.ts";
import { readingOf } from "./reading.ts";
import { type OwnSigner, signOwn } from "../records/sign-own.ts";

export interface OwnReceiptsOptions extends OwnSigner {
  /** The coordinator of a permit that the vertex has; undefined: it is not held any more. */
  readonly coordinatorOf: (permit: string) => string | undefined;
  /** Has the door read the view anew. */
  readonly askView: () => void;
  /** A receipt is signed. */
  readonly onReceipt: (subject: string, octets: Uint8Array, hour: number, at: Moment) => void;
}

export class OwnReceipts {
  /** Receipts that were signed, and rows that had no room in them. */
  signed = 0;
  left = 0;
  readonly #options: OwnReceiptsOptions;
  readonly #meter = new Meter();
  /** The hour that is closed next; undefined: nothing was read yet. */
  #hour: number | undefined;
  #isViewAsked = false;

  constructor(options: OwnReceiptsOptions) {
    this.#options = options;
  }

  /** The state that is to be kept over a restart; undefined: there is none. */
  get kept(): KeptMeter | undefined {
    return this.#meter.kept;
  }

  restore(kept: KeptMeter): void {
    this.#meter.restore(kept);
    this.#hour = Math.max(kept.closed + 1, hourOf(kept.readAt));
  }

  handleView(view: View, { wall }: Moment): void {
    this.#isViewAsked = false;
    const reading = readingOf(view, this.#options.coordinatorOf);
    if (reading === undefined) return;
    this.#meter.read(reading, wall);
    this.#hour ??= hourOf(wall);
  }

  /** Closes hours that are over, once the counts of their end were read. */
  advance(at: Moment): void {
    const now = hourOf(at.wall);
    // The clock was ahead: hours that it has closed come once more.
    if (this.#hour !== undefined && this.#hour > now + 1) {
      this.#hour = now;
      this.#meter.reopen(now);
    }
    for (let hour = this.#hour ?? now; hour < now; hour++) {
      const end = startOfHour(hour + 1);
      if (this.#meter.readAt! < end && at.wall < end + CLOSE_MS) return this.#askView();
      const rows = this.#meter.take(hour);
      this.#hour = hour + 1;
      if (hour >= now - HOURS_OPEN) this.#sign(hour, rows, at);
    }
  }

  /** When `advance` is due, in monotonic milliseconds; Infinity: never. */
  nextTimeout({ now, wall }: Moment): number {
    if (this.#hour === undefined) return Number.POSITIVE_INFINITY;
    const end = startOfHour(this.#hour + 1);
    const due = this.#isViewAsked ? end + CLOSE_MS : end;
    return now + Math.max(0, due - wall);
  }

  #askView(): void {
    if (this.#isViewAsked) return;
    this.#isViewAsked = true;
    this.#options.askView();
  }

  #sign(hour: number, rows: ReturnType<Meter["take"]>, at: Moment): void {
    const bodies = writeReceipt(rows, USAGE_BODY_MAX);
    this.left += bodies[0]!.left;
    for (const [part, body] of bodies.entries()) {
      this.signed++;
      const subject = `${hour}/${part}/${this.#options.node}`;
      this.#options.onReceipt(subject, signOwn(this.#options, { kind: "receipt", subject, body }, at.wall), hour, at);
    }
  }
}
