import { PATIENCE_MS } from "../limits.ts";

const BITS_PER_BYTE = 8;
/** Frames, encryption and acknowledgements of a link protocol take no more than the packets themselves. */
const OVERHEAD = 2;
/** Everything that is said until a link is up or down, and what is under way before it. */
const LINK_BYTES = 20_000;

/** How much the medium between two link vertices carries. A check gives whatever goes over it the time that it takes. */
export class Medium {
  /** Bits per second; Infinity: nothing has to wait for it. */
  readonly rate: number;

  constructor(rate: number = Infinity) {
    this.rate = rate;
  }

  /** How long packets of so many bytes in all are on their way, at the longest. */
  msFor(bytes: number): number {
    return ((OVERHEAD * bytes * BITS_PER_BYTE) / this.rate) * 1_000;
  }

  /** How long it takes until a link is up or down, at the longest. */
  get linkMs(): number {
    return this.msFor(LINK_BYTES);
  }

  /** How long a check waits for what has to come over it. */
  patienceMs(bytes = 0): number {
    return PATIENCE_MS + this.msFor(LINK_BYTES + bytes);
  }

  /** Bytes that it carries in a time, without any overhead. */
  bytesIn(ms: number): number {
    return (this.rate / BITS_PER_BYTE) * (ms / 1_000);
  }

  /** Sends packets of so many bytes whenever it is called, but no sooner than those before have had their time. */
  repeated(bytes: number, send: () => unknown): () => void {
    let next = -Infinity;
    return () => {
      if (performance.now() < next) return;
      next = performance.now() + this.msFor(bytes);
      send();
    };
  }
}
