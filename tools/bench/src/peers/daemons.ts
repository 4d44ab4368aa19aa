import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Line } from "../line.ts";
import type { NodeName } from "../place.ts";
import { killIn } from "../sweep.ts";

/** As much of what a daemon says as an error message can hold. */
const SAID_LENGTH_MAX = 2_000;
const ENDS_WITHIN_MS = 2_000;

interface Daemon {
  readonly node: NodeName;
  readonly child: ChildProcess;
  said: string;
}

/** The processes of a peer in the line's namespaces. Each stays in the foreground, so that none outlives the bench. */
export class Daemons {
  readonly #line: Line;
  readonly #running = new Map<string, Daemon>();

  constructor(line: Line) {
    this.#line = line;
  }

  /** @param name tells several daemons of a node apart. */
  start(node: NodeName, name: string, argv: readonly string[]): void {
    const child = this.#line.spawn(node, argv);
    const daemon: Daemon = { node, child, said: "" };
    const listen = (bytes: Buffer): void => {
      daemon.said = (daemon.said + bytes.toString()).slice(-SAID_LENGTH_MAX);
    };
    child.stdout!.on("data", listen);
    child.stderr!.on("data", listen);
    child.on("error", (error) => listen(Buffer.from(error.message)));
    this.#running.set(`${node} ${name}`, daemon);
  }

  processes(): ReadonlyMap<string, number> {
    const living = [...this.#running].filter(([, { child }]) => !hasEnded(child));
    return new Map(living.map(([name, { child }]) => [name, child.pid!]));
  }

  /** What daemons that have ended by themselves said, one line each; undefined when all live. */
  deaths(): string | undefined {
    const dead = [...this.#running].filter(([, { child }]) => hasEnded(child));
    return dead.length === 0 ? undefined : dead.map(([name, { said }]) => `${name} ended: ${said.trim()}`).join("\n");
  }

  /** Kills all that runs on a node at once, daemons and what they have started, and waits until the daemons are gone. */
  async kill(node: NodeName): Promise<void> {
    const struck = [...this.#running].filter(([, daemon]) => daemon.node === node);
    for (const [name] of struck) this.#running.delete(name);
    killIn(this.#line.namespace(node));
    await Promise.all(struck.map(([, { child }]) => end(child, "SIGKILL")));
  }

  async dispose(): Promise<void> {
    const all = [...this.#running.values()];
    this.#running.clear();
    await Promise.all(all.map(async ({ child }) => end(child, "SIGTERM")));
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function end(child: ChildProcess, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await Promise.race([ended, sleep(ENDS_WITHIN_MS)]);
  if (hasEnded(child)) return;
  child.kill("SIGKILL");
  await ended;
}
