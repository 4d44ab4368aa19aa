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

/** Something that is down, by its kind and name. */
interface Down extends Pick<DownPart, "what"> {
  /** Why, behind a code; "": it has not been tried yet. */
  readonly problem: string;
}

/** Listeners of tunnels and of data sessions: opened, and tried again. */
export class VertexListeners {
  readonly #keeper: ListenerKeeper;
  readonly #log: Logger;

  constructor({ wakeUps, now, log }: VertexListenersOptions) {
    this.#keeper = new ListenerKeeper({ wakeUps, now });
    this.#log = log;
  }

  /** Opens those that are down. Resolves when each that is new was tried once. */
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

  /** Tries nothing again. */
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
