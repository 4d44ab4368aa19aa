import { connect, type Socket } from "node:net";
import type { HostPort } from "@florenetes/config-file";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import { WorldWatch } from "../egress/world-watch.ts";

export interface WorldProbeOptions {
  readonly targets: readonly HostPort[];
  readonly time: ProcessTime;
  /** The world is there, or is silent: it has changed. */
  readonly onChange: (isThere: boolean) => void;
}

/**
 * Asks addresses of the world, by connections of TCP that are closed at once, whether it is there. Only one that opens is an answer: a refusal may come from a
 * router or a firewall on the way, whose ICMP message (port unreachable) the system tells as ECONNREFUSED, too.
 */
export class WorldProbe {
  readonly watch: WorldWatch;
  readonly #options: WorldProbeOptions;
  readonly #timer: WakeUpTimer;
  /** The connections of the round that runs. */
  readonly #sockets = new Set<Socket>();
  #told: boolean | undefined;

  constructor(options: WorldProbeOptions) {
    const { time } = options;
    this.#options = options;
    this.watch = new WorldWatch(time.now());
    this.#timer = time.wakeUps.timer(() => this.#handleTimeout());
  }

  /** How many addresses are asked. */
  get size(): number {
    return this.#options.targets.length;
  }

  start(): void {
    this.#handleTimeout();
  }

  close(): void {
    this.#timer.close();
    this.#endRound();
  }

  #handleTimeout(): void {
    if (this.watch.handleTimeout(this.#options.time.now())) {
      this.#endRound();
      for (const target of this.#options.targets) this.#ask(target, this.watch.round);
    }
    this.#timer.set(this.watch.nextTimeout);
    this.#tell();
  }

  #ask({ host, port }: HostPort, round: number): void {
    const socket = connect({ host, port });
    this.#sockets.add(socket);
    socket.once("connect", () => {
      socket.destroy();
      this.watch.handleAnswer(round);
      this.#tell();
    });
    socket.on("error", () => {});
    socket.once("close", () => this.#sockets.delete(socket));
  }

  #endRound(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
  }

  #tell(): void {
    const { isThere } = this.watch;
    if (isThere === undefined || isThere === this.#told) return;
    this.#told = isThere;
    this.#options.onChange(isThere);
  }
}
