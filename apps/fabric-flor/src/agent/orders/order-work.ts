/** Work of the room of orders for the owner of the agent, and what comes of it. */

export type OrderWork =
  /** Have this text on the disk, in the place of the one before; `handleOrderKept` follows with its number. */
  | { readonly kind: "keep"; readonly number: number; readonly text: string }
  /** Give update-flor an order, with what it needs to judge it by itself; `handleOrderHanded` follows. */
  | {
      readonly kind: "hand-over";
      /** The id of the record. */
      readonly id: string;
      readonly record: Uint8Array;
      readonly roots: readonly Uint8Array[];
    }
  /** Take back what update-flor was given and has not begun. */
  | { readonly kind: "withdraw" };

/** Why the owner could not do it. */
export interface WorkFault {
  readonly text: string;
}
