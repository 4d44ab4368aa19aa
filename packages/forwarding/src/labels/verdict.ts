/** Decisions about a packet. A forgotten decision is a drop. */
export const LabelVerdict = {
  /** `dropCause` says why. */
  drop: 0,
  /** Send it out on `outLink`. */
  forward: 1,
  /** Hand it to the service at index `service`. */
  deliverToService: 2,
  /** Hand it to whoever originated its ConnectionId. */
  deliverToConnection: 3,
} as const;
export type LabelVerdict = (typeof LabelVerdict)[keyof typeof LabelVerdict];

/** Why a packet is dropped; also the index of the cause's counter. */
export const DropCause = {
  /** The packet is not dropped. */
  none: 0,
  /** Shorter than its header says. */
  tooShort: 1,
  /** The packet is of a protocol version that is not known here. */
  unknownVersion: 2,
  /** No labels, or more than a header may hold. */
  badLabelCount: 3,
  /** The cursor points behind the last label. */
  badCursor: 4,
  /** The label means nothing on the link that the packet came from. */
  unknownLabel: 5,
  /** Nothing lets packets of this class pass from the in-link to the out-link, or the packet is of this vertex itself. */
  transitDenied: 6,
  /** The packet would go on with a hop limit of 0. */
  hopLimit: 7,
  /** The packet would be delivered here, but has labels left. */
  labelsLeft: 8,
  /** The packet would go on, but has no label for the next vertex. */
  noLabelLeft: 9,
  /** Label 2, of what is no question of a trace. */
  operations: 10,
} as const;
export type DropCause = (typeof DropCause)[keyof typeof DropCause];

/** Stable names of the causes, for status and metrics; the index is the cause. */
export const DROP_CAUSE_NAMES: readonly string[] = Object.keys(DropCause);
