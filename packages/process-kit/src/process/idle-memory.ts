import { memoryUsage } from "node:process";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { releaseProgramPages, returnFreedMemory } from "@florenetes/native";

/** By then nearly all that only a start needs is garbage, and a start that others wait for is over. */
const STARTED_MS = 20_000;
/** A process with a larger heap works, and V8 collects in it by itself: with 200 MB the collection that is asked for would stop it for a quarter of a second. */
const HEAP_MAX = 50_000_000;

/**
 * Keeps the memory of a process that waits small. Called when a program has started, since a start would only be slower for it.
 *
 * V8's space of new objects keeps the size that it has: V8 would let it grow with what survives in it, to 134 MB after some ten
 * thousand connections. At its first size, 1 MB, to which it goes back when the process has nothing to do for some seconds, objects
 * stay in the processor's cache, too. While a program starts, nearly all that it makes survives, and so small a space would cost 20 ms.
 *
 * Code of functions that did not run between two large collections is thrown away, and made again when they run. By itself V8
 * waits for six collections, which an idle process has not had after a minute; about half of the code only starts the program. V8 collects
 * in an idle process when it finds the time, which on a busy machine may be never: so one collection is asked for, of some 30 ms.
 *
 * Most of Node's own code that a process has used by then only started it: these pages leave the process, too.
 */
export function keepIdleMemorySmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--bytecode-old-age=1");
  setTimeout(giveBack, STARTED_MS).unref();
}

function giveBack(): void {
  if (memoryUsage().heapUsed <= HEAP_MAX) collect();
  returnFreedMemory();
  releaseProgramPages();
}

function collect(): void {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as NodeJS.GCFunction;
  // Contexts and threads that are made later have no use for it.
  setFlagsFromString("--no-expose-gc");
  gc({ type: "major", execution: "sync", flavor: "last-resort" });
}
