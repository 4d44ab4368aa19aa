/** A time by both clocks: monotonic milliseconds for what waits, and milliseconds since 1970 for what records say. */
export interface Moment {
  readonly now: number;
  readonly wall: number;
}
