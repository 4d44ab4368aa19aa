import { Channel } from "@florenetes/simkit";
import type { UdpAddress } from "@florenetes/link-flor/src/quic-link/addresses/link-address.ts";
import type { SimWorld } from "./sim-world.ts";

const PORT = 4_433;

/** The speeds of channels: 2 Mbit/s, which a single workload fills, 16 Mbit/s, or faster than all that is sent. */
const bytesPerMsOptions = [250, 2_000, Infinity, Infinity];
/** How long a slow channel lets packets wait: not long, or longer than links are patient. */
const waitMsMaxOptions = [30, 400];

type Receive = (bytes: Uint8Array, from: UdpAddress) => void;

/** UDP between hosts: a channel for each direction between two of them, made when it is first used. */
export class SimNetwork {
  readonly #world: SimWorld;
  readonly #receivers = new Map<string, Receive>();
  readonly #channels = new Map<string, Channel<Uint8Array>>();

  constructor(world: SimWorld) {
    this.#world = world;
  }

  get packets(): number {
    return [...this.#channels.values()].reduce((sum, { counters }) => sum + counters.sent, 0);
  }

  /** Has `receive` get all datagrams to that host from now on. */
  attach(host: string, receive: Receive): void {
    this.#receivers.set(host, receive);
  }

  send(from: string, to: string, bytes: Uint8Array): void {
    this.#channel(from, to).send(bytes);
  }

  /** How long this many bytes take from one host to another where no other bytes are under way. */
  crossingMs(from: string, to: string, bytes: number): number {
    const { delayMsMax, bytesPerMs } = this.#channel(from, to).faults;
    return delayMsMax + bytes / bytesPerMs;
  }

  /** Gives a channel random faults from now on, or ends its faults. */
  disturb(): void {
    const { random } = this.#world;
    const channels = [...this.#channels.values()];
    if (channels.length === 0) return;
    const { faults } = random.pick(channels);
    faults.lossProbability = random.pick([0, 0.02, 0.2]);
    faults.duplicateProbability = random.pick([0, 0.05]);
    faults.delayMsMax = faults.delayMsMin + random.pick([0, 5, 50]);
    faults.isCut = random.chance(0.1);
  }

  heal(): void {
    for (const { faults } of this.#channels.values()) {
      faults.lossProbability = 0;
      faults.duplicateProbability = 0;
      faults.delayMsMax = faults.delayMsMin;
      faults.isCut = false;
    }
  }

  #channel(from: string, to: string): Channel<Uint8Array> {
    const key = `${from} ${to}`;
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    const { scheduler, random } = this.#world;
    const delayMs = random.pick([0.2, 2, 20]);
    const bytesPerMs = random.pick(bytesPerMsOptions);
    const faults = { delayMsMin: delayMs, delayMsMax: delayMs, bytesPerMs, waitMsMax: random.pick(waitMsMaxOptions) };
    const sender = { host: from, port: PORT };
    const channel = new Channel<Uint8Array>(scheduler, random, faults, (bytes) => {
      this.#receivers.get(to)?.(bytes, sender);
    });
    this.#channels.set(key, channel);
    return channel;
  }
}
