import { randomFillSync } from "node:crypto";
import {
  type NativeCredentials,
  type NativeQlogFolder,
  type NativeQuic,
  type NativeSettings,
  openDataPlane,
} from "@florenetes/data-plane";
import { weigh } from "@florenetes/native";
import type {
  QuicConfig,
  QuicConnection,
  QuicCredentials,
  QuicEngine,
  QuicPacketHeader,
  TellSecrets,
} from "../../engine.ts";
import { QuicConfigError } from "../../errors.ts";
import { CONNECTION_WEIGHT } from "../limits.ts";
import { statelessAnswers } from "../../stateless-answers.ts";
import { keyOctets } from "../../drivers/key-input.ts";
import { noViolations } from "../../guard/violation.ts";
import { HidingConnections } from "../hiding-connections.ts";
import { NativeEngineConnection } from "../native-connection.ts";
import type { QlogFiles } from "./qlog-files.ts";

const SEED_LENGTH = 32;

/** Shared by all engines of the process, because the add-on has one ledger. */
let hiding: HidingConnections | undefined;

export interface NativeEngineOptions {
  /** Random bytes: equal sequences give equal runs, as far as TLS lets them be. */
  readonly randomBytes?: (length: number) => Uint8Array;
  /** Milliseconds since 1970, for the validity of certificates. */
  readonly unixTimeMs?: () => number;
  readonly tellSecrets?: TellSecrets | undefined;
  /** The files to which connections write all of their packets. */
  readonly qlogs?: QlogFiles | undefined;
}

/** The engine of native/engine (quinn-proto and rustls), or undefined where the add-on is not built. */
export function nativeEngine({
  randomBytes = (length) => randomFillSync(new Uint8Array(length)),
  unixTimeMs = Date.now,
  tellSecrets,
  qlogs,
}: NativeEngineOptions = {}): QuicEngine | undefined {
  const plane = openDataPlane();
  if (plane.kind === "absent") return undefined;
  const { addon } = plane;
  const connections = (hiding ??= new HidingConnections(() => addon.takeHidingConnections()));
  const credentialsFor = credentialsCache(addon, { isTellingSecrets: tellSecrets !== undefined, qlogs: qlogs?.native });

  const settingsFor = (config: QuicConfig, isJudging: boolean, now: number): NativeSettings => ({
    idleTimeoutMs: config.idleTimeoutMs,
    initialRttMs: config.initialRttMs,
    receivePayloadMax: config.receivePayloadMax,
    sendPayloadMax: config.sendPayloadMax,
    datagramReceiveMax: config.datagrams?.receiveQueueMax,
    datagramSendMax: config.datagrams?.sendQueueMax,
    carriesOthers: config.carriesOthers === true,
    connectionWindow: config.streams.connectionWindow,
    streamWindow: config.streams.streamWindow,
    streamWindowMax: config.streams.streamWindowMax,
    bidirectionalMax: config.streams.bidirectionalMax,
    statelessResetToken: config.statelessResetToken,
    congestionControl: config.congestionControl,
    isJudging,
    seed: randomBytes(SEED_LENGTH),
    unixTime: Math.floor(unixTimeMs() / 1000),
    now,
  });

  const tellFor = (credentials: NativeCredentials): (() => void) | undefined =>
    tellSecrets &&
    (() => {
      const lines = credentials.takeSecrets();
      if (lines === null) return;
      tellSecrets(lines);
      lines.fill(0);
    });

  return {
    name: "native",
    get violations() {
      return { ...noViolations(), ...addon.quicViolations() };
    },
    ...statelessAnswers(randomBytes),

    connect(config: QuicConfig, sourceId: Uint8Array, now: number): QuicConnection {
      const settings = settingsFor(config, config.judgePeer !== undefined, now);
      const credentials = credentialsFor(config);
      const native = addon.NativeConnection.connect(credentials, settings, sourceId);
      weigh(native, CONNECTION_WEIGHT);
      return new NativeEngineConnection(native, connections, config.judgePeer, tellFor(credentials));
    },

    accept(
      config: QuicConfig,
      sourceId: Uint8Array,
      originalId: Uint8Array | undefined,
      datagram: Uint8Array,
      now: number,
    ): QuicConnection {
      const settings = settingsFor(config, false, now);
      const credentials = credentialsFor(config);
      const native = addon.NativeConnection.accept(credentials, settings, sourceId, originalId, datagram);
      weigh(native, CONNECTION_WEIGHT);
      const tell = tellFor(credentials);
      tell?.();
      return new NativeEngineConnection(native, connections, undefined, tell);
    },

    writeRetry(header: QuicPacketHeader, newSourceId: Uint8Array, token: Uint8Array, out: Uint8Array): number {
      return addon.writeQuicRetry(header.sourceId, header.destinationId, newSourceId, token, out);
    },
  };
}

/** The things that connections tell an operator who debugs. */
interface Told {
  readonly isTellingSecrets: boolean;
  readonly qlogs: NativeQlogFolder | undefined;
}

/** Keys are parsed once for each credentials object, protocol, and time after an end. */
function credentialsCache(addon: NativeQuic, told: Told): (config: QuicConfig) => NativeCredentials {
  const cache = new WeakMap<QuicCredentials, Map<string, NativeCredentials>>();
  return ({ credentials, applicationProtocol, clientEndedMs = 0 }) => {
    let byProtocol = cache.get(credentials);
    if (byProtocol === undefined) cache.set(credentials, (byProtocol = new Map()));
    const use = `${applicationProtocol} ${clientEndedMs}`;
    let native = byProtocol.get(use);
    if (native === undefined) {
      const terms = { protocol: applicationProtocol, clientEndedMs };
      byProtocol.set(use, (native = readCredentials(addon, credentials, terms, told)));
    }
    return native;
  };
}

function readCredentials(
  addon: NativeQuic,
  credentials: QuicCredentials,
  { protocol, clientEndedMs }: { readonly protocol: string; readonly clientEndedMs: number },
  { isTellingSecrets, qlogs }: Told,
): NativeCredentials {
  const { certificateChainPem, privateKeyPem, trustBundlePem } = credentials;
  const encoder = new TextEncoder();
  try {
    const chain = encoder.encode(certificateChainPem);
    const bundle = encoder.encode(trustBundlePem);
    const key = keyOctets(privateKeyPem);
    return new addon.NativeCredentials(chain, key, bundle, protocol, clientEndedMs, isTellingSecrets, qlogs);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new QuicConfigError(reason, { cause: error });
  }
}
