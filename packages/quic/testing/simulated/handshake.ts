import type { PeerRefusal, QuicConfig } from "../../src/engine.ts";
import { derOf, encodeHello, type Hello, HelloReader, hexOf, type Parameters, parametersOf } from "./hello.ts";
import { CRYPTO_FRAME_HEAD, type FrameWriter } from "./frames.ts";
import { keyOf, type PacketKey } from "./packet.ts";
import type { SentFrame } from "./recovery.ts";
import { SendBuffer } from "./send-buffer.ts";

/** RFC 8446, 6: no_application_protocol, as a QUIC error (RFC 9001, 4.8). */
const ALERT_BASE = 0x100;
const NO_APPLICATION_PROTOCOL = 120;
/** RFC 9000, 20.1. */
const TRANSPORT_PARAMETER_ERROR = 0x08;

const nothing = new Uint8Array(0);

/**
 * Judges a peer's chain (DER, leaf first): returns the TLS alert that refuses it, or undefined.
 *
 * @param trustBundlePem the CA certificates that it must end at.
 * @param endedMs for how long after its end a certificate is taken, in milliseconds.
 */
export type VerifyChain = (chain: readonly Uint8Array[], trustBundlePem: string, endedMs: number) => number | undefined;

/** The parts of a handshake that are not in its config. */
export interface HandshakeOptions {
  readonly config: QuicConfig;
  readonly isServer: boolean;
  readonly verifyChain: VerifyChain;
  /** A number in [0, 1). */
  readonly random: () => number;
  /** In hexadecimal: the client's first destination ID, which a server has to know (RFC 9000, 7.3). */
  readonly originalId: string;
}

/** How a handshake ended. */
export type HandshakeOutcome =
  | { readonly kind: "established" }
  /** With a transport error: the peer is told. */
  | { readonly kind: "failed"; readonly code: number }
  /** By the client's own judge: the peer is told nothing but the refusal's alert. */
  | { readonly kind: "unwanted"; readonly refusal: PeerRefusal };

/** Exchanges the hellos until the other end's certificates are verified. They are reliable: one stream of bytes in each
 *  direction. */
export class Handshake {
  /** The key of all packets but the initial ones. */
  sessionKey: PacketKey | undefined;
  /** The parameters that the peer has announced. */
  peer: Parameters | undefined;
  peerChain: Uint8Array[] | undefined;
  /** The server's, for a client. */
  peerResetToken = "";
  readonly #options: HandshakeOptions;
  readonly #random: number;
  readonly #out = new SendBuffer();
  readonly #in = new HelloReader();

  constructor(options: HandshakeOptions) {
    this.#options = options;
    this.#random = Math.floor(options.random() * 2 ** 32);
    if (options.isServer) return;
    const { config } = options;
    const { applicationProtocol } = config;
    this.#say({ kind: "client-hello", random: this.#random, applicationProtocol, parameters: parametersOf(config) });
  }

  get hasWork(): boolean {
    return this.#out.hasWork;
  }

  handleBytes(offset: number, bytes: Uint8Array): HandshakeOutcome | undefined {
    this.#in.handleBytes(offset, bytes);
    const hello = this.#in.poll();
    if (hello === undefined) return undefined;
    const { isServer } = this.#options;
    if (hello.kind === "client-hello" && isServer) return this.#handleClientHello(hello);
    if (hello.kind === "server-hello" && !isServer) return this.#handleServerHello(hello);
    if (hello.kind === "finished" && isServer) return this.#handleFinished(hello.certificateChainPem);
    return undefined;
  }

  /** Writes what there is room for; returns what was written, or undefined when there is nothing or no room. */
  write(writer: FrameWriter): SentFrame | undefined {
    const piece = writer.left > CRYPTO_FRAME_HEAD ? this.#out.poll(writer.left - CRYPTO_FRAME_HEAD) : undefined;
    if (piece === undefined) return undefined;
    const { offset, bytes } = piece;
    writer.write({ kind: "crypto", offset, bytes });
    const { length } = bytes;
    return {
      handleAcknowledged: () => this.#out.handleAcknowledged(offset, length, false),
      handleLost: () => this.#out.handleLost(offset, length, false),
    };
  }

  #handleClientHello(hello: Extract<Hello, { kind: "client-hello" }>): HandshakeOutcome | undefined {
    const { config, originalId } = this.#options;
    if (hello.applicationProtocol !== config.applicationProtocol) return failed(ALERT_BASE + NO_APPLICATION_PROTOCOL);
    this.peer = hello.parameters;
    this.sessionKey = sessionKeyOf(hello.random, this.#random);
    this.#say({
      kind: "server-hello",
      random: this.#random,
      parameters: parametersOf(config),
      originalId,
      statelessResetToken: hexOf(config.statelessResetToken ?? nothing),
      certificateChainPem: config.credentials.certificateChainPem,
    });
    return undefined;
  }

  #handleServerHello(hello: Extract<Hello, { kind: "server-hello" }>): HandshakeOutcome {
    const { config, originalId } = this.#options;
    this.peer = hello.parameters;
    this.peerResetToken = hello.statelessResetToken;
    this.sessionKey = sessionKeyOf(this.#random, hello.random);
    if (hello.originalId !== originalId) return failed(TRANSPORT_PARAMETER_ERROR);
    const refused = this.#verify(hello.certificateChainPem);
    if (refused !== undefined) return refused;
    const refusal = config.judgePeer?.(this.peerChain!);
    if (refusal !== undefined) return { kind: "unwanted", refusal };
    this.#say({ kind: "finished", certificateChainPem: config.credentials.certificateChainPem });
    return { kind: "established" };
  }

  #handleFinished(chainPem: string): HandshakeOutcome {
    return this.#verify(chainPem) ?? { kind: "established" };
  }

  #verify(chainPem: string): HandshakeOutcome | undefined {
    this.peerChain = derOf(chainPem);
    const { config, isServer, verifyChain } = this.#options;
    const endedMs = isServer ? (config.clientEndedMs ?? 0) : 0;
    const alert = verifyChain(this.peerChain, config.credentials.trustBundlePem, endedMs);
    return alert === undefined ? undefined : failed(ALERT_BASE + alert);
  }

  #say(hello: Hello): void {
    this.#out.write(encodeHello(hello));
  }
}

function failed(code: number): HandshakeOutcome {
  return { kind: "failed", code };
}

function sessionKeyOf(client: number, server: number): PacketKey {
  return keyOf(new Uint8Array(Uint32Array.of(client, server).buffer));
}
