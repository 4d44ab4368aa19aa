import { SHARD_SIZE_MAX } from "@florenetes/blobs";
import { BODIES_KEPT_MAX } from "../limits.ts";

/** Bodies below this are made as they come: they cost little. */
const KEPT_SIZE_MIN = 65_536;

/** Memory for bodies of questions, used again: to make 4 MiB for each of them anew costs as much as all else that is done with it. */
export class ShardBuffers {
  readonly #free: Buffer[] = [];

  /** Memory for so many octets, at most those of a shard, with anything in it. */
  take(size: number): Buffer {
    if (size < KEPT_SIZE_MIN) return Buffer.allocUnsafeSlow(size);
    // The system gives memory to a new one as octets come.
    return (this.#free.pop() ?? Buffer.allocUnsafeSlow(SHARD_SIZE_MAX)).subarray(0, size);
  }

  /** Takes memory back that is in use no more. */
  give({ buffer }: Uint8Array): void {
    if (buffer.byteLength !== SHARD_SIZE_MAX || this.#free.length >= BODIES_KEPT_MAX) return;
    this.#free.push(Buffer.from(buffer));
  }
}
