import type { LogHead } from "@florenetes/facts/log";
import type { AgentLife } from "../door/view.ts";

/** An order of the room of leaders to the owner. */
export type LeaderOrder =
  /** Read the store to its end, behind this entry, for certain. */
  | { readonly kind: "look"; readonly behind: LogHead }
  /** Append one entry behind this one, if that is the last. */
  | { readonly kind: "append"; readonly behind: LogHead; readonly record: Uint8Array }
  /** Have the vertex serve by these grants. */
  | { readonly kind: "grant"; readonly order: GrantOrder };

/** The outcome of an order. */
export type LeaderResult =
  | {
      readonly kind: "looked";
      /** Undefined: the store could not be read, or may not have answered with all that there is. */
      readonly read: { readonly head: LogHead; readonly entries: readonly Uint8Array[] } | undefined;
    }
  /** Whether the entry is there shows when the store is read next. */
  | { readonly kind: "appended" }
  | { readonly kind: "granted"; readonly isTaken: boolean };

/** The order for grants, as the door takes it (docs/protocol/fabric-door.md). */
interface GrantOrder {
  readonly life: AgentLife;
  readonly grants: readonly { readonly service: string; readonly until: number }[];
}
