/** A Debian of arm64 in a folder, whose Node runs under qemu-user: no program of it needs to be known to the kernel (binfmt_misc). */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Answer, runToEnd } from "./executables.ts";

const LIBRARIES = "--include=libc6,libgcc-s1,libstdc++6";
const SYSTEM = ["--quiet", "--variant=extract", "--architectures=arm64", LIBRARIES, "bookworm"];
export const EMULATOR = "qemu-aarch64-static";
/** Node starts ten times more slowly than on the machine itself. */
const EMULATED_MS = 180_000;

/** Makes the system in a folder. Where no mirror of Debian has it there is none, and that is said. */
export function makeEmulatedSystem(tests: string, root: string): boolean {
  const { status, stderr } = spawnSync("mmdebstrap", [...SYSTEM, root], { encoding: "utf8" });
  if (status !== 0) process.stderr.write(`left out: ${tests} (mmdebstrap: ${stderr})\n`);
  return status === 0;
}

/** Programs of our packages in such a system. */
export class EmulatedPrograms {
  readonly #root: string;

  /** @param root the folder of the system, into which the packages are unpacked */
  constructor(root: string) {
    this.#root = root;
  }

  /** Runs a program to its end, such as `tools/flor`. */
  run(program: string, ...args: readonly string[]): Promise<Answer> {
    return runToEnd([...this.#nodeCommand(), this.#mainOf(program), ...args], EMULATED_MS);
  }

  /** Starts a program. Whoever starts it ends it. */
  start(program: string, ...args: readonly string[]): ChildProcess {
    const [command, ...before] = this.#nodeCommand();
    return spawn(command, [...before, this.#mainOf(program), ...args], { stdio: ["ignore", "pipe", "inherit"] });
  }

  /** The place of a file of the packages, such as `apps/link-flor/dist`. */
  placeOf(path: string): string {
    return join(this.#root, "usr/lib/florenetes", path);
  }

  #mainOf(program: string): string {
    return this.placeOf(`${program}/dist/main.js`);
  }

  #nodeCommand(): [string, ...string[]] {
    return [EMULATOR, "-L", this.#root, this.placeOf("bin/node"), "--disable-sigusr1"];
  }
}
