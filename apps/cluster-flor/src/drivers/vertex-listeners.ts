import type { DownPart, Logger } from "@florenetes/process-kit";
import type { WakeUps } from "@florenetes/scheduling";
import type { SessionDoor } from "../sessions/session-door.ts";
import { ListenerKeeper } from "../transport/drivers/listener-keeper.ts";
import type { Tunnel } from "../transport/tunnels/tunnel.ts";

export interface VertexListenersOptions {
  readonly wakeUps: WakeUps;
  /** Monotonic. */
  readonly now: () => number;
  readonly log: Logger;
}

/** A part that is down, by its kind and name. */
interface Down extends Pick<DownPart, "what"> {
  /** The reason, after its code; "" until the part has been tried. */
  readonly problem: string;
}

/** Opens the listeners of tunnels and data sessions, and retries failed ones. */
export class VertexListeners {
  readonly #keeper: ListenerKeeper;
  readonly #log: Logger;

  constructor({ wakeUps, now, log }: VertexListenersOptions) {
    this.#keeper = new ListenerKeeper({ wakeUps, now });
    this.#log = log;
  }

  /** Opens listeners that are down. Resolves when each new one was tried once. */
  async open(allTunnels: Iterable<Tunnel>, allDoors: Iterable<SessionDoor>): Promise<void> {
    const [tunnels, doors] = [[...allTunnels], [...allDoors]];
    const known = new Set(
      downOf(tunnels, doors)
        .filter(({ problem }) => problem !== "")
        .map(({ what }) => what),
    );
    await this.#keeper.open([...tunnels, ...doors]);
    for (const { what, problem } of downOf(tunnels, doors)) {
      if (known.has(what)) continue;
      const text = `${what} does not listen, which is tried again: ${problem}`;
      this.#log.error({ code: "LISTENER_DOWN", part: what }, text);
    }
  }

  /** Tunnels and sockets of data sessions that could not be opened. */
  down(tunnels: Iterable<Tunnel>, doors: Iterable<SessionDoor>): DownPart[] {
    return downOf(tunnels, doors).flatMap(({ what, problem }) => {
      const [, code = "", text = problem] = /^(ERR_\w+): (.*)$/s.exec(problem) ?? [];
      return problem === "" ? [] : [{ what, code, text }];
    });
  }

  /** Stops all retries. */
  close(): void {
    this.#keeper.close();
  }
}

function downOf(tunnels: Iterable<Tunnel>, doors: Iterable<SessionDoor>): Down[] {
  const all: Down[] = [];
  for (const tunnel of tunnels) {
    const { config, problem } = tunnel;
    if (tunnel.isDown) all.push({ what: `the tunnel ${config.name}`, problem });
  }
  for (const door of doors) {
    const { options, problem } = door;
    if (door.isDown) all.push({ what: `the sessions ${options.config.name}`, problem });
  }
  return all;
}
