import type { TunDevice } from "@florenetes/native";
import { PACKET_BYTES_MAX, PACKETS_MAX, PIECE_HEADER_SIZE, type Segments } from "@florenetes/segments";

export interface DeviceWriterOptions<Sender> {
  readonly device: TunDevice;
  /** Joins packets to pieces, as the device takes them; undefined: it takes packets. */
  readonly segments: Segments | undefined;
  /** Says whether the device gets a packet, or so many joined segments of a connection. */
  readonly judge: (sender: Sender, packet: Uint8Array, count: number) => boolean;
  /** The device has not taken so many packets that it was given. */
  readonly onRefused: (count: number) => void;
}

/** Writes packets into the device that have come over the mesh. Where it takes pieces, those of one sender that come in one turn are joined and written together. */
export class DeviceWriter<Sender> {
  readonly #options: DeviceWriterOptions<Sender>;
  /** Packets of `#sender` that wait for the end of the turn. */
  readonly #run = { bytes: new Uint8Array(PACKET_BYTES_MAX), lengths: new Uint32Array(PACKETS_MAX), count: 0 };
  #used = 0;
  #sender: Sender | undefined;
  #isPlanned = false;

  constructor(options: DeviceWriterOptions<Sender>) {
    this.#options = options;
  }

  /** Takes a packet, which is copied unless it is written at once. */
  add(sender: Sender, packet: Uint8Array): void {
    if (this.#options.segments === undefined) return this.#write(sender, packet, packet, 0, packet.length, 1);
    const run = this.#run;
    const isFull = run.count === PACKETS_MAX || run.bytes.length - this.#used < packet.length;
    if (run.count > 0 && (isFull || this.#sender !== sender)) this.#flush();
    this.#sender = sender;
    run.bytes.set(packet, this.#used);
    run.lengths[run.count++] = packet.length;
    this.#used += packet.length;
    if (this.#isPlanned) return;
    this.#isPlanned = true;
    queueMicrotask(() => {
      this.#isPlanned = false;
      this.#flush();
    });
  }

  #flush(): void {
    const sender = this.#sender!;
    this.#options.segments!.join(this.#run, (pieces, start, end, count) =>
      this.#write(sender, pieces.subarray(start + PIECE_HEADER_SIZE, end), pieces, start, end, count),
    );
    this.#run.count = 0;
    this.#used = 0;
    this.#sender = undefined;
  }

  #write(sender: Sender, packet: Uint8Array, bytes: Uint8Array, start: number, end: number, count: number): void {
    const { judge, device, onRefused } = this.#options;
    if (judge(sender, packet, count) && device.write(bytes, start, end) !== 0) onRefused(count);
  }
}
