import { suggest } from "@florenetes/config-file";
import { PROCESS_NAMES } from "./executables.ts";
import type { ProcessName } from "./executables.ts";
import { labError } from "./lab-error.ts";
import { describeEnd } from "./lab-process.ts";
import type { LabProcess } from "./lab-process.ts";
import { END_MS_MAX, LOG_LINES_QUOTED } from "./limits.ts";
import { shortenLogLine } from "./log-line.ts";

/** The processes of a lab by node and name: its own, and the link-flors that it shares with the lab that it was opened beside. */
export class LabProcesses {
  readonly #own = new Map<string, LabProcess>();
  readonly #shared = new Map<string, LabProcess>();

  addOwn(process: LabProcess): void {
    this.#own.set(keyOf(process.node, process.name), process);
  }

  addShared(process: LabProcess): void {
    this.#shared.set(keyOf(process.node, process.name), process);
  }

  get all(): readonly LabProcess[] {
    return [...this.#shared.values(), ...this.#own.values()];
  }

  find(node: string, name: ProcessName): LabProcess | undefined {
    return this.#own.get(keyOf(node, name)) ?? this.#shared.get(keyOf(node, name));
  }

  /** @throws OperatorError `ERR_LAB_UNKNOWN` */
  require(node: string, name: ProcessName): LabProcess {
    const process = this.find(node, name);
    if (process !== undefined) return process;
    throw labError("ERR_LAB_UNKNOWN", `there is no process "${name}"`, suggest(name, PROCESS_NAMES, ""));
  }

  pids(): readonly { readonly node: string; readonly process: ProcessName; readonly pid: number }[] {
    return this.all.flatMap(({ node, name, pid }) => (pid === undefined ? [] : [{ node, process: name, pid }]));
  }

  /** @throws OperatorError `ERR_LAB_PROCESS_DIED` with the last lines of its log */
  async requireAlive(): Promise<void> {
    const dead = this.all.find(({ hasDied }) => hasDied);
    if (dead !== undefined)
      throw labError("ERR_LAB_PROCESS_DIED", await describeDeath(dead), "The last lines say why.");
  }

  /** Ends its own, cluster vertices first: what they still have to say to each other needs the links. */
  async stopOwn(): Promise<void> {
    for (const name of PROCESS_NAMES.toReversed()) {
      const processes = [...this.#own.values()].filter((process) => process.name === name);
      await Promise.all(processes.map((process) => process.stop(END_MS_MAX)));
    }
  }
}

/** How a process ended, with the last lines of its log. */
export async function describeDeath(process: LabProcess): Promise<string> {
  const lines = (await process.log()).trimEnd().split("\n").slice(-LOG_LINES_QUOTED);
  const end = process.end === undefined ? "ended" : describeEnd(process.end);
  return `${process.name} of ${process.node} ${end}; its last lines:\n${lines.map((line) => `    ${shortenLogLine(line)}`).join("\n")}`;
}

function keyOf(node: string, name: ProcessName): string {
  return `${node} ${name}`;
}
