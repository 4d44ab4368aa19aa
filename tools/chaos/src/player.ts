import type { Chronicle, Episode, Recovery } from "./chronicle.ts";
import { describeFault, type Fault } from "./fault.ts";
import { endOf } from "./schedule.ts";

/** The world in which faults are made. */
export interface World {
  now(): number;
  /** Waits until a time of `now`, or until nothing more shall happen. */
  waitUntil(time: number): Promise<void>;
  strike(fault: Fault): Promise<void>;
  mend(fault: Fault): Promise<void>;
  /** Waits until the mesh is whole and moves; says what is missing after the longest time that it may take. Empty: nothing. */
  recover(since: number): Promise<string>;
  isOver(): boolean;
  say(text: string): void;
}

/**
 * Makes one fault after the other, each at its time, and mends it; lets the mesh recover whenever none goes on. The clock of the schedule stands still
 * meanwhile, and while a fault is made. Ends when all is over, with everything mended.
 */
export async function play(faults: Iterator<Fault, unknown>, world: World, until: number): Promise<Chronicle> {
  const episodes: Episode[] = [];
  const recoveries: Recovery[] = [];
  const begin = world.now();
  let pausedMs = 0;
  let going: Episode[] = [];
  let sinceCalm: Episode[] = [];

  const failed = (fault: Fault, doing: string, error: unknown): void => {
    const missing = `${doing} failed: ${(error as Error).message}`;
    world.say(`    ${missing}`);
    recoveries.push({ faults: [fault], ms: 0, missing });
  };
  const stamp = (): string => `${((world.now() - begin) / 1000).toFixed(1).padStart(6)} s`;
  const realTime = (ms: number): number => begin + pausedMs + ms;
  const mendDue = async (before: number): Promise<void> => {
    for (const episode of going.toSorted((one, other) => endOf(one.fault) - endOf(other.fault))) {
      if (endOf(episode.fault) > before) break;
      await world.waitUntil(realTime(endOf(episode.fault)));
      await world.mend(episode.fault).catch((error: unknown) => failed(episode.fault, "mending", error));
      episode.mendedAt = world.now();
      if (episode.fault.forMs > 0) world.say(`${stamp()}  ${episode.fault.number} mended`);
      going = going.filter((each) => each !== episode);
    }
    if (going.length > 0 || sinceCalm.length === 0) return;
    const calmAt = world.now();
    const missing = await world.recover(calmAt);
    const ms = world.now() - calmAt;
    pausedMs += ms;
    for (const episode of sinceCalm) episode.recoveredAt = world.now();
    recoveries.push({ faults: sinceCalm.map(({ fault }) => fault), ms, missing });
    const numbers = sinceCalm.map(({ fault }) => fault.number).join(", ");
    world.say(
      `${stamp()}  ${numbers} ${missing === "" ? "recovered" : `NOT RECOVERED: ${missing}`} after ${Math.round(ms)} ms`,
    );
    sinceCalm = [];
  };

  for (;;) {
    const { value } = faults.next();
    const fault = value as Fault;
    await mendDue(fault.atMs);
    if (world.isOver() || realTime(endOf(fault)) > until) break;
    await world.waitUntil(realTime(fault.atMs));
    if (world.isOver()) break;
    const beganAt = world.now();
    const episode: Episode = { fault, beganAt, mendedAt: undefined, recoveredAt: undefined };
    episodes.push(episode);
    going.push(episode);
    sinceCalm.push(episode);
    world.say(`${stamp()}  ${fault.number} ${describeFault(fault)}`);
    await world.strike(fault).catch((error: unknown) => failed(fault, "making it", error));
    // It lasts from now on, however late it began.
    pausedMs = world.now() - begin - fault.atMs;
  }
  await mendDue(Number.POSITIVE_INFINITY);
  return { episodes, recoveries };
}
