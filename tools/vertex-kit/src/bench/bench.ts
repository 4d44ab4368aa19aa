import type { PlayedSide } from "./played-side.ts";

/** A vertex that is judged, in one process or more, and its played partners. */
export interface Bench extends AsyncDisposable {
  readonly sides: readonly PlayedSide[];
  /** The vertex runs with files of its own, and all partners begin another life. @throws Unmet when it cannot be had */
  restore(): Promise<void>;
}
