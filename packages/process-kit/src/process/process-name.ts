import { writeFileSync } from "node:fs";

/** Gives this process its own name in `ps`, `top` and `pgrep`, instead of "node". Its command line stays. */
export function nameProcess(name: string): void {
  try {
    writeFileSync("/proc/self/comm", name);
  } catch {
    // Without /proc nobody would see the name either.
  }
}
