import { TrafficClass } from "@florenetes/forwarding";
import type { Credentials, RevocationPolicy } from "@florenetes/identity";
import type { LeadConfig, PathConfig, ServiceConfig, TunnelConfig } from "../../../src/config/cluster-config.ts";
import { SlotMap } from "../../../src/config/slot-map.ts";
import { NO_PINS, type VertexPins } from "../../../src/config/vertex-pins.ts";
import type { ForwardingConfig } from "../../../src/forwarding/forwarding-config.ts";
import type { OpenTransportPlane } from "../../../src/transport/data-plane/transport-plane.ts";
import type { TransportLimits } from "../../../src/transport/limits.ts";
import type { OwnService } from "../../../src/transport/own/own-service.ts";
import type { LocalNetwork } from "../../../src/transport/streams/local-network.ts";
import type { TransportOptions } from "../../../src/transport/transport-options.ts";

export interface VertexOptions {
  readonly name: string;
  readonly transit?: readonly (readonly [number, number])[];
  readonly services?: readonly ((Partial<ServiceConfig> & { name: string; label: number }) | undefined)[];
  readonly paths?: readonly ((Partial<PathConfig> & { name: string; labels: readonly number[] }) | undefined)[];
  readonly tunnels?: readonly ((Partial<TunnelConfig> & { as: string; service: string; path: number }) | undefined)[];
  readonly leads?: readonly LeadConfig[];
  readonly limits?: Partial<TransportLimits>;
  readonly policy?: Partial<RevocationPolicy>;
  readonly expiryGraceMs?: number;
  readonly pins?: VertexPins;
  readonly local?: LocalNetwork;
  /** The quiet of all links of the vertex. */
  readonly quietSeconds?: number;
  /** Replaces the targets of all services. */
  readonly ownService?: OwnService;
  /** Takes over connections that are up; by default this process carries them. */
  readonly openPlane?: OpenTransportPlane;
  /** Identities that differ from the names of their folders. */
  readonly credentials?: Readonly<Record<string, Credentials>>;
}

export type MeshConfig = TransportOptions["config"] & ForwardingConfig;

/** The config of a vertex with this number of links. @param ports The ports that its tunnels had, by their places; undefined: any port. */
export function meshConfig(
  { services = [], paths = [], tunnels = [], ...options }: VertexOptions,
  links: number,
  ports: readonly (number | undefined)[],
): MeshConfig {
  return {
    cluster: "demo",
    expiryGraceMs: options.expiryGraceMs ?? 0,
    pins: options.pins ?? NO_PINS,
    leads: options.leads,
    links: SlotMap.of(
      Array.from({ length: links }, (_, index) => ({
        name: `l${index}`,
        label: 100 + index,
        portal: 0,
        role: "originator" as const,
        peer: "x",
        tag: "0",
        endpoint: undefined,
      })),
    ),
    transit: (options.transit ?? []).map(([left, right]) => [left, right] as const),
    transitLimit: { packetsPerSecond: 1_000_000, bytesPerSecond: 1_000_000_000 },
    crossConnects: [],
    lspEnds: [],
    services: SlotMap.of(
      services.map(
        (service) =>
          service && {
            identity: `service/${service.name}`,
            target: { kind: "tcp" as const, host: "127.0.0.1", port: 1 },
            tellsPrincipal: false,
            allow: ["user/alice"],
            ...service,
          },
      ),
    ),
    paths: SlotMap.of(paths.map((path) => path && { link: 0, mtu: 1_280, ...path })),
    tunnels: SlotMap.of(
      tunnels.map(
        (tunnel, index) =>
          tunnel && {
            name: `tunnel ${index}`,
            listen: { kind: "tcp" as const, host: "127.0.0.1", port: ports[index] ?? 0 },
            mode: undefined,
            owner: undefined,
            trafficClass: TrafficClass.reliable,
            ...tunnel,
          },
      ),
    ),
  };
}
