import { type Lab, openLab } from "@florenetes/meshlab";
import type { AtWork } from "../at-work.ts";
import type { Chronicle } from "../chronicle.ts";
import type { Testimony } from "../verdict.ts";
import { logsOfLosses } from "./logs-of-losses.ts";

/** The lab of a run, in namespaces. It ends with its block, and when the run is aborted: all that waits for something in the mesh learns of the abort by that. */
export class RunLab implements AsyncDisposable {
  readonly lab: Lab;
  /** Processes that ended by themselves, in words. */
  readonly deaths: readonly string[];
  readonly #ending = new AbortController();
  readonly #aborted: AbortSignal;

  private constructor(lab: Lab, deaths: readonly string[], aborted: AbortSignal) {
    this.lab = lab;
    this.deaths = deaths;
    this.#aborted = aborted;
    const end = (): void => {
      this.#ending.abort();
      void lab.down();
    };
    aborted.addEventListener("abort", end, { once: true });
  }

  static async open(
    mesh: Parameters<typeof openLab>[0],
    options: Omit<NonNullable<Parameters<typeof openLab>[1]>, "mode" | "onDeath">,
    aborted: AbortSignal,
  ): Promise<RunLab> {
    const deaths: string[] = [];
    const lab = await openLab(mesh, { ...options, mode: "netns", onDeath: (text) => deaths.push(text) });
    return new RunLab(lab, deaths, aborted);
  }

  /** Is aborted once workloads are to end. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  readonly isOver = (): boolean => this.#aborted.aborted;

  /** Has all workloads end, and hears them. What the logs have about what was lost goes to `say`. */
  async hear(
    atWork: readonly AtWork[],
    chronicle: Chronicle,
    say: (text: string) => void,
  ): Promise<readonly Testimony[]> {
    this.#ending.abort();
    say("workloads end and have their last checks");
    const testimonies = await Promise.all(atWork.map((each) => each.hear()));
    for (const line of await logsOfLosses(this.lab, chronicle, testimonies)) say(line);
    return testimonies;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
  }
}
