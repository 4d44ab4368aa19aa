/** Which source has given which octets of a file. Pure. */
import { createHash, type Hash } from "node:crypto";

interface Given {
  readonly source: string;
  readonly from: number;
  to: number;
  readonly hash: Hash;
}

/** The octets that one source has given, one behind the other. */
export interface GivenPart {
  readonly source: string;
  readonly from: number;
  readonly to: number;
  readonly sha256: string;
}

/** Remembers who gave what, so that a lie is told from what others have given for the same file. */
export class GiverTrace {
  readonly #given: Given[] = [];

  handleOctets(source: string, offset: number, octets: Uint8Array): void {
    let last = this.#given.at(-1);
    if (last === undefined || last.source !== source || last.to !== offset) {
      last = { source, from: offset, to: offset, hash: createHash("sha256") };
      this.#given.push(last);
    }
    last.hash.update(octets);
    last.to = offset + octets.length;
  }

  /** The parts that were given so far. */
  parts(): readonly GivenPart[] {
    return this.#given.map(({ source, from, to, hash }) => ({ source, from, to, sha256: hash.copy().digest("hex") }));
  }
}
