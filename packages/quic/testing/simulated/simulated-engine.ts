import { type QuicConfig, type QuicConnection, type QuicEngine, type QuicPacketHeader } from "../../src/engine.ts";
import { QuicConfigError } from "../../src/errors.ts";
import { statelessAnswers } from "../../src/stateless-answers.ts";
import { parsePacketHeader } from "../../src/packet-header.ts";
import type { HandshakeOptions, VerifyChain } from "./handshake.ts";
import { derOf, hexOf } from "./hello.ts";
import { FIRST_ID_LENGTH } from "./limits.ts";
import { keyOf, seal, TAG_LENGTH, writeHead } from "./packet.ts";
import { SimulatedConnection } from "./simulated-connection.ts";

const nothing = new Uint8Array(0);

export interface SimulatedEngineOptions {
  /** A number in [0, 1): equal sequences give equal runs. */
  readonly random: () => number;
  readonly verifyChain: VerifyChain;
}

/**
 * An engine for simulation: it knows no time but what it is told, and no chance but what it is given.
 *
 * It keeps what the seam promises (engine.ts), with a handshake in flights, flow control, acknowledgements, loss detection and
 * congestion control as QUIC has them. It has no cryptography, so that a whole mesh runs in one process at little cost: who shows a
 * certificate is taken for its owner, and who reads a handshake can forge packets. Never use it where anything is to be protected.
 */
export function simulatedEngine({ random, verifyChain }: SimulatedEngineOptions): QuicEngine {
  const randomBytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => Math.floor(256 * random()));
  const optionsFor = (config: QuicConfig, isServer: boolean, originalId: Uint8Array): HandshakeOptions => {
    checkCredentials(config);
    return { config, isServer, verifyChain, random, originalId: hexOf(originalId) };
  };
  return {
    name: "simulated",
    violations: {},
    ...statelessAnswers(randomBytes),

    connect(config: QuicConfig, sourceId: Uint8Array, now: number): QuicConnection {
      const firstId = randomBytes(FIRST_ID_LENGTH);
      const options = optionsFor(config, false, firstId);
      return new SimulatedConnection(options, { sourceId, destinationId: firstId, initialId: firstId }, now);
    },

    accept(
      config: QuicConfig,
      sourceId: Uint8Array,
      originalId: Uint8Array | undefined,
      datagram: Uint8Array,
      now: number,
    ): QuicConnection {
      const header = parsePacketHeader(datagram, sourceId.length);
      const initialId = new Uint8Array(header?.destinationId ?? nothing);
      const options = optionsFor(config, true, originalId ?? initialId);
      const destinationId = new Uint8Array(header?.sourceId ?? nothing);
      const connection = new SimulatedConnection(options, { sourceId, destinationId, initialId }, now);
      connection.handleDatagram(datagram, now);
      return connection;
    },

    writeRetry(header: QuicPacketHeader, newSourceId: Uint8Array, token: Uint8Array, out: Uint8Array): number {
      const head = { type: "retry", destinationId: header.sourceId, sourceId: newSourceId, token: nothing } as const;
      const tokenAt = writeHead(head, out);
      if (out.length < tokenAt + token.length + TAG_LENGTH) return 0;
      out.set(token, tokenAt);
      return seal(out, tokenAt + token.length, keyOf(header.destinationId));
    },
  };
}

function checkCredentials({ credentials }: QuicConfig): void {
  const { certificateChainPem, privateKeyPem, trustBundlePem } = credentials;
  if (derOf(certificateChainPem).length === 0) throw new QuicConfigError("the certificate chain holds no certificate");
  if (derOf(trustBundlePem).length === 0) throw new QuicConfigError("the trust bundle holds no certificate");
  if (privateKeyPem.length === 0) throw new QuicConfigError("the private key is empty");
}
