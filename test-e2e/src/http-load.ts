import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { now } from "./monotonic-clock.ts";
import { PATIENCE } from "./patience.ts";

/** A request that has ended; the times are those of `monotonic-clock.ts`. */
export interface Asked {
  readonly begun: number;
  readonly ended: number;
  /** The text of the answer; null: it is lost, and `fault` says how. */
  readonly answer: string | null;
  readonly fault: string | null;
}

export interface LoadPlan {
  /** The words before a command that have it run in a namespace. */
  readonly place?: readonly string[];
  /** The words of `load-client.ts`. */
  readonly words: readonly string[];
  /** Tells from an answer who has given it. */
  readonly serverOf: (answer: string) => string;
}

/** A fault as requests have seen it, among which those that had begun before are told apart. */
export interface Outage {
  /** The server that had the fault, and the one that answered last. */
  readonly former: string;
  readonly latter: string;
  readonly requests: number;
  readonly lostInFlight: number;
  readonly lostLater: number;
  /** From the fault to the first answer of another server to a request that was begun behind the fault. */
  readonly answeredMs: number;
  /** From the fault to the beginning of the last request that is lost; 0: none is. */
  readonly lastLostMs: number;
  /** The longest time to an answer, of all requests that were answered. */
  readonly slowestMs: number;
  /** The ways in which requests were lost, and how many each. */
  readonly faults: string;
}

/** Requests at a fixed rate by a process of its own, each over a connection of its own. */
export class HttpLoad {
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;
  readonly #serverOf: LoadPlan["serverOf"];
  readonly #asked: Asked[] = [];

  constructor({ place = [], words, serverOf }: LoadPlan) {
    const program = fileURLToPath(new URL("load-client.ts", import.meta.url));
    const [command = "", ...args] = [...place, process.execPath, program, ...words];
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#closed = once(this.#child, "close");
    this.#serverOf = serverOf;
    createInterface(this.#child.stdout!).on("line", (line) => this.#asked.push(this.#read(line)));
  }

  /** The servers that have answered requests which were begun at this time or later. */
  serversSince(time: number): readonly string[] {
    return this.#asked.flatMap(({ begun, answer }) => (begun >= time && answer !== null ? [answer] : []));
  }

  /** Ends the load, waits for what is under way, and gives all requests, with the servers as answers. Safe to repeat. */
  async stop(): Promise<readonly Asked[]> {
    this.#child.stdin!.end();
    await this.#closed;
    return this.#asked;
  }

  #read(line: string): Asked {
    const asked = JSON.parse(line) as Asked;
    return { ...asked, answer: asked.answer === null ? null : this.#serverOf(asked.answer) };
  }
}

/** The answers behind which a load runs steadily, and behind which another server does. */
const STEADY = 100;

/**
 * Has a fault under loads of one service, waits until another server answers, and prints what became of the requests.
 *
 * @param name what is told to happen
 */
export async function faultUnder(
  name: string,
  plans: readonly LoadPlan[],
  fault: (serving: string) => Promise<void>,
): Promise<Outage> {
  const loads = plans.map((plan) => new HttpLoad(plan));
  const serversSince = (time: number): string[] => loads.flatMap((load) => load.serversSince(time));
  const steady = async (time: number, former?: string): Promise<void> => {
    const count = (): number => serversSince(time).filter((server) => server !== former).length;
    await vi.waitUntil(() => count() >= STEADY, PATIENCE);
  };
  try {
    await steady(0);
    const former = serversSince(0).at(-1)!;
    const time = now();
    await fault(former);
    await steady(time, former);
    const latter = serversSince(time).at(-1)!;
    const asked = (await Promise.all(loads.map((load) => load.stop()))).flat();
    const outage = { former, latter, ...outageOf(asked, time, former) };
    process.stdout.write(`${name}: ${describeOutage(outage)}\n`);
    return outage;
  } finally {
    await Promise.all(loads.map((load) => load.stop()));
  }
}

function outageOf(asked: readonly Asked[], time: number, former: string): Omit<Outage, "former" | "latter"> {
  const lost = asked.filter(({ answer }) => answer === null);
  const later = lost.filter(({ begun }) => begun >= time);
  const answered = asked.filter(({ answer }) => answer !== null);
  const others = answered.filter(({ begun, answer }) => begun >= time && answer !== former);
  const counts = new Map<string, number>();
  for (const { fault } of lost) counts.set(fault!, (counts.get(fault!) ?? 0) + 1);
  return {
    requests: asked.length,
    lostInFlight: lost.length - later.length,
    lostLater: later.length,
    answeredMs: Math.round(Math.min(...others.map(({ ended }) => ended - time))),
    lastLostMs: Math.round(Math.max(0, ...later.map(({ begun }) => begun - time))),
    slowestMs: Math.round(Math.max(...answered.map(({ begun, ended }) => ended - begun))),
    faults: [...counts].map(([what, count]) => `${count} ${what}`).join(", "),
  };
}

function describeOutage({ former, latter, requests, lostInFlight, lostLater, ...times }: Outage): string {
  const { answeredMs, lastLostMs, slowestMs, faults } = times;
  return [
    `${former} to ${latter} after ${answeredMs} ms`,
    `of ${requests} requests ${lostInFlight} were lost in flight and ${lostLater} that began later, the last one after ${lastLostMs} ms`,
    `the slowest answer took ${slowestMs} ms`,
    ...(faults === "" ? [] : [faults]),
  ].join("; ");
}
