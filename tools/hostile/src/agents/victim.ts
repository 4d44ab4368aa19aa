/** A victim outside the mesh, which each node reaches on its own loopback interface: so no datagram leaves a namespace, and who has sent it is known. */
import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { eventually } from "../eventually.ts";
import type { Ground } from "../ground.ts";
import { workloadProgram } from "../workload/program.ts";
import { VICTIM_ADDRESS } from "./scene.ts";

/** Ports of the victim. */
export const VICTIM_PORTS = 64;
export const VICTIM_FIRST_PORT = 5_000;

export interface VictimDatagram {
  readonly caller: string;
  readonly port: number;
  readonly size: number;
}

export class Victim implements AsyncDisposable {
  readonly #children: ChildProcess[] = [];
  readonly #datagrams: VictimDatagram[] = [];
  readonly #ready = new Set<string>();

  private constructor() {}

  /** Gives these nodes the victim's address, and listens there. @throws Error when that does not work */
  static async listen(ground: Ground, callers: readonly string[]): Promise<Victim> {
    const victim = new Victim();
    for (const caller of callers) {
      const added = ["ip", "address", "add", `${VICTIM_ADDRESS}/32`, "dev", "lo"];
      const { code, stderr } = await ground.lab.exec(caller, added);
      if (code !== 0) throw new Error(`${caller} does not get the victim's address: ${stderr}`);
      const argv = workloadProgram("victim", VICTIM_ADDRESS, VICTIM_FIRST_PORT, VICTIM_PORTS);
      const child = ground.lab.spawn(caller, argv);
      victim.#children.push(child);
      createInterface({ input: child.stdout! }).on("line", (line) => victim.#take(caller, line));
    }
    if (await eventually(async () => victim.#ready.size === callers.length)) return victim;
    await victim[Symbol.asyncDispose]();
    throw new Error("the victim does not listen");
  }

  /** All that has come so far. */
  get datagrams(): readonly VictimDatagram[] {
    return this.#datagrams;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.#children) child.kill("SIGKILL");
  }

  #take(caller: string, line: string): void {
    const [port, size] = line.split(" ");
    if (size === undefined) this.#ready.add(caller);
    else this.#datagrams.push({ caller, port: Number(port), size: Number(size) });
  }
}
