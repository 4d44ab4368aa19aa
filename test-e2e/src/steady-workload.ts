import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lab } from "@florenetes/meshlab";
import { steadyClient, steadyService } from "@florenetes/workloads";
import { expect } from "vitest";
import { now } from "./monotonic-clock.ts";
import { PATIENCE_MS } from "./patience.ts";

/** `p`: a ping-pong of 64 bytes; `d`: a download; `u`: an upload, both without an end and checked byte by byte. `n`: a new connection for each ping. */
export type Mode = "p" | "d" | "u" | "n";
/** The modes whose connections stay open. */
const ALL: readonly Mode[] = ["p", "d", "u"];

const POLL_MS = 25;

/** The client's reports on one connection. */
interface Course {
  /** The time of the last progress that was told. */
  at: number;
  count: number;
  longestGapMs: number;
  lost: { readonly at: number; readonly reason: string } | undefined;
}

interface Line {
  readonly mode: Mode;
  readonly at: number;
  readonly count?: number;
  readonly gapMs?: number;
  readonly lost?: string;
}

/** Connections that never rest, from a program in a node: their progress shows every outage, and how long it lasted. */
export class SteadyWorkload implements Disposable {
  readonly #child: ChildProcess;
  readonly #courses = new Map<Mode, Course>();

  private constructor(child: ChildProcess, modes: readonly Mode[]) {
    this.#child = child;
    for (const mode of modes) this.#courses.set(mode, { at: 0, count: 0, longestGapMs: 0, lost: undefined });
    createInterface({ input: child.stdout! }).on("line", (line) => this.#handle(JSON.parse(line) as Line));
  }

  /** Opens the connections and waits until all of them carry something. */
  static async start(
    lab: Pick<Lab, "spawn">,
    node: string,
    port: number,
    modes: readonly Mode[] = ALL,
  ): Promise<SteadyWorkload> {
    const child = lab.spawn(node, steadyClient("127.0.0.1", port, modes.join("")), {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const workload = new SteadyWorkload(child, modes);
    await workload.untilProgress(now());
    return workload;
  }

  course(mode: Mode): Readonly<Course> {
    return this.#courses.get(mode)!;
  }

  /** Connections that ended, by their mode, with the reason. */
  get lost(): ReadonlyMap<Mode, { readonly at: number; readonly reason: string }> {
    return new Map(
      [...this.#courses].flatMap(([mode, { lost }]) => (lost === undefined ? [] : [[mode, lost] as const])),
    );
  }

  /** The longest pause in any of the connections since the last call. */
  takeLongestGap(): number {
    const gaps = [...this.#courses.values()].map(({ longestGapMs }) => longestGapMs);
    for (const course of this.#courses.values()) course.longestGapMs = 0;
    return Math.max(...gaps);
  }

  /** Waits until all connections have made progress after a time. Throws when they have not in time, or a connection is lost. */
  async untilProgress(since: number, timeoutMs: number = PATIENCE_MS): Promise<void> {
    const deadline = now() + timeoutMs;
    for (;;) {
      const courses = [...this.#courses];
      const lost = courses.flatMap(([mode, { lost }]) => (lost === undefined ? [] : [`${mode}: ${lost.reason}`]));
      if (lost.length > 0) throw new Error(`connections were lost: ${lost.join(", ")}`);
      const late = courses.flatMap(([mode, { at }]) =>
        at > since ? [] : [`${mode} since ${Math.round(now() - at)} ms`],
      );
      if (late.length === 0) return;
      if (now() > deadline) throw new Error(`connections do not move: ${late.join(", ")}`);
      await sleep(POLL_MS);
    }
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }

  #handle({ mode, at, count, gapMs, lost }: Line): void {
    const course = this.#courses.get(mode)!;
    if (lost !== undefined) {
      course.lost = { at, reason: lost };
      return;
    }
    course.at = at;
    course.count = count ?? 0;
    course.longestGapMs = Math.max(course.longestGapMs, gapMs ?? 0);
  }
}

/** The service that such workloads talk to. It tells of connections that end. */
export class SteadyService {
  readonly ends: { readonly mode: Mode; readonly at: number; readonly reason: string }[] = [];

  static async start(lab: Pick<Lab, "spawn">, node: string, port: number): Promise<SteadyService> {
    const child = lab.spawn(node, steadyService("127.0.0.1", port), { stdio: ["ignore", "pipe", "inherit"] });
    const lines = createInterface({ input: child.stdout! });
    const [ready] = (await once(lines, "line")) as [string];
    expect(ready).toBe("ready");
    const service = new SteadyService();
    lines.on("line", (line) => service.ends.push(JSON.parse(line) as (typeof service.ends)[number]));
    return service;
  }
}
