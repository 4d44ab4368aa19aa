import { PATIENCE_MS } from "../limits.ts";

const BITS_PER_BYTE = 8;
/** The factor for a link protocol's frames, encryption and acknowledgements: they take no more bytes than the packets themselves. */
const OVERHEAD = 2;
/** Bytes until a link is up or down: all that both ends say, and all that is under way before it. */
const LINK_BYTES = 20_000;

/** The medium between two link vertices. Checks give packets the time that a slow medium takes. */
export class Medium {
  /** The rate in bits per second; Infinity: nothing has to wait for the medium. */
  readonly rate: number;

  constructor(rate: number = Infinity) {
    this.rate = rate;
  }

  /** Milliseconds that packets of `bytes` in all are on their way, at most. */
  msFor(bytes: number): number {
    return ((OVERHEAD * bytes * BITS_PER_BYTE) / this.rate) * 1_000;
  }

  /** Milliseconds until a link is up or down, at most. */
  get linkMs(): number {
    return this.msFor(LINK_BYTES);
  }

  /** Milliseconds that a check waits for something that has to come over the medium. */
  patienceMs(bytes = 0): number {
    return PATIENCE_MS + this.msFor(LINK_BYTES + bytes);
  }

  /** Bytes that the medium carries in a time, without any overhead. */
  bytesIn(ms: number): number {
    return (this.rate / BITS_PER_BYTE) * (ms / 1_000);
  }

  /** A function that sends packets of `bytes` in all each time it is called, unless earlier packets have not had their time yet. */
  repeated(bytes: number, send: () => unknown): () => void {
    let next = -Infinity;
    return () => {
      if (performance.now() < next) return;
      next = performance.now() + this.msFor(bytes);
      send();
    };
  }
}
