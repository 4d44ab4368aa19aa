import assert from "node:assert";
import { createPrivateKey, randomFillSync, X509Certificate } from "node:crypto";
import { weigh } from "@florenetes/native";
import { quiche } from "@matrixai/quic/native/index.js";
import type { QuicConfig, QuicConnection, QuicCredentials, QuicEngine, QuicPacketHeader } from "../../engine.ts";
import { QuicConfigError } from "../../errors.ts";
import { statelessAnswers } from "../../stateless-answers.ts";
import { RESET_TOKEN_LENGTH } from "../../stateless-reset.ts";
import { FirstFlight } from "./first-flight.ts";
import { CONNECTION_WEIGHT } from "../limits.ts";
import { type NativeConnection, nowhere } from "./native-connection.ts";
import { PacketGuard, violationCounts } from "../../guard/drivers/packet-guard.ts";
import { QuicheConnection } from "./quiche-connection.ts";
import { keyInput, keyOctets } from "../../drivers/key-input.ts";

type NativeConfig = ReturnType<typeof quiche.Config.withBoringSslCtx>;

/** Signature algorithms of our certificates. Without a list BoringSSL would not offer ed25519. */
const signatureAlgorithms = "ecdsa_secp256r1_sha256:ed25519";

/** The portable engine: quiche 0.18 through the binding of @matrixai/quic. */
export const quicheEngine: QuicEngine = {
  name: "quiche",
  violations: violationCounts,
  ...statelessAnswers(randomBytes),

  connect(config: QuicConfig, sourceId: Uint8Array): QuicConnection {
    const settings = nativeConfig(config);
    return new QuicheConnection(
      create(() => quiche.Connection.connect(null, sourceId, nowhere, nowhere, settings)),
      config,
    );
  },

  accept(
    config: QuicConfig,
    sourceId: Uint8Array,
    originalId: Uint8Array | undefined,
    datagram: Uint8Array,
    now: number,
  ): QuicConnection {
    const make = (sendPayloadMax: number): NativeConnection => {
      const settings = nativeConfig({ ...config, sendPayloadMax });
      return create(() => quiche.Connection.accept(sourceId, originalId, nowhere, nowhere, settings));
    };
    const firstFlight = new FirstFlight(config.sendPayloadMax, make);
    const connection = new QuicheConnection(make(config.sendPayloadMax), { firstFlight });
    connection.handleDatagram(datagram, now);
    return connection;
  },

  writeRetry(header: QuicPacketHeader, newSourceId: Uint8Array, token: Uint8Array, out: Uint8Array): number {
    return quiche.retry(header.sourceId, header.destinationId, newSourceId, token, header.version, out);
  },
};

function create(make: () => NativeConnection): NativeConnection {
  try {
    const native = make();
    weigh(native, CONNECTION_WEIGHT);
    PacketGuard.watch(native);
    return native;
  } catch (error) {
    if (error instanceof QuicConfigError) throw error;
    throw new QuicConfigError(`no connection can be made: ${reasonOf(error)}`, { cause: error });
  }
}

/**
 * Building a TLS context costs 80 µs, setting all the rest 3 µs: so there is one context for one credentials object, and
 * the settings are set anew for each connection, which takes its own copy of them.
 */
const configs = new WeakMap<QuicCredentials, NativeConfig>();

function nativeConfig(config: QuicConfig): NativeConfig {
  let native = configs.get(config.credentials);
  if (native === undefined) {
    native = tlsContext(config.credentials);
    configs.set(config.credentials, native);
  }
  applySettings(native, config);
  return native;
}

function tlsContext(credentials: QuicCredentials): NativeConfig {
  const { certificateChainPem, privateKeyPem, trustBundlePem } = credentials;
  checkCredentials(credentials);
  const encoder = new TextEncoder();
  try {
    const native = quiche.Config.withBoringSslCtx(
      true,
      false,
      encoder.encode(trustBundlePem),
      [keyOctets(privateKeyPem)],
      [encoder.encode(certificateChainPem)],
      signatureAlgorithms,
    );
    native.logKeys();
    return native;
  } catch (error) {
    throw new QuicConfigError(`the TLS library refuses the credentials: ${reasonOf(error)}`, { cause: error });
  }
}

/** BoringSSL takes empty texts, and a key that is not the certificate's, and then fails each handshake without a word. */
function checkCredentials(credentials: QuicCredentials): void {
  const leaf = readWith("certificate chain", () => new X509Certificate(credentials.certificateChainPem));
  const key = readWith("private key", () => createPrivateKey(keyInput(credentials.privateKeyPem)));
  readWith("trust bundle", () => new X509Certificate(credentials.trustBundlePem));
  if (!leaf.checkPrivateKey(key)) {
    throw new QuicConfigError("the private key is not that of the first certificate of the chain");
  }
}

function readWith<Result>(what: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    throw new QuicConfigError(`the ${what} cannot be read: ${reasonOf(error)}`, { cause: error });
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function applySettings(native: NativeConfig, config: QuicConfig): void {
  const { streams, datagrams } = config;
  native.setApplicationProtos([config.applicationProtocol]);
  native.setMaxIdleTimeout(config.idleTimeoutMs);
  native.setMaxRecvUdpPayloadSize(config.receivePayloadMax);
  native.setMaxSendUdpPayloadSize(config.sendPayloadMax);
  native.setInitialMaxData(streams.connectionWindow);
  native.setMaxConnectionWindow(streams.connectionWindow);
  native.setInitialMaxStreamDataBidiLocal(streams.streamWindow);
  native.setInitialMaxStreamDataBidiRemote(streams.streamWindow);
  native.setMaxStreamWindow(streams.streamWindowMax);
  native.setInitialMaxStreamsBidi(streams.bidirectionalMax);
  native.setInitialMaxStreamsUni(0);
  native.enableDgram(datagrams !== undefined, datagrams?.receiveQueueMax ?? 0, datagrams?.sendQueueMax ?? 0);
  native.setStatelessResetToken(config.statelessResetToken && tokenNumber(config.statelessResetToken));
  native.setCcAlgorithmName(config.congestionControl === "steady" ? "bbr" : config.congestionControl);
  // Nothing of ours could wait for the send times that pacing gives.
  native.enablePacing(false);
  native.grease(false);
}

/** The binding takes a reset token as one number of 128 bits, most significant byte first. */
function tokenNumber(token: Uint8Array): bigint {
  assert.strictEqual(token.length, RESET_TOKEN_LENGTH, "a reset token has 16 bytes");
  return BigInt(`0x${Buffer.from(token.buffer, token.byteOffset, token.length).toString("hex")}`);
}

function randomBytes(length: number): Uint8Array {
  return randomFillSync(new Uint8Array(length));
}
