import type { Figures } from "../link-vertex/measure.ts";

/** Figures of link vertices beside each other, a line for each. */
export function figureLines(measured: ReadonlyMap<string, Figures>): string {
  const width = Math.max(...Array.from(measured.keys(), (name) => name.length));
  const lines = Array.from(measured, ([name, { megabitsPerSecond, cpuSecondsPerGigabyte, roundTripMs }]) => {
    const rate = `${megabitsPerSecond.toFixed(megabitsPerSecond < 10 ? 3 : 0).padStart(7)} Mbit/s`;
    return `${name.padEnd(width)} ${rate}  ${cpuSecondsPerGigabyte.toFixed(1).padStart(6)} s of CPU per GB  ${roundTripMs.toFixed(2).padStart(6)} ms there and back`;
  });
  return `One link over 127.0.0.1, packets of 1,280 bytes:\n${lines.join("\n")}`;
}
