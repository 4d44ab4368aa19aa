import { type AddressInfo, type Server, connect, createServer } from "node:net";
import { formatStreamAddress, type StreamAddress } from "@florenetes/config-file";
import { peerCredentials, setSocketFile } from "@florenetes/native";
import { freeStreamSocketPath, openFilesMax } from "@florenetes/process-kit";
import { Code } from "../codes.ts";
import type { Dialled, ListenOptions, Listener, LocalNetwork } from "../streams/local-network.ts";
import { listenError } from "./listen-error.ts";
import { NodeSocket } from "./node-socket.ts";
import { FILES_RESERVED, LISTEN_BACKLOG } from "../limits.ts";

const KEEP_ALIVE_MS = 60_000;
/** The mode of a Unix socket without a mode in the config. */
const OWNERS_ONLY = 0o600;

/** TCP and Unix sockets of this machine. */
export class NodeNetwork implements LocalNetwork {
  readonly #open = new Set<NodeSocket>();
  readonly #openMax: number;
  readonly #others: { readonly open: number };
  #dialling = 0;

  /**
   * @param filesMax File descriptors that the process may have.
   * @param others Those that workloads of other parts of the process hold.
   */
  constructor(
    filesMax: number = openFilesMax() ?? Number.POSITIVE_INFINITY,
    others: { readonly open: number } = { open: 0 },
  ) {
    this.#openMax = filesMax - FILES_RESERVED;
    this.#others = others;
  }

  get hasRoom(): boolean {
    return this.#taken < this.#openMax;
  }

  get filesTaken(): number {
    return this.#taken / Math.max(1, this.#openMax);
  }

  get #taken(): number {
    return this.#open.size + this.#dialling + this.#others.open;
  }

  async listen(options: ListenOptions): Promise<Listener> {
    const { address, onConnection } = options;
    if (address.kind === "unix") await freeStreamSocketPath(address.path);
    // The options set TCP_NODELAY and keep-alive; Unix sockets have neither.
    const tcp = address.kind === "tcp" ? { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS } : {};
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true, ...tcp }, (socket) => {
      onConnection(new NodeSocket(socket, address, this.#open), () => peerCredentials(socket));
    });
    await bind(server, options);
    return {
      port: address.kind === "tcp" ? (server.address() as AddressInfo).port : 0,
      close() {
        server.close();
      },
    };
  }

  dial(address: StreamAddress, timeoutMs: number, dialled: Dialled): () => void {
    const socket = connect({ allowHalfOpen: true, ...dialOptions(address) });
    this.#dialling++;
    const finish = (): void => {
      this.#dialling--;
      clearTimeout(timer);
      socket.removeAllListeners();
    };
    const giveUp = (): void => {
      finish();
      socket.on("error", () => {});
      socket.destroy();
    };
    const fail = (code: number, reason: string): void => {
      giveUp();
      dialled.handleFailed(code, reason);
    };
    const timer = setTimeout(() => fail(Code.targetTimeout, "no answer"), timeoutMs);
    socket.once("error", (error: NodeJS.ErrnoException) => {
      const code = error.code === "ETIMEDOUT" ? Code.targetTimeout : Code.targetDown;
      fail(code, `${formatStreamAddress(address)}: ${error.code ?? error.message}`);
    });
    socket.once("connect", () => {
      finish();
      dialled.handleConnected(new NodeSocket(socket, address, this.#open));
    });
    return giveUp;
  }

  resetAll(): void {
    for (const socket of this.#open) socket.reset();
  }
}

function bind(server: Server, options: ListenOptions): Promise<void> {
  const { address } = options;
  return new Promise((done, failed) => {
    server.once("error", (error: NodeJS.ErrnoException) => failed(listenError(address, error)));
    server.once("listening", () => {
      server.removeAllListeners("error");
      // A failed accept (no file descriptors left) must not end the process: the next one may succeed.
      server.on("error", () => {});
      done();
    });
    if (address.kind === "tcp") server.listen({ host: address.host, port: address.port, backlog: LISTEN_BACKLOG });
    else bindUnix(server, address.path, options);
  });
}

/** Binds so that only the owner can connect until mode and owner are as configured. */
function bindUnix(server: Server, path: string, options: ListenOptions): void {
  const before = process.umask(0o777 & ~OWNERS_ONLY);
  try {
    server.listen({ path, backlog: LISTEN_BACKLOG });
  } finally {
    process.umask(before);
  }
  server.prependOnceListener("listening", () => {
    try {
      setSocketFile(path, options.mode ?? OWNERS_ONLY, options.owner);
    } catch (error) {
      server.emit("error", error);
    }
  });
}

function dialOptions(
  address: StreamAddress,
): { path: string } | { host: string; port: number; noDelay: true; keepAlive: true; keepAliveInitialDelay: number } {
  if (address.kind === "unix") return { path: address.path };
  return {
    host: address.host,
    port: address.port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  };
}
