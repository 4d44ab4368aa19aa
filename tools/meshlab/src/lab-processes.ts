import { suggest } from "@florenetes/config-file";
import { isLinkVertex } from "./executables.ts";
import type { NodeProcess } from "./executables.ts";
import { labError } from "./lab-error.ts";
import { describeEnd } from "./lab-process.ts";
import type { LabProcess } from "./lab-process.ts";
import { END_MS_MAX, LOG_LINES_QUOTED } from "./limits.ts";
import { shortenLogLine } from "./log-line.ts";

/** The processes of a lab by node and name: its own, and the link vertices that it shares with the lab beside it. */
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

  get shared(): readonly LabProcess[] {
    return [...this.#shared.values()];
  }

  find(node: string, name: NodeProcess): LabProcess | undefined {
    return this.#own.get(keyOf(node, name)) ?? this.#shared.get(keyOf(node, name));
  }

  /** @throws OperatorError `ERR_LAB_UNKNOWN` */
  require(node: string, name: NodeProcess): LabProcess {
    const process = this.find(node, name);
    if (process !== undefined) return process;
    const known = this.namesOf(node);
    throw labError("ERR_LAB_UNKNOWN", `there is no process "${name}" at "${node}"`, suggest(name, known, ""));
  }

  /** The processes of a node that run and whose names `has` accepts. */
  running(node: string, has: (name: NodeProcess) => boolean): readonly LabProcess[] {
    return this.all.filter((process) => process.node === node && has(process.name) && process.pid !== undefined);
  }

  /** The processes of a node, link vertices first. */
  namesOf(node: string): readonly NodeProcess[] {
    return this.all
      .filter((process) => process.node === node)
      .map(({ name }) => name)
      .toSorted((one, other) => Number(isLinkVertex(other)) - Number(isLinkVertex(one)));
  }

  pids(): readonly { readonly node: string; readonly process: NodeProcess; readonly pid: number }[] {
    return this.all.flatMap(({ node, name, pid }) => (pid === undefined ? [] : [{ node, process: name, pid }]));
  }

  /** @throws OperatorError `ERR_LAB_PROCESS_DIED` with the last lines of its log */
  async requireAlive(): Promise<void> {
    const dead = this.all.find(({ hasDied }) => hasDied);
    if (dead !== undefined)
      throw labError("ERR_LAB_PROCESS_DIED", await describeDeath(dead), "The last lines say why.");
  }

  /** Ends the lab's own processes. Cluster vertices end first, since they need the links for their last words to each other. */
  async stopOwn(): Promise<void> {
    for (const areLinks of [false, true]) {
      const processes = [...this.#own.values()].filter(({ name }) => isLinkVertex(name) === areLinks);
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

function keyOf(node: string, name: NodeProcess): string {
  return `${node} ${name}`;
}
