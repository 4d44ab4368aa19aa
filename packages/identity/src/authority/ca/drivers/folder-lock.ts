/**
 * A folder lock lets one process at a time into a folder. Each process that wants in creates a flag, a file of its own
 * whose name identifies the process, and then looks for other flags. When it finds the flag of a running process, it
 * removes its own and tries again later; flags of processes that are gone it removes. Each process creates its flag
 * before it looks, so two can never both see none; and flags are never shared, so removing a dead one can never remove
 * a living one. A flag that a crash leaves blocks no other process.
 */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { writeFailed } from "../../../drivers/system-errors.ts";
import { IdentityError } from "../../../errors.ts";
import { LOCK_WAIT_MS } from "../../../limits.ts";

/** `.lock-<pid>-<start of the process>-<count>-<pid namespace>-<boot>-<host>` */
const flagPattern = /^\.lock-(\d+)-(\d+)-(\d+)-(\d*)-([0-9a-f-]*)-(.*)$/;

let count = 0;

/**
 * Runs the action while no other process, and no other caller in this one, runs one in the same folder. Throws
 * ERR_IDENTITY_CA_BUSY after a time of waiting, ERR_IDENTITY_WRITE_FAILED when the flag cannot be written.
 */
export function withFolderLock<Result>(folder: string, action: () => Result, waitMs: number = LOCK_WAIT_MS): Result {
  const flag = `.lock-${process.pid}-${statOf(process.pid)?.start ?? 0}-${count++}-${ownPlace()}`;
  putUpFlag(folder, flag, waitMs);
  try {
    return action();
  } finally {
    rmSync(join(folder, flag), { force: true });
  }
}

function putUpFlag(folder: string, flag: string, waitMs: number): void {
  const deadline = performance.now() + waitMs;
  for (;;) {
    let other = otherFlag(folder, flag);
    if (other === undefined) {
      writeFlag(folder, flag);
      other = otherFlag(folder, flag);
      if (other === undefined) return;
      rmSync(join(folder, flag), { force: true });
    }
    if (performance.now() > deadline) throw busy(folder, other, waitMs);
    // A random wait: with the same wait, two processes could go on colliding.
    sleep(1 + Math.random() * 4);
  }
}

function busy(folder: string, flag: string, waitMs: number): IdentityError {
  const message = `process ${flagPattern.exec(flag)?.[1]} has been using it for more than ${waitMs / 1000} seconds`;
  return new IdentityError("ERR_IDENTITY_CA_BUSY", message, { where: { file: join(folder, flag) } });
}

function writeFlag(folder: string, flag: string): void {
  try {
    closeSync(openSync(join(folder, flag), "wx", 0o600));
  } catch (error) {
    throw writeFailed(folder, error, "cannot lock it");
  }
}

/** Finds a flag other than the own one whose process runs, or may run. */
function otherFlag(folder: string, own: string): string | undefined {
  for (const name of readdirSync(folder)) {
    if (name === own || !name.startsWith(".lock-")) continue;
    if (mayRun(name)) return name;
    rmSync(join(folder, name), { force: true });
  }
  return undefined;
}

/**
 * Says whether the process of a flag may run. A process of another machine or container cannot be seen: its flag counts
 * until somebody removes the file.
 */
function mayRun(flag: string): boolean {
  const [, pid, start, , namespace, boot, host] = flagPattern.exec(flag) ?? [];
  if (pid === undefined || host !== ownHost()) return true;
  if (boot !== ownBoot()) return false;
  return namespace !== ownNamespace() || isRunning(Number(pid), start!);
}

/** The system may have reused the process id: only with the start time does it identify the process. */
function isRunning(pid: number, start: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  const found = statOf(pid);
  return found === undefined || (found.start === start && found.state !== "Z");
}

/**
 * The state of a process (`Z`: it has ended, and its parent has not waited for it), and its start in ticks since the
 * machine's (proc(5), fields 3 and 22); undefined when they cannot be seen.
 */
function statOf(pid: number): { readonly state: string; readonly start: string } | undefined {
  // The second field is the program's name in brackets, which may hold brackets and blanks.
  const fields = readSystemFile(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, "")
    .split(" ");
  return fields === undefined ? undefined : { state: fields[0]!, start: fields[19]! };
}

function ownPlace(): string {
  return `${ownNamespace()}-${ownBoot()}-${ownHost()}`;
}

function ownNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid").replaceAll(/\D/g, "");
  } catch {
    return "";
  }
}

function ownBoot(): string {
  return (readSystemFile("/proc/sys/kernel/random/boot_id") ?? "").trim().replaceAll("-", "");
}

function ownHost(): string {
  return encodeURIComponent(hostname());
}

function readSystemFile(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
