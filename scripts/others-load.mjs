// Tells how much of the machine others have taken while tests ran. What fails meanwhile may be the machine's fault, and is judged again.
//
// A process of its own looks at /proc every now and then, and adds up the CPU time of all processes that the tests have not started: those
// have a mark in their environment, or a parent that has it. What other machines of the same host took from this one counts as well.
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/** Cores that others take, from which on a test that fails is judged again: it counts on the machine's being there for it. */
const BUSY_CORES = 0.5;
/** More of one run that fail are no accident. */
const UNSTEADY_MAX = 2;
/** In the environment of all that the tests start: the folder in which the looks are noted. */
const MARK = "FLORENETES_TEST_RUN";
const NOTES = "others";
const LOOK_MS = 2_000;
/** The shortest time that is judged: several looks are in it, also where a test took a moment. */
const JUDGED_MS_MIN = 4 * LOOK_MS;
/** The times in /proc/<pid>/stat have this unit, proc(5). */
const TICKS_PER_SECOND = 100;
const KERNEL_THREADS = 2;

/** Begins to look, unless the process around this one does already: then it returns false. It ends with this process. */
export function watchOthers() {
  if (process.env[MARK]) return false;
  const folder = mkdtempSync(join(tmpdir(), "florenetes-others-"));
  process.env[MARK] = folder;
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url)], { stdio: "ignore" });
  child.unref();
  process.on("exit", () => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  return true;
}

/** The folder in which this run keeps what it notes; undefined: none is under way. */
export function folderOfRun() {
  return process.env[MARK];
}

/**
 * Whether a second run of what failed says more: others took the machine, or little of much failed, as real processes and sockets are in each suite.
 *
 * @param count Files, or tests of native/, that have failed
 */
export function isJudgedAgain(count, others) {
  return others >= BUSY_CORES || count <= UNSTEADY_MAX;
}

export function tellJudgedAgain(what, others) {
  console.log(`judging again (others took ${others.toFixed(1)} cores meanwhile): ${what.join(", ")}`);
}

/** How many cores others have taken on average since then (milliseconds of Date.now()), or in the last seconds; 0 where nobody has looked. */
export function coresOfOthers(since) {
  const from = Math.min(since, Date.now() - JUDGED_MS_MIN);
  const looks = readLooks().filter(([at]) => at >= from);
  if (looks.length < 2) return 0;
  const [[begin, before], [end, after]] = [looks[0], looks.at(-1)];
  return (after - before) / ((end - begin) / 1_000);
}

/** The words for a test that has failed twice, by the cores that others took at each try. */
export function secondTry(before, now) {
  const cores = `others took ${before.toFixed(1)} cores, and ${now.toFixed(1)} at the second try`;
  return now < BUSY_CORES ? `(it failed twice: ${cores})` : `(the machine is too busy to judge it: ${cores})`;
}

function readLooks() {
  try {
    const lines = readFileSync(join(process.env[MARK], NOTES), "utf8").trim().split("\n");
    return lines.map((line) => line.split(" ").map(Number));
  } catch {
    return [];
  }
}

/** Looks until the process that has begun it is gone; writes the time and the seconds that others have taken so far. */
async function look() {
  const parent = process.ppid;
  const file = join(process.env[MARK], NOTES);
  let known = new Map();
  let stolenBefore = stolenSeconds();
  for (let seconds = 0; process.ppid === parent; await sleep(LOOK_MS)) {
    const stolen = stolenSeconds();
    seconds += stolen - stolenBefore;
    stolenBefore = stolen;
    const now = new Map();
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      const each = readProcess(pid);
      if (each === undefined) continue;
      const before = known.get(each.key);
      each.isOurs = before?.isOurs ?? (hasMark(pid) || now.get(each.parent)?.isOurs === true);
      if (!each.isOurs && before !== undefined) seconds += (each.ticks - before.ticks) / TICKS_PER_SECOND;
      now.set(each.key, each).set(Number(pid), each);
    }
    known = now;
    appendFileSync(file, `${Date.now()} ${seconds}\n`);
  }
}

/** The CPU time that the host gave to other machines while this one wanted it (`steal` of proc(5)), since the start. */
function stolenSeconds() {
  const [, ...ticks] = readFileSync("/proc/stat", "utf8").split("\n", 1)[0].split(/ +/);
  return Number(ticks[7] ?? 0) / TICKS_PER_SECOND;
}

/** A process, by its number and start; undefined: it is gone, or the kernel's. */
function readProcess(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [parent, user, system, start] = [1, 11, 12, 19].map((index) => Number(fields[index]));
    if (parent === KERNEL_THREADS || Number(pid) === KERNEL_THREADS) return undefined;
    return { key: `${pid} ${start}`, parent, ticks: user + system };
  } catch {
    return undefined;
  }
}

function hasMark(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0").includes(`${MARK}=${process.env[MARK]}`);
  } catch {
    // Another user's, where this one is not root; or it is gone.
    return false;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await look();
