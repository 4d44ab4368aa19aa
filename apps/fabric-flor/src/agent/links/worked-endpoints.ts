/** Endpoints by which links of this node were up, as hints for when nobody answers any more: they are kept over restarts, and decide nothing. Pure. */
import type { Endpoint } from "@florenetes/facts";
import { z } from "zod";
import type { KeptRow } from "../kept-row.ts";
import { WORKED_AGAIN_MS, WORKED_LENGTH_MAX, WORKED_NODES_MAX, WORKED_OF_ONE_MAX } from "./limits.ts";

interface Worked {
  readonly endpoint: string;
  readonly reach: "local" | "public" | "reflexive";
  readonly segment?: string | undefined;
  /** When a link was up by it last, in milliseconds since 1970. */
  readonly at: number;
}

const workedForm: z.ZodType<readonly Worked[]> = z
  .array(
    z.object({
      endpoint: z.string().max(WORKED_LENGTH_MAX),
      reach: z.enum(["local", "public", "reflexive"]),
      segment: z.string().max(WORKED_LENGTH_MAX).optional(),
      at: z.int().nonnegative(),
    }),
  )
  .min(1)
  .max(WORKED_OF_ONE_MAX);

export class WorkedEndpoints {
  /** The newest stands first of each node; nodes are in the order in which they worked, the last one last. */
  readonly #known = new Map<string, readonly Worked[]>();
  readonly #changed = new Set<string>();

  /** @param kept Rows of an earlier life. Whatever is not in order is passed over. */
  constructor(kept: readonly (KeptRow & { readonly text: string })[]) {
    const read = kept.flatMap(({ name, text }) => {
      const worked = readText(text);
      if (worked === undefined) this.#changed.add(name);
      return worked === undefined ? [] : [{ name, worked }];
    });
    read.sort((a, b) => a.worked[0]!.at - b.worked[0]!.at);
    for (const { name, worked } of read) this.#put(name, worked);
  }

  get nodes(): Iterable<string> {
    return this.#known.keys();
  }

  has(node: string): boolean {
    return this.#known.has(node);
  }

  /** The endpoints of a node, in the form of published ones, that which worked last first. */
  of(node: string): readonly Endpoint[] {
    return (this.#known.get(node) ?? []).map(({ endpoint, reach, segment }, at) => {
      const form = { id: `worked${at}`, endpoint, carrier: "quic", reach, priority: at, weight: 0 };
      return segment === undefined ? form : { ...form, segment };
    });
  }

  /**
   * A link to a node is up by an endpoint that a record in force has of it.
   *
   * @param wall Milliseconds since 1970
   */
  handleWorked(node: string, { endpoint, reach, segment }: Endpoint, wall: number): void {
    if (endpoint === undefined || endpoint.length > WORKED_LENGTH_MAX || reach === "reverse") return;
    const [newest, ...older] = this.#known.get(node) ?? [];
    const isFresh = newest?.endpoint === endpoint && Math.abs(wall - newest.at) < WORKED_AGAIN_MS;
    if (isFresh && newest.reach === reach && newest.segment === segment) return;
    const others = newest === undefined ? [] : [newest, ...older].filter((each) => each.endpoint !== endpoint);
    this.#put(node, [{ endpoint, reach, ...(segment !== undefined && { segment }), at: wall }, ...others]);
    this.#changed.add(node);
  }

  /** Forgets a node. */
  drop(node: string): void {
    if (this.#known.delete(node)) this.#changed.add(node);
  }

  /** Forgets all nodes. */
  forget(): void {
    for (const node of this.#known.keys()) this.#changed.add(node);
    this.#known.clear();
  }

  /** Rows that are to be kept anew; none: nothing has changed. */
  takeRows(): readonly KeptRow[] {
    const rows = [...this.#changed].map((name) => {
      const worked = this.#known.get(name);
      return { name, text: worked && JSON.stringify(worked) };
    });
    this.#changed.clear();
    return rows;
  }

  #put(node: string, worked: readonly Worked[]): void {
    this.#known.delete(node);
    this.#known.set(node, worked.slice(0, WORKED_OF_ONE_MAX));
    const [oldest] = this.#known.keys();
    if (this.#known.size <= WORKED_NODES_MAX || oldest === undefined) return;
    this.#known.delete(oldest);
    this.#changed.add(oldest);
  }
}

function readText(text: string): readonly Worked[] | undefined {
  try {
    return workedForm.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
