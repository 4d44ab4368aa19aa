import type { PlayedSide } from "./played-side.ts";

/** A vertex that is judged, in one process or more, and its played partners. */
export interface Bench extends AsyncDisposable {
  readonly sides: readonly PlayedSide[];
  /** Makes the vertex run with its original files, and all partners begin another life. @throws Unmet when that fails */
  restore(): Promise<void>;
}
