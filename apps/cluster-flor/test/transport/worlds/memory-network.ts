import type {
  Dialled,
  Listener,
  ListenOptions,
  LocalNetwork,
  WorkloadCredentials,
} from "../../../src/transport/streams/local-network.ts";
import { NodeSocket } from "../../../src/transport/drivers/node-socket.ts";
import { Code } from "../../../src/transport/codes.ts";
import type { StreamAddress } from "@florenetes/config-file";
import { MemorySocket } from "./memory-socket.ts";

const firstPort = 10_000;

/** The TCP ports of a machine, in memory. */
export class MemoryPorts {
  readonly #soon: (action: () => void) => void;
  readonly #listeners = new Map<number, (socket: MemorySocket) => void>();
  #portsGiven = 0;

  /** @param soon Calls in the next turn of the event loop. */
  constructor(soon: (action: () => void) => void) {
    this.#soon = soon;
  }

  /**
   * Nothing is read of the connections before they are asked for bytes.
   *
   * @param wanted The port; 0: any port.
   */
  listen(wanted: number, onConnection: (socket: MemorySocket) => void): Listener {
    const port = wanted === 0 ? firstPort + this.#portsGiven++ : wanted;
    this.#listeners.set(port, onConnection);
    return { port, close: () => void this.#listeners.delete(port) };
  }

  /** Emits `connect`, or `error` when nobody listens. */
  connect(port: number): MemorySocket {
    const [near, far] = MemorySocket.pair(this.#soon);
    this.#soon(() => {
      const listener = this.#listeners.get(port);
      if (near.destroyed) return;
      if (listener === undefined) {
        near.destroy(Object.assign(new Error("nobody listens"), { code: "ECONNREFUSED" }));
        return;
      }
      near.emit("connect");
      near.read(0);
      listener(far);
    });
    return near;
  }
}

/** A process's connections in memory. */
export class MemoryNetwork implements LocalNetwork {
  readonly hasRoom = true;
  readonly filesTaken = 0;
  readonly #ports: MemoryPorts;
  readonly #open = new Set<NodeSocket>();

  constructor(ports: MemoryPorts) {
    this.#ports = ports;
  }

  listen({ address, onConnection }: ListenOptions): Promise<Listener> {
    const askWho = (): WorkloadCredentials => ({ pid: 1, uid: 0, gid: 0, groups: [0] });
    const accept = (socket: MemorySocket): void => onConnection(new NodeSocket(socket, address, this.#open), askWho);
    return Promise.resolve(this.#ports.listen(portOf(address), accept));
  }

  dial(address: StreamAddress, _timeoutMs: number, dialled: Dialled): () => void {
    const socket = this.#ports.connect(portOf(address));
    socket.once("error", ({ message }) => dialled.handleFailed(Code.targetDown, message));
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      dialled.handleConnected(new NodeSocket(socket, address, this.#open));
    });
    return () => {
      socket.removeAllListeners();
      socket.destroy();
    };
  }

  resetAll(): void {
    for (const socket of this.#open) socket.reset();
  }
}

function portOf(address: StreamAddress): number {
  if (address.kind === "tcp") return address.port;
  // The path of a Unix socket ends with the number of its port here.
  return Number(/\d+$/.exec(address.path)?.[0]);
}
