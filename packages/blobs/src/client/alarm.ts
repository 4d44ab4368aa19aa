import type { ProcessTime } from "@florenetes/scheduling";

/** Calls once, after so many milliseconds. Returns a function that cancels it. */
export function callAfter(time: ProcessTime, ms: number, call: () => void): () => void {
  const timer = time.wakeUps.timer(call);
  timer.set(time.now() + ms);
  return () => timer.close();
}
