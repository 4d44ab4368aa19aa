/** Whole reports: of nodes that are unwell, and of one in n of the others, so that people can look at some without anybody holding all. Pure. */
import { createHash } from "node:crypto";
import type { FindingName } from "./findings.ts";
import { SAMPLED_NODES, SAMPLES_MAX, SAMPLES_SIZE_MAX } from "./limits.ts";

export interface Sample {
  readonly node: string;
  /** The report, as its node has signed it. */
  readonly octets: Uint8Array;
  /** None: it is well, and stands for others. */
  readonly findings: readonly FindingName[];
  /** Milliseconds since 1970. */
  readonly takenAt: number;
}

const HOUR_MS = 3_600_000;

/** Whether a node is in the sample of this hour, of which one in n is: by its name, so that it is the same one all the hour, and at each observer. */
export function isSampled(node: string, wall: number, nodes: number): boolean {
  const n = Math.max(1, Math.ceil(nodes / SAMPLED_NODES));
  const hour = Math.floor(wall / HOUR_MS);
  const hash = createHash("sha256").update(`${hour} ${node}`).digest().readUInt32BE(0);
  return hash % n === 0;
}

export class Samples {
  readonly #unwell = new Shelf();
  readonly #well = new Shelf();

  /** @param nodes How many nodes there are: with them n grows */
  take(sample: Sample, nodes: number): void {
    const { node, findings, takenAt } = sample;
    const isUnwell = findings.length > 0;
    if (isUnwell) {
      this.#well.delete(node);
      this.#unwell.put(sample);
    } else {
      this.#unwell.delete(node);
      if (isSampled(node, takenAt, nodes)) this.#well.put(sample);
      else this.#well.delete(node);
    }
  }

  clear(): void {
    this.forget(() => false);
  }

  forget(isHeard: (node: string) => boolean): void {
    for (const shelf of [this.#unwell, this.#well])
      for (const { node } of shelf.all()) if (!isHeard(node)) shelf.delete(node);
  }

  /** Reports of nodes that are unwell first, each by names. */
  list(): readonly Sample[] {
    const inOrder = (shelf: Shelf): Sample[] => [...shelf.all()].toSorted((a, b) => (a.node < b.node ? -1 : 1));
    return [...inOrder(this.#unwell), ...inOrder(this.#well)];
  }

  get size(): { readonly unwell: number; readonly well: number; readonly octets: number } {
    const [unwell, well] = [this.#unwell, this.#well];
    return { unwell: unwell.count, well: well.count, octets: unwell.octets + well.octets };
  }
}

/** Samples up to a number and so many octets: those that came longest ago go first. */
class Shelf {
  readonly #samples = new Map<string, Sample>();
  octets = 0;

  get count(): number {
    return this.#samples.size;
  }

  all(): Iterable<Sample> {
    return this.#samples.values();
  }

  put(sample: Sample): void {
    this.delete(sample.node);
    this.#samples.set(sample.node, sample);
    this.octets += sample.octets.length;
    for (const first of this.#samples.keys()) {
      if (this.#samples.size <= SAMPLES_MAX && this.octets <= SAMPLES_SIZE_MAX) break;
      this.delete(first);
    }
  }

  delete(node: string): void {
    this.octets -= this.#samples.get(node)?.octets.length ?? 0;
    this.#samples.delete(node);
  }
}
