import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a bench makes outside of its own memory bears its process's number, so that it can be found when that has died. */
export function ownName(word: string): string {
  return `flor-bench-${process.pid}-${word}`;
}

export function makeOwnFolder(word: string): string {
  return mkdtempSync(join(tmpdir(), `${ownName(word)}-`));
}

/** The process that a namespace or a folder belongs to; undefined for one that is no bench's. */
export function ownerOf(name: string): number | undefined {
  const [, pid] = /^flor-bench-(\d+)-/.exec(name) ?? [];
  return pid === undefined ? undefined : Number(pid);
}

/** Ends the processes, and removes the namespaces and folders, of benches that have died. Needs root. */
export function sweepDead(): void {
  sweep((owner) => !existsSync(`/proc/${owner}`));
}

const SWEEPS_MAX = 5;

/** Sweeps what this bench has made, for when it cannot take it down step by step. */
export function sweepOwn(): void {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return sweep((owner) => owner === process.pid);
    } catch (error) {
      // Ctrl-C ends the commands that sweep, too.
      if (attempts === SWEEPS_MAX) throw error;
    }
  }
}

function sweep(isMeant: (owner: number) => boolean): void {
  const isMeantName = (name: string): boolean => {
    const owner = ownerOf(name);
    return owner !== undefined && isMeant(owner);
  };
  const listed = execFileSync("ip", ["netns", "list"], { encoding: "utf8" }).split("\n");
  for (const namespace of listed.map((line) => line.split(" ")[0]!).filter(isMeantName)) {
    killIn(namespace);
    execFileSync("ip", ["netns", "delete", namespace], { stdio: "ignore" });
  }
  for (const folder of readdirSync(tmpdir()).filter(isMeantName)) {
    rmSync(join(tmpdir(), folder), { recursive: true, force: true });
  }
}

export function processesIn(namespace: string): number[] {
  const pids = execFileSync("ip", ["netns", "pids", namespace], { encoding: "utf8" });
  return pids.split("\n").filter(Boolean).map(Number);
}

/** Kills all processes in a namespace. */
export function killIn(namespace: string): void {
  for (const pid of processesIn(namespace)) killQuietly(pid);
}

export function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
