import { randomBytes } from "node:crypto";
import {
  allowanceNumbers,
  type NativeLane,
  type NativeLaneEvent,
  type NativeLaneFigures,
  TRANSIT_CHANGE_NUMBERS,
  TRANSIT_OPERATIONS,
} from "@florenetes/data-plane";
import {
  FORWARDING_DROP_NAMES,
  type NumberedChange,
  SHARE_MAX,
  type TransitLimits,
  type TransitLinkRow,
  type TransitRefusal,
  type TransitThread,
  type TransitThreadHandlers,
} from "@florenetes/forwarding";
import { PortalCode } from "@florenetes/portal-api";

export interface LaneTransitOptions {
  readonly native: NativeLane;
  readonly cluster: number;
  readonly handlers: TransitThreadHandlers;
  readonly figures: () => NativeLaneFigures["transit"];
}

type TransitEvent = Extract<NativeLaneEvent, { readonly kind: "transitTaken" | "transitCounted" }>;

const REFUSALS = {
  none: "",
  invalid: PortalCode.transitInvalid,
  full: PortalCode.transitFull,
} as const satisfies Record<string, TransitRefusal | "">;

/** Has the data thread forward the packets of one cluster that only pass through. */
export class LaneTransit implements TransitThread {
  readonly #native: NativeLane;
  readonly #cluster: number;
  readonly #handlers: TransitThreadHandlers;
  readonly #figures: () => NativeLaneFigures["transit"];

  constructor({ native, cluster, handlers, figures }: LaneTransitOptions) {
    this.#native = native;
    this.#cluster = cluster;
    this.#handlers = handlers;
    this.#figures = figures;
    const seed = randomBytes(12);
    native.openTransit(cluster, seed.readUInt32LE(0), seed.readUInt32LE(4), seed.readUInt32LE(8));
  }

  setLink(link: number, { handle, mtu, preferredMtu }: TransitLinkRow): void {
    this.#native.setTransitLink(this.#cluster, link, handle, mtu, preferredMtu);
  }

  begin(table: number, whole: number, { packetsPerSecond, bytesPerSecond }: TransitLimits): void {
    this.#native.beginTransit(this.#cluster, table, whole, packetsPerSecond, bytesPerSecond);
  }

  change(table: number, first: number, changes: readonly NumberedChange[]): void {
    const numbers = new Uint32Array(TRANSIT_CHANGE_NUMBERS * changes.length);
    for (const [at, change] of changes.entries()) {
      numbers.set(numbersOf(change), TRANSIT_CHANGE_NUMBERS * at);
    }
    this.#native.changeTransit(this.#cluster, table, first, numbers);
  }

  drop(table: number): void {
    this.#native.dropTransit(this.#cluster, table);
  }

  tell(table: number, reader: number, taken: number): void {
    this.#native.tellTransit(this.#cluster, table, reader, taken);
  }

  figures(): NativeLaneFigures["transit"] {
    return this.#figures();
  }

  handleEvent(event: TransitEvent): void {
    if (event.kind === "transitTaken") {
      this.#handlers.onTaken(event.table, event.changes, REFUSALS[event.refusal]);
      return;
    }
    const { reader, number, rows } = event;
    const links = rows.links.map(({ drops, ...link }) => {
      return { ...link, drops: drops.map((drop) => ({ ...drop, cause: FORWARDING_DROP_NAMES[drop.cause]! })) };
    });
    this.#handlers.onReport(reader, { ...rows, number, links });
  }
}

/** The numbers of a change, as the thread takes them; 0 stands for those that a change of its kind does not have. */
function numbersOf(change: NumberedChange): number[] {
  const operation = TRANSIT_OPERATIONS.indexOf(change.operation);
  if (change.operation === "permit") {
    const { link, outLink, allowance, share = 0 } = change;
    if (share > SHARE_MAX) return [TRANSIT_OPERATIONS.indexOf("unknown"), 0, 0, 0, 0];
    const [first, second] = allowanceNumbers(allowance, share);
    return [operation, link, first, outLink, second];
  }
  const { link, label, outLink, outLabel } = { link: 0, label: 0, outLink: 0, outLabel: 0, ...change };
  return [operation, link, label, outLink, outLabel];
}
