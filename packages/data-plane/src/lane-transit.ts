/** Transit of the data thread of link-flor: how changes of a label table are written, and rows of reports are read, which native/lane/src/report_bytes.rs
 *  writes. */

/** The operation of a change, by its number. */
export const TRANSIT_OPERATIONS = ["unknown", "link", "permit", "forbid", "swap", "end", "remove"] as const;
/** Numbers of a change: operation, link, label, out-link and out-label; a permission has its allowance and its share in the place of the labels. */
export const TRANSIT_CHANGE_NUMBERS = 5;

/** Absolute counts, since the thread has begun. */
export interface NativeTransitRows {
  readonly links: readonly {
    readonly link: number;
    readonly packetsForwarded: number;
    readonly bytesIn: number;
    readonly packetsOut: number;
    readonly bytesOut: number;
    readonly packetsRefused: number;
    /** Causes by their numbers, with a label or 0. */
    readonly drops: readonly { readonly cause: number; readonly packets: number; readonly label: number }[];
  }[];
  readonly pairs: readonly {
    readonly link: number;
    readonly outLink: number;
    readonly packetsPassed: number;
    readonly packetsLimited: number;
  }[];
  readonly labels: readonly { readonly link: number; readonly label: number; readonly packets: number }[];
  /** Counts of permits. */
  readonly classes: readonly {
    readonly link: number;
    readonly outLink: number;
    /** The share that was charged; 0: none. */
    readonly share: number;
    readonly trafficClass: number;
    readonly packets: number;
    readonly bytes: number;
    readonly packetsDenied: number;
  }[];
}

/** Reads the rows of a report. `next` gives one number after the other, and 0 beyond the end. */
export function readTransitRows(next: () => number): NativeTransitRows {
  const [links, pairs, labels, classes] = [next(), next(), next(), next()];
  return {
    links: rows(links, () => {
      const [link, packetsForwarded, bytesIn, packetsOut, bytesOut, packetsRefused] = [
        next(),
        next(),
        next(),
        next(),
        next(),
        next(),
      ];
      const drops = rows(next(), () => ({ cause: next(), packets: next(), label: next() }));
      return { link, packetsForwarded, bytesIn, packetsOut, bytesOut, packetsRefused, drops };
    }),
    pairs: rows(pairs, () => ({ link: next(), outLink: next(), packetsPassed: next(), packetsLimited: next() })),
    labels: rows(labels, () => ({ link: next(), label: next(), packets: next() })),
    classes: rows(classes, () => ({
      link: next(),
      outLink: next(),
      share: next(),
      trafficClass: next(),
      packets: next(),
      bytes: next(),
      packetsDenied: next(),
    })),
  };
}

/** Rows of one report at most; one that says it has more is broken. */
const ROWS_MAX = 256;

function rows<Row>(count: number, read: () => Row): Row[] {
  return Array.from({ length: Math.min(count, ROWS_MAX) }, read);
}
