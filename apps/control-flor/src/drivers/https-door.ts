import { mkdirSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import type { SecureContextOptions, Server, TLSSocket } from "node:tls";
import {
  type Clocks,
  HeldTrust,
  Holdings,
  readCertificatePem,
  readTrustFolder,
  revocationFolder,
} from "@florenetes/identity";
import { formatStreamAddress, type HostPort } from "@florenetes/config-file";
import { isOperatorError, OperatorError } from "@florenetes/operator-text";
import {
  type Logger,
  type PemCodes,
  readCaPem,
  readServerPem,
  refusalsOf,
  type ReloadRefusal,
  serverCertificateStatus,
  type ServerPem,
  termOf,
} from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import type { HttpsStatus } from "../admin/control-status.ts";
import type { HttpsConfig } from "../config/https-section.ts";
import { type ProvenUser, UserJudge, type UserRefusal } from "../users/user-judge.ts";
import type { ControlHttpsErrorCode } from "./https-errors.ts";
import { CONNECTIONS_MAX, HANDSHAKE_MS, LIST_WARNING_MS, STRANGERS_MAX, USERS_LOOK_MS } from "./limits.ts";

const CODES = {
  file: "ERR_CONTROL_HTTPS_FILE",
  exposed: "ERR_CONTROL_HTTPS_KEY_EXPOSED",
  tls: "ERR_CONTROL_HTTPS_TLS",
} as const satisfies PemCodes & Record<keyof PemCodes, ControlHttpsErrorCode>;

export interface HttpsDoorOptions {
  readonly cluster: string;
  readonly config: HttpsConfig;
  /** Folder of what the replica keeps: that of the lists it has seen is in it. */
  readonly state: string;
  readonly time: ProcessTime;
  readonly log: Logger;
  /** Takes a connection of a user, or one whose requests are refused for this reason. */
  readonly take: (socket: Socket, who: { readonly principal: string } | { readonly refused: string }) => void;
}

/**
 * Lets users in who have no node of the mesh: over HTTPS, by the certificates of their identities. Who shows none, or one that is not in order, is told why,
 * and has no more than a moment.
 */
export class HttpsDoor implements AsyncDisposable {
  readonly #options: HttpsDoorOptions;
  readonly #holdings: Holdings;
  readonly #judge: UserJudge;
  readonly #users = new Map<TLSSocket, ProvenUser>();
  /** Connections that have proven nobody, yet or at all, by their far ends, in the order of their arrival. */
  readonly #strangers = new Map<string, Socket>();
  readonly #refused = new Map<UserRefusal["code"], number>();
  readonly #look: WakeUpTimer;
  #server: Server | undefined;
  /** The certificate that is shown, and its key, as they were in order last. */
  #pem: ServerPem;

  private constructor(options: HttpsDoorOptions, holdings: Holdings) {
    const { config, cluster, time } = options;
    this.#options = options;
    this.#holdings = holdings;
    const intermediates = readIntermediates(config);
    this.#judge = new UserJudge(
      { cluster, roots: () => holdings.roots ?? "", revocations: holdings.revocations },
      intermediates,
    );
    this.#pem = readServerPem(config, CODES);
    this.#look = time.wakeUps.timer(() => this.#handleLook());
  }

  /**
   * Listens. Rejects with an IdentityError where roots or lists are not in order.
   *
   * @throws OperatorError `ERR_CONTROL_HTTPS_…`
   */
  static async open(options: HttpsDoorOptions): Promise<HttpsDoor> {
    const { config, cluster, state, time, log } = options;
    const trust = new HeldTrust(config.trust, cluster);
    const stateFolder = revocationFolder(state, cluster);
    mkdirSync(stateFolder, { recursive: true, mode: 0o700 });
    const holdings = await Holdings.open({
      cluster,
      identities: [],
      trust,
      stateFolder,
      policy: config.revocation,
      expiryWarningMs: LIST_WARNING_MS,
      wallClock: () => time.wallClock(),
      log,
    });
    try {
      const door = new HttpsDoor(options, holdings);
      await door.#listen();
      holdings.watch({ handleCredentials: () => undefined, handleRevocations: () => door.#handleTrust() });
      door.#handleLook();
      return door;
    } catch (error) {
      holdings.close();
      throw error;
    }
  }

  /** The address that is listened on. */
  get address(): HostPort {
    const { address, port } = this.#server!.address() as AddressInfo;
    return { host: address, port };
  }

  /** Reads certificate, roots and lists again. Resolves with refusals: the former ones stay in use then. */
  async reread(): Promise<readonly ReloadRefusal[]> {
    const refusals: ReloadRefusal[] = [];
    try {
      const pem = readServerPem(this.#options.config, CODES);
      this.#judge.handleIntermediates(readIntermediates(this.#options.config));
      this.#pem = pem;
    } catch (error) {
      refusals.push(...refusalsOf(error));
    }
    // The reload of lists ends with a look at what is in force: handshakes have the new certificate from then on.
    return [...refusals, ...(await this.#holdings.reload())];
  }

  status(): HttpsStatus {
    const { revocation, trust } = this.#holdings.status();
    return {
      listen: formatStreamAddress({ kind: "tcp", ...this.#options.config.address }),
      certificate: serverCertificateStatus(termOf(this.#pem), this.#options.time.wallClock().getTime()),
      connections: this.#users.size,
      refused: Object.fromEntries(this.#refused),
      trust,
      revocation,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#look.close();
    this.#holdings.close();
    const closed = new Promise<void>((done) =>
      this.#server === undefined ? done() : this.#server.close(() => done()),
    );
    for (const socket of [...this.#users.keys(), ...this.#strangers.values()]) socket.destroy();
    await closed;
  }

  async #listen(): Promise<void> {
    const { config } = this.#options;
    const server = process.getBuiltinModule("node:tls").createServer({
      ...this.#secureOptions(),
      requestCert: true,
      // A library would refuse without a word that people can read.
      rejectUnauthorized: false,
      handshakeTimeout: HANDSHAKE_MS,
      ALPNProtocols: ["http/1.1"],
    });
    server.maxConnections = CONNECTIONS_MAX;
    server.on("connection", (socket: Socket) => this.#handleStranger(socket));
    // Strangers cannot make the log grow: what a handshake did not prove is left without a word.
    server.on("tlsClientError", (_error, socket) => socket.destroy());
    server.on("secureConnection", (socket) => this.#handleProven(socket));
    await new Promise<void>((done, fail) => {
      const refuse = (cause: Error): void => {
        const code: ControlHttpsErrorCode = "ERR_CONTROL_HTTPS_LISTEN";
        const { host, port } = config.address;
        const message = `${host} port ${port} cannot be listened on: ${cause.message}`;
        fail(new OperatorError(code, message, { advice: "Free the address, or choose another port.", cause }));
      };
      server.once("error", refuse);
      server.listen(config.address, () => {
        server.removeListener("error", refuse);
        // Running out of file descriptors must not end the process: whoever comes is not served.
        server.on("error", () => undefined);
        done();
      });
    });
    this.#server = server;
  }

  /** The roots tell browsers which of a user's certificates are asked for. */
  #secureOptions(): SecureContextOptions {
    return { ...this.#pem, ca: this.#holdings.roots ?? "", minVersion: "TLSv1.3" };
  }

  /** A stranger keeps a place until the next one needs it: idle ones keep nobody out. */
  #handleStranger(socket: Socket): void {
    socket.on("error", () => undefined);
    const farEnd = farEndOf(socket);
    this.#strangers.set(farEnd, socket);
    socket.once("close", () => this.#strangers.delete(farEnd));
    if (this.#strangers.size <= STRANGERS_MAX) return;
    const [oldest] = this.#strangers.values();
    oldest?.destroy();
  }

  #handleProven(socket: TLSSocket): void {
    socket.on("error", () => undefined);
    const judged = this.#judge.judge(socket.getPeerX509Certificate()?.raw, this.#clocks());
    if ("code" in judged) {
      this.#refused.set(judged.code, (this.#refused.get(judged.code) ?? 0) + 1);
      return this.#options.take(socket, { refused: judged.text });
    }
    this.#users.set(socket, judged);
    socket.once("close", () => this.#users.delete(socket));
    // The socket of TLS has another one below it, and both have the same far end.
    this.#strangers.delete(farEndOf(socket));
    this.#options.take(socket, judged);
  }

  /** Other roots or lists are in force. */
  #handleTrust(): void {
    this.#server?.setSecureContext(this.#secureOptions());
    const at = this.#clocks();
    // Many connections are of one user: each certificate is judged once.
    const verdicts = new Map<string, boolean>();
    for (const [socket, user] of this.#users) {
      const leaf = Buffer.from(user.chain[0]!).toString("latin1");
      const isTrusted = verdicts.get(leaf) ?? this.#judge.isTrusted(user, at);
      verdicts.set(leaf, isTrusted);
      if (!isTrusted) socket.destroy();
    }
  }

  /** Ends the connections of users whose certificates have ended. */
  #handleLook(): void {
    const at = this.#clocks();
    for (const [socket, { proof }] of this.#users) if (proof.term.isOver(at)) socket.destroy();
    this.#look.set(at.monotonic + USERS_LOOK_MS);
  }

  #clocks(): Clocks {
    const { time } = this.#options;
    return { wall: time.wallClock(), monotonic: time.now() };
  }
}

/** Finds what is wrong with the files that HTTPS is served with. */
export function checkHttps(config: HttpsConfig, cluster: string): readonly Error[] {
  const readers = [
    () => readServerPem(config, CODES),
    () => readIntermediates(config),
    () => readTrustFolder(config.trust, cluster),
  ];
  return readers.flatMap((read) => {
    try {
      read();
      return [];
    } catch (error) {
      if (!isOperatorError(error)) throw error;
      return [error];
    }
  });
}

function readIntermediates({ intermediates }: HttpsConfig): readonly Uint8Array[] {
  return intermediates === undefined ? [] : readCertificatePem(readCaPem(intermediates, CODES));
}

function farEndOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
