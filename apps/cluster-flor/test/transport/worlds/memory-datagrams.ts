import type { DatagramAddress } from "@florenetes/config-file";
import type {
  ClientAddress,
  DatagramListener,
  DatagramNetwork,
  DatagramReceiver,
  DatagramUser,
} from "../../../src/transport/datagrams/datagram-network.ts";

const firstPort = 20_000;

/** A socket of the machine in memory. */
export interface MemoryUdpSocket extends ClientAddress {
  send(bytes: Uint8Array, to: { readonly port: number }): boolean;
  close(): void;
}

type OnDatagram = (bytes: Uint8Array, from: ClientAddress) => void;

/** The UDP ports of a machine, in memory: nothing is lost, and all is in order. */
export class MemoryUdpPorts {
  readonly #soon: (action: () => void) => void;
  readonly #bound = new Map<number, OnDatagram>();
  #portsGiven = 0;

  /** @param soon Calls in the next turn of the event loop. */
  constructor(soon: (action: () => void) => void) {
    this.#soon = soon;
  }

  soon(action: () => void): void {
    this.#soon(action);
  }

  /** @param wanted The port; 0: any port. */
  bind(wanted: number, onDatagram: OnDatagram, address = "127.0.0.1"): MemoryUdpSocket {
    const port = wanted === 0 ? firstPort + this.#portsGiven++ : wanted;
    this.#bound.set(port, onDatagram);
    return {
      address,
      port,
      send: (bytes, to) => this.#send(bytes.slice(), { address, port }, to.port),
      close: () => void this.#bound.delete(port),
    };
  }

  #send(bytes: Uint8Array, from: ClientAddress, port: number): boolean {
    const isThere = this.#bound.has(port);
    this.#soon(() => this.#bound.get(port)?.(bytes, from));
    return isThere;
  }
}

/** A process's UDP sockets in memory. */
export class MemoryDatagrams implements DatagramNetwork {
  readonly #ports: MemoryUdpPorts;

  constructor(ports: MemoryUdpPorts) {
    this.#ports = ports;
  }

  listen(address: DatagramAddress, clients: DatagramReceiver): Promise<DatagramListener> {
    const socket = this.#ports.bind(address.port, (bytes, from) => clients.handleClientDatagram(bytes, from));
    const listener = {
      ...socket,
      close: () => {
        socket.close();
        clients.handleClosed();
      },
    };
    clients.handleListening(listener);
    return Promise.resolve(listener);
  }

  connect({ port }: DatagramAddress, _timeoutMs: number, user: DatagramUser): () => void {
    let isGivenUp = false;
    this.#ports.soon(() => {
      if (isGivenUp) return;
      let isClosed = false;
      const tell = (action: () => void): void => {
        this.#ports.soon(() => {
          if (!isClosed) action();
        });
      };
      const socket = this.#ports.bind(0, (bytes, from) => {
        if (from.port === port) user.handleTargetDatagram(bytes);
      });
      user.handleConnected({
        send: (bytes) => {
          if (!socket.send(bytes, { port })) tell(() => user.handleTargetError(true));
          return true;
        },
        close: () => {
          isClosed = true;
          socket.close();
        },
      });
    });
    return () => {
      isGivenUp = true;
    };
  }
}
