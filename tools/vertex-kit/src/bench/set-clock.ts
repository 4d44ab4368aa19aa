import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { NotJudged } from "../judgement.ts";
import { putFile } from "./place.ts";
import type { VertexCommand, VertexProcess } from "./vertex-process.ts";

/** Debian's package `libfaketime` puts its library for processes with several threads here. */
const LIBRARY = `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/faketime/libfaketimeMT.so.1`;
export const isFaketimeInstalled: boolean = existsSync(LIBRARY);

/** The wall clock of one process: a file says how many seconds it is off the machine's. The monotonic clock is the machine's. */
export class SetClock implements Disposable {
  readonly #vertex: VertexProcess;
  readonly #file: string;

  /** @param folder a new folder, for the file. @param offset seconds from the machine's clock. @throws NotJudged without libfaketime */
  constructor(vertex: VertexProcess, folder: string, offset: number) {
    if (!isFaketimeInstalled) throw new NotJudged("libfaketime is not installed (Debian: libfaketime)");
    mkdirSync(folder);
    this.#vertex = vertex;
    this.#file = join(folder, "offset");
    this.set(offset);
  }

  /** Removes the files that libfaketime leaves in shared memory when the process has ended. */
  [Symbol.dispose](): void {
    const { pid } = this.#vertex;
    for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`])
      rmSync(join("/dev/shm", name), { force: true });
  }

  /** A command that runs another command by this clock, in the same process. */
  commandOf(command: VertexCommand): VertexCommand {
    const settings = {
      LD_PRELOAD: LIBRARY,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    };
    return ["env", ...Object.entries(settings).map(([name, value]) => `${name}=${value}`), ...command];
  }

  /**
   * Demands that the process reads this clock, which was set ahead when it started.
   *
   * @param startedAt the start of the process by its own words, in milliseconds since 1970
   * @throws NotJudged when the process reads the machine's clock: not all programs read it through the C library
   */
  demandUse(startedAt: number): void {
    if (startedAt < Date.now())
      throw new NotJudged("its program does not read the clock through the C library, where libfaketime sets it");
  }

  /** @param offset seconds from the machine's clock */
  set(offset: number): void {
    putFile(this.#file, `${offset < 0 ? "" : "+"}${offset}\n`);
  }
}
