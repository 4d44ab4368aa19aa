import { writeFileSync } from "node:fs";

/** Gives this process a name of its own in `ps`, `top` and `pgrep`, where it is "node" otherwise. Its command line stays. */
export function nameProcess(name: string): void {
  try {
    writeFileSync("/proc/self/comm", name);
  } catch {
    // Without /proc nobody would see the name either.
  }
}
