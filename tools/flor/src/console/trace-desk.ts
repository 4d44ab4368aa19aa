/** Traces that readers of the console ask for, by a press of a button and never by themselves. */
import { RateLimit } from "@florenetes/scheduling";
import type { ExpectedMesh } from "../mesh-status/mesh-picture.ts";
import { TRACES_BURST, TRACES_PER_SECOND } from "./limits.ts";
import type { TraceAnswer } from "./trace-report.ts";

/** A tunnel, or a path that no tunnel uses. */
export interface TraceTarget {
  readonly node: string;
  /** The address at which the tunnel listens, or the name of the path. */
  readonly name: string;
  /** For people. */
  readonly text: string;
}

/** The outcome of a press. */
export type Traced =
  | { readonly target: TraceTarget; readonly answer: TraceAnswer }
  /** Another trace is under way, or there were too many just now. */
  | "busy"
  | "no-target";

export class TraceDesk {
  /** In the order of the mesh file. A reader names one by its place, so that no words of his reach a node. */
  readonly targets: readonly TraceTarget[];
  readonly #ask: (target: TraceTarget) => Promise<TraceAnswer>;
  readonly #now: () => number;
  readonly #rate = new RateLimit(TRACES_BURST, TRACES_PER_SECOND);
  #isAsking = false;

  /**
   * @param ask never rejects
   * @param now monotonic milliseconds
   */
  constructor(expected: ExpectedMesh, ask: (target: TraceTarget) => Promise<TraceAnswer>, now: () => number) {
    this.targets = targetsOf(expected);
    this.#ask = ask;
    this.#now = now;
  }

  /** @param place of a target among all, as decimal digits */
  async trace(place: string | null): Promise<Traced> {
    const target = /^\d{1,9}$/.test(place ?? "") ? this.targets[Number(place)] : undefined;
    if (target === undefined) return "no-target";
    if (this.#isAsking || !this.#rate.take(this.#now())) return "busy";
    this.#isAsking = true;
    try {
      return { target, answer: await this.#ask(target) };
    } finally {
      this.#isAsking = false;
    }
  }
}

function targetsOf({ mesh, configs }: ExpectedMesh): readonly TraceTarget[] {
  return mesh.nodes.flatMap(({ name: node }) => {
    const { tunnels, paths } = configs.get(node)!;
    const used = new Set(tunnels.map(({ path }) => path));
    const beside = Object.keys(paths).filter((path) => !used.has(path));
    return [
      ...tunnels.map(({ listen, service }) => ({
        node,
        name: listen,
        text: `${node}: tunnel ${listen} to service ${service}`,
      })),
      ...beside.map((path) => ({ node, name: path, text: `${node}: path ${path}` })),
    ];
  });
}
