/** Rows of receipts by names. */

/** Packets that a node has passed on from one neighbour to another, of one share and class. */
export interface Passed {
  readonly from: string;
  readonly to: string;
  /** The coordinator whose permits have opened the way; undefined: several, or nobody's. */
  readonly coordinator: string | undefined;
  /** 0: nobody's. */
  readonly share: number;
  /** Its place in `CARRIED_CLASSES`. */
  readonly class: number;
  readonly packets: number;
  readonly bytes: number;
}

/** Packets of a node's own connections by a neighbour. */
export interface Own {
  readonly peer: string;
  readonly share: number;
  readonly class: number;
  readonly sentPackets: number;
  readonly sentBytes: number;
  readonly packets: number;
  readonly bytes: number;
}

/** All that has passed a node in one hour. */
export interface HourRows {
  readonly passed: readonly Passed[];
  readonly own: readonly Own[];
  /** Rows that are missing, as there was no room for them. */
  readonly left: number;
}
