import { createHash } from "node:crypto";
import type { ReadOptions, RepositorySource, TargetFile } from "../../src/repository/index.ts";
import { SourceError } from "../../src/sources/source-error.ts";

/** The doings of a source in a test. */
export interface Play {
  /** Octets of the file that it gives; undefined: it has no such file. */
  readonly octets?: Uint8Array | undefined;
  /** Behind so many octets of an answer it fails. */
  readonly failsAfter?: number;
}

/** A source that counts what it gives. */
export class PlayedSource implements RepositorySource {
  play: Play;
  given = 0;
  reads = 0;

  constructor(play: Play) {
    this.play = play;
  }

  async read(_path: string, { offset, lengthMax }: ReadOptions): Promise<AsyncIterable<Uint8Array> | undefined> {
    this.reads++;
    const { octets, failsAfter = Number.POSITIVE_INFINITY } = this.play;
    if (failsAfter === 0) throw lost();
    return octets === undefined ? undefined : this.#give(octets.subarray(offset, offset + lengthMax), failsAfter);
  }

  async *#give(octets: Uint8Array, failsAfter: number): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < octets.length; at += PIECE) {
      if (at >= failsAfter) throw lost();
      const piece = octets.subarray(at, at + PIECE);
      this.given += piece.length;
      yield piece;
    }
  }
}

const PIECE = 1_000;

function lost(): SourceError {
  return new SourceError("ERR_RELEASE_SOURCE_LOST", "lost", "it has gone");
}

/** Octets that no other length or seed has. */
export function octetsOf(length: number, seed = 0): Uint8Array {
  const octets = new Uint8Array(length);
  for (let at = 0; at < length; at++) octets[at] = (at * 31 + (at >> 8) + seed) & 0xff;
  return octets;
}

export function targetOf(octets: Uint8Array): TargetFile {
  const sha256 = createHash("sha256").update(octets).digest("hex");
  const name = "florenetes-node_0.1.0_amd64.deb";
  return { name, length: octets.length, sha256, path: `targets/${sha256}.${name}` };
}
