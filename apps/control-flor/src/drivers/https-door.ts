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
import { INTERMEDIATES_MAX } from "../users/limits.ts";
import { Strangers } from "../users/strangers.ts";
import { type ProvenUser, UserJudge, type UserRefusal } from "../users/user-judge.ts";
import type { Caller } from "./api-server.ts";
import type { ControlHttpsErrorCode } from "./https-errors.ts";
import { CONNECTIONS_MAX, HANDSHAKE_MS, LIST_WARNING_MS, USERS_LOOK_MS } from "./limits.ts";

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
  /** Whether a principal may ask here: others have no more than a stranger's place. */
  readonly isReader: (principal: string) => boolean;
  /** Takes a connection, of a user or of somebody whose requests are to be refused. */
  readonly take: (socket: Socket, caller: Caller) => void;
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
  /** All connections by both their ends, as sockets of TCP: those of TLS are above them, and have the same ends. */
  readonly #sockets = new Map<string, Socket>();
  readonly #strangers = new Strangers<Socket>();
  readonly #refused = new Map<UserRefusal["code"] | "TOO_MUCH", number>();
  readonly #look: WakeUpTimer;
  #server: Server | undefined;
  /** The certificate that is shown, and its key, as they were in order last. */
  #pem: ServerPem;

  private constructor(options: HttpsDoorOptions, holdings: Holdings) {
    const { config, cluster, time } = options;
    this.#options = options;
    this.#holdings = holdings;
    const judgedBy = { cluster, roots: () => holdings.roots!, revocations: holdings.revocations };
    this.#judge = new UserJudge(judgedBy, readIntermediates(config));
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
      this.#server?.setSecureContext(this.#secureOptions());
    } catch (error) {
      refusals.push(...refusalsOf(error));
    }
    // The reload of lists ends with a look at who may go on.
    return [...refusals, ...(await this.#holdings.reload())];
  }

  /** The address, its certificate, users, and who was refused. */
  status(): HttpsStatus {
    const { revocation, trust } = this.#holdings.status();
    return {
      listen: formatStreamAddress({ kind: "tcp", ...this.#options.config.address }),
      certificate: serverCertificateStatus(termOf(this.#pem), this.#options.time.wallClock().getTime()),
      connections: this.#users.size,
      refused: Object.fromEntries(this.#refused),
      trust: trust!,
      revocation: revocation!,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#look.close();
    this.#holdings.close();
    const closed = new Promise<void>((done) =>
      this.#server === undefined ? done() : this.#server.close(() => done()),
    );
    for (const socket of this.#sockets.values()) socket.destroy();
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
    server.on("connection", (socket: Socket) => this.#handleConnected(socket));
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

  /**
   * The roots are not among these (`ca`), though they would tell browsers which certificates are asked for: where Node verifies a chain with an intermediate
   * CA, it keeps some kilobytes of each connection for good (measured with Node 24.21).
   */
  #secureOptions(): SecureContextOptions {
    return { ...this.#pem, minVersion: "TLSv1.3" };
  }

  #handleConnected(socket: Socket): void {
    socket.on("error", () => undefined);
    const ends = endsOf(socket);
    this.#sockets.set(ends, socket);
    socket.once("close", () => {
      this.#strangers.handleLeft(socket);
      // Whoever resets a connection may have the next one from the same port before the end of this one is known.
      if (this.#sockets.get(ends) === socket) this.#sockets.delete(ends);
    });
    const admission = this.#strangers.handleConnected(socket, socket.remoteAddress ?? "", this.#options.time.now());
    if (admission !== "too-much") return this.#turnAway(admission.leaving);
    this.#turnAway(socket);
  }

  #turnAway(socket: Socket | undefined): void {
    if (socket === undefined) return;
    this.#count("TOO_MUCH");
    socket.destroy();
  }

  #handleProven(socket: TLSSocket): void {
    socket.on("error", () => undefined);
    const { isReader, take } = this.#options;
    const judged = this.#judge.judge(socket.getPeerX509Certificate()?.raw, this.#clocks());
    if ("code" in judged) {
      this.#count(judged.code);
      return take(socket, { principal: judged.principal ?? "", refused: judged.text });
    }
    const { principal } = judged;
    // Whoever is no reader is told so, in a stranger's place: any workload of the cluster has a certificate.
    if (!isReader(principal)) return take(socket, { principal });
    const below = this.#sockets.get(endsOf(socket));
    if (below === undefined || this.#users.size >= CONNECTIONS_MAX) return void socket.destroy();
    this.#strangers.handleLeft(below);
    this.#users.set(socket, judged);
    socket.once("close", () => this.#users.delete(socket));
    take(socket, { principal });
  }

  /** Other roots or lists are in force. */
  #handleTrust(): void {
    const at = this.#clocks();
    // Many connections are of one user: each certificate is judged once.
    const verdicts = new Map<string, boolean>();
    for (const [socket, user] of this.#users) {
      const leaf = Buffer.from(user.leaf).toString("latin1");
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

  #count(code: UserRefusal["code"] | "TOO_MUCH"): void {
    this.#refused.set(code, (this.#refused.get(code) ?? 0) + 1);
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
  if (intermediates === undefined) return [];
  const read = readCertificatePem(readCaPem(intermediates, CODES));
  if (read.length <= INTERMEDIATES_MAX) return read;
  const message = `it has ${read.length} certificates, and a chain ${INTERMEDIATES_MAX} CAs at most`;
  const advice = "Leave out those that issue to no user, and those that have ended.";
  throw new OperatorError(CODES.file, message, { advice, where: { file: intermediates } });
}

function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress} ${localPort} ${remoteAddress} ${remotePort}`;
}
