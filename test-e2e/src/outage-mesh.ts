import { type Lab, openLab, parseScenario, playScenario, playStep, type StepInput } from "@florenetes/meshlab";
import { expect } from "vitest";
import { now } from "./monotonic-clock.ts";
import { SteadyService, SteadyWorkload } from "./steady-workload.ts";

/** The time within which all works again once all processes are ready. */
const WHOLE_AGAIN_MS = 5_000;
const SERVICE_PORT = 8_080;
const TUNNEL_PORT = 18_001;

/** A fault and its repair, as steps of a scenario. */
export interface Fault {
  readonly name: string;
  readonly steps: readonly StepInput[];
}

/** The effect of an outage on the workload, in milliseconds. */
export interface Outage {
  /** The time from the first step until all processes were ready after the last one. */
  readonly readyAfterMs: number;
  /** The longest pause in any of the connections. */
  readonly gapMs: number;
}

/** The line a - b - c - d with connections from a to d that never rest. */
export class OutageMesh implements AsyncDisposable {
  readonly lab: Lab;
  readonly service: SteadyService;
  #workload: SteadyWorkload;

  private constructor(lab: Lab, service: SteadyService, workload: SteadyWorkload) {
    this.lab = lab;
    this.service = service;
    this.#workload = workload;
  }

  static async open(options: { readonly relays?: boolean } = {}): Promise<OutageMesh> {
    const lab = await openLab(
      {
        cluster: "outages",
        nodes: { a: {}, b: {}, c: {}, d: {} },
        links: [{ between: ["a", "b"] }, { between: ["b", "c"] }, { between: ["c", "d"] }],
        services: { steady: { node: "d", target: `tcp://127.0.0.1:${SERVICE_PORT}`, allow: ["user/alice"] } },
        tunnels: [
          {
            node: "a",
            listen: `tcp://127.0.0.1:${TUNNEL_PORT}`,
            as: "user/alice",
            service: "steady",
            path: ["a", "b", "c", "d"],
          },
        ],
      },
      { mode: "netns", ...options },
    );
    try {
      await lab.up();
      const service = await SteadyService.start(lab, "d", SERVICE_PORT);
      return new OutageMesh(lab, service, await SteadyWorkload.start(lab, "a", TUNNEL_PORT));
    } catch (error) {
      await lab.down();
      throw error;
    }
  }

  get workload(): SteadyWorkload {
    return this.#workload;
  }

  /** Opens new connections in place of those that are lost. */
  async renewWorkload(): Promise<void> {
    this.#workload[Symbol.dispose]();
    this.#workload = await SteadyWorkload.start(this.lab, "a", TUNNEL_PORT);
  }

  /**
   * Plays a fault and holds the mesh to its bound: once all processes are ready, all links are up again and all connections
   * move again within five seconds, and none was lost.
   */
  async survive({ steps }: Fault): Promise<Outage> {
    this.#workload.takeLongestGap();
    const startedAt = now();
    await this.play(steps);
    await this.lab.untilReady();
    const readyAt = now();
    await Promise.all([
      this.lab.waitUntilUp({ timeoutMs: WHOLE_AGAIN_MS }),
      this.#workload.untilProgress(readyAt, WHOLE_AGAIN_MS),
    ]);
    const outage = {
      readyAfterMs: Math.round(readyAt - startedAt),
      gapMs: Math.round(this.#workload.takeLongestGap()),
    };
    expect(outage.gapMs).toBeLessThan(outage.readyAfterMs + WHOLE_AGAIN_MS);
    return outage;
  }

  async play(steps: readonly StepInput[]): Promise<void> {
    await playScenario(parseScenario(steps), (step) => playStep(this.lab, step));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab.down();
  }
}
