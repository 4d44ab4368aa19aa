import type { ChildProcess, StdioOptions } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { linkKey } from "@florenetes/mesh-file";
import type { MeshLink } from "@florenetes/mesh-file";
import { ownProgram } from "./executables.ts";
import { labError } from "./lab-error.ts";
import { RELAY_MS_MAX } from "./limits.ts";
import type { RelayPlace } from "./placement.ts";
import type { RelayCommand } from "./relay.ts";

export const RELAY_STDIO: StdioOptions = ["pipe", "pipe", "inherit"];

/** The relays of a lab. */
export class Relays {
  readonly #relays = new Map<string, RelayProcess>();

  /** Starts the relays that are not there yet. Resolves when all of them relay. */
  async start(
    places: ReadonlyMap<string, RelayPlace>,
    spawn: (node: string, argv: readonly string[]) => ChildProcess,
  ): Promise<void> {
    for (const [key, { node, listen, target }] of places) {
      if (this.#relays.has(key)) continue;
      this.#relays.set(key, new RelayProcess(spawn(node, [...ownProgram(), "relay", listen, target])));
    }
    await Promise.all([...this.#relays.values()].map((relay) => relay.untilReady()));
  }

  /** @throws OperatorError `ERR_LAB_RELAY` */
  find(link: MeshLink): RelayProcess {
    const relay = this.#relays.get(linkKey(link));
    if (relay !== undefined) return relay;
    const [a, b] = link.between;
    throw labError("ERR_LAB_RELAY", `the link ${a} - ${b} has no relay`, "Bring the lab up with --relays.");
  }
}

/** A relay of a lab runs as a process of its own, since it has to be in a node's namespace. */
export class RelayProcess {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  /** The relay writes a line when it is ready, and one for each command: this is the last of them. */
  #last: Promise<void>;

  /** @param child Its standard input and output are pipes. */
  constructor(child: ChildProcess) {
    this.#child = child;
    child.stdin!.on("error", () => {}); // the relay has ended, which `#nextLine` notices
    this.#lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    this.#last = this.#nextLine();
    this.#last.catch(() => {});
  }

  async untilReady(): Promise<void> {
    await this.#last;
  }

  /** Resolves when the relay has carried out the command. */
  async tell(command: RelayCommand): Promise<void> {
    await this.#last;
    this.#child.stdin!.write(`${JSON.stringify(command)}\n`);
    this.#last = this.#nextLine();
    await this.#last;
  }

  async #nextLine(): Promise<void> {
    const line = await Promise.race([this.#lines.next(), sleep(RELAY_MS_MAX, undefined, { ref: false })]);
    if (line === undefined) throw labError("ERR_LAB_TIMEOUT", "a relay does not answer", "Is the machine very busy?");
    if (line.done === true) throw labError("ERR_LAB_COMMAND", "a relay has ended", "Take the lab down.");
  }
}
