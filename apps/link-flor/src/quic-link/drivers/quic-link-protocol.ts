import { randomBytes } from "node:crypto";
import type { Clocks } from "@florenetes/identity";
import type { Instance } from "@florenetes/wire-values";
import { QUIC_PROTOCOL } from "@florenetes/portal-api";
import { type QuicEngine, RetryTokens } from "@florenetes/quic";
import type { ProcessTime } from "@florenetes/scheduling";
import type { ClusterLinks, LinkCluster, LinkCredentials, LinkObserver, LinkProtocol } from "../../link-protocol.ts";
import { formatEndpoint } from "../addresses/link-address.ts";
import { endpointIdentity } from "../endpoint-identity.ts";
import { LINK_MTU, RENEW_AFTER_MS, RENEW_AFTER_PACKETS } from "../limits.ts";
import type { ResolvableSocket } from "../link-surroundings.ts";
import { QuicClusterLinks } from "../quic-cluster-links.ts";
import { doorBy } from "./door.ts";
import { interfacePayload } from "./interface-payload.ts";
import { KeptAddresses } from "./kept-addresses.ts";
import { listenError } from "./listen-error.ts";
import { prove } from "./proof.ts";
import { resolverFor } from "./resolver.ts";

/** The parts that all clusters of a process share. */
export interface QuicLinkProcess {
  readonly instance: Instance;
  readonly engine: QuicEngine;
  readonly time: ProcessTime;
}

/**
 * Links as QUIC connections over UDP (docs/protocol/link-protocol.md). Opening a cluster throws OperatorError `ERR_LINK_LISTEN` when its
 * address cannot be bound.
 */
export function quicLinkProtocol(process: QuicLinkProcess): LinkProtocol {
  const { time } = process;
  const readClocks = (): Clocks => ({ wall: time.wallClock(), monotonic: time.now() });
  return {
    name: QUIC_PROTOCOL,
    packetSizeMax: LINK_MTU,
    async open(cluster: LinkCluster, observer: LinkObserver): Promise<ClusterLinks> {
      const identityOf = (credentials: LinkCredentials) =>
        endpointIdentity({ ...cluster, ...cluster.settings() }, credentials, readClocks);
      const links = new QuicClusterLinks(
        {
          ...process,
          ...cluster,
          identityOf,
          identity: identityOf(cluster.credentials),
          retryTokens: new RetryTokens(randomBytes(32)),
          payloadMaxTo: (host) => cluster.settings().udpPayloadMax ?? interfacePayload(host, cluster.listen.host),
          renewal: { afterMs: RENEW_AFTER_MS, afterPackets: RENEW_AFTER_PACKETS },
          deadAfterMs: () => cluster.settings().deadAfterMs,
          quietSeconds: () => cluster.settings().quietSeconds,
          random: () => Math.random(),
          randomBytes: (length) => randomBytes(length),
          prove,
          openSessions: cluster.plane.openSessions,
        },
        observer,
      );
      const socket = await openSocket(cluster, links);
      const kept = new KeptAddresses(cluster.knownAddressesFile, links.knownAddresses);
      const openDoor = doorBy(() => cluster.settings().endedDoor);
      links.join({ socket, resolve: resolverFor(socket), openDoor, kept });
      return links;
    },
  };
}

async function openSocket({ cluster, listen, plane }: LinkCluster, links: QuicClusterLinks): Promise<ResolvableSocket> {
  try {
    return await plane.openUdp(listen, links);
  } catch (error) {
    throw listenError(cluster, formatEndpoint(listen), error as NodeJS.ErrnoException);
  }
}
