/** The vertex as its control agent sees it (docs/protocol/fabric-door.md). */
import { TRAFFIC_CLASS_NAMES, TrafficClass, type TrafficClassName } from "@florenetes/forwarding";
import { type Credentials, formatShortPrincipal } from "@florenetes/identity";
import type { Instance } from "@florenetes/wire-values";
import type { FabricConfig } from "../config/cluster-config.ts";
import type { LeftOut } from "../config/lay-over.ts";
import type { RunningConfig } from "../config/running-config.ts";
import type { LinkMeasures } from "../connection/link-figures.ts";
import type { Links } from "../connection/links.ts";
import type { ExchangedStatus } from "../forwarding/exchanged-status.ts";
import type { ForwardingSight } from "../forwarding/forwarding-counted.ts";
import type { PermitStatus } from "../forwarding/permit-status.ts";
import type { GrantedService } from "../transport/service-grants.ts";
import type { TargetHealth } from "../transport/services/target-health.ts";
import type { FabricSide } from "./fabric-side.ts";
import type { LeadState } from "./overlay-events.ts";
import { overlayJson } from "./overlay-order.ts";
import type { RouteView } from "./route-views.ts";
import type { OverlayState } from "./overlay-state.ts";

export interface OverlayView {
  readonly schema: 1;
  /** The vertex knows shares: in routes, in transit, and on packets. */
  readonly shares: true;
  readonly cluster: string;
  readonly vertex: string;
  readonly instance: string;
  readonly generation: number;
  readonly life: Instance | null;
  readonly event: number;
  readonly links: readonly {
    readonly name: string;
    readonly peer: string;
    readonly tag: string;
    readonly label: number;
    readonly state: "up" | "down";
    readonly code: string;
    readonly endpoint: string | null;
    readonly seen: string | null;
    /** Null: the link is down, or its link vertex has told nothing yet. */
    readonly figures: LinkMeasures | null;
    /** The overlay has made it. */
    readonly overlay?: true;
  }[];
  readonly services: readonly {
    readonly name: string;
    readonly label: number;
    readonly keys: readonly string[];
    readonly target: TargetHealth["state"];
  }[];
  readonly own: readonly { readonly principal: string; readonly keys: readonly string[] }[];
  readonly auto: readonly {
    readonly service: string;
    readonly path: string | null;
    readonly next: string | null;
    readonly standby: string | null;
    readonly standbyState: LeadState;
    readonly standbyText: string;
    readonly state: LeadState;
    readonly text: string;
  }[];
  readonly routes: readonly RouteView[];
  /** Names of the overlay's paths that something uses. */
  readonly used: readonly string[];
  readonly transit: readonly (Pick<PermitStatus, "permits" | "classes"> & {
    readonly from: string;
    readonly to: string;
    /** 0: of no share. */
    readonly share: number;
    readonly rate: number;
  })[];
  readonly exchanged: readonly ExchangedStatus[];
  /** Packets of others that the owner lets pass: their classes, and the rate of all together in kbit/s; null: nothing. */
  readonly relay: { readonly classes: readonly TrafficClassName[]; readonly rate: number } | null;
  /** The owner's bounds of the agent's links; dial: null where the file has no prefixes. */
  readonly bounds: { readonly linksMax: number; readonly dial: readonly string[] | null };
  readonly grants: readonly { readonly service: string; readonly until: number | null }[];
  readonly overlay: object;
  readonly leftOut: readonly LeftOut[];
}

export interface OverlaySight extends ForwardingSight {
  /** Services with a leader. */
  readonly grants: Iterable<GrantedService>;
  /** The config that runs. */
  readonly config: RunningConfig;
  readonly instance: string;
  readonly state: OverlayState;
  readonly side: Pick<FabricSide, "events" | "leads" | "keys">;
  readonly leftOut: readonly LeftOut[];
  /** Packets of others that the owner lets pass; undefined: none. */
  readonly relay: FabricConfig["relay"];
  /** The config's bounds of the overlay's links. */
  readonly bounds: Pick<FabricConfig, "linksMax" | "dial"> | undefined;
  readonly credentials: ReadonlyMap<string, Credentials>;
  readonly connection: {
    readonly links: Pick<Links, "isUp" | "measures" | "peerAddress" | "reasonOf">;
    /** The endpoint at which a link is called; undefined: its peer calls. */
    endpointOf(link: number): string | undefined;
  };
  readonly routes: readonly RouteView[];
  /** Names of all paths that something uses. */
  readonly usedPaths: ReadonlySet<string>;
  /** The health of targets that are looked at, by the names of services. */
  readonly healths: ReadonlyMap<string, TargetHealth>;
  /** Monotonic, in milliseconds. */
  readonly now: number;
}

export function overlayView(sight: OverlaySight): OverlayView {
  const { config, instance, state, side, leftOut, credentials, connection } = sight;
  const { links } = connection;
  const keysOf = (folder: string): string[] => {
    const held = credentials.get(folder);
    return held === undefined ? [] : [held.keyHash];
  };
  return {
    schema: 1,
    shares: true,
    cluster: config.cluster,
    vertex: config.vertex,
    instance,
    generation: state.generation,
    life: state.life ?? null,
    event: side.events.last,
    links: [...config.links].map(([link, { name, peer, tag, label, isOverlay }]) => ({
      name,
      peer,
      tag,
      label,
      state: links.isUp(link) ? "up" : "down",
      code: links.reasonOf(link).code,
      endpoint: connection.endpointOf(link) ?? null,
      seen: links.peerAddress(link),
      figures: links.measures(link, sight.now),
      ...(isOverlay && { overlay: true }),
    })),
    services: [...config.services.values()]
      .filter(({ isOverlay }) => isOverlay !== true)
      .map(({ name, label, identity }) => {
        return { name, label, keys: keysOf(identity), target: sight.healths.get(name)?.state ?? "unknown" };
      }),
    own: [{ principal: `vertex/${config.vertex}`, keys: side.keys.look() }, ...ownKeys(credentials)],
    auto: autoServices(config, side),
    routes: sight.routes,
    used: state.overlay.paths.map(({ name }) => name).filter((name) => sight.usedPaths.has(name)),
    transit: sight.permits.map(({ inLink: from, outLink: to, share, bitsPerSecond: rate, permits, classes }) => {
      return { from, to, share, permits, rate, classes };
    }),
    exchanged: sight.exchanged,
    relay: relayOf(sight),
    bounds: { linksMax: sight.bounds?.linksMax ?? 0, dial: sight.bounds?.dial ?? null },
    grants: [...sight.grants].map(({ service, until }) => ({ service, until: until === 0 ? null : until })),
    overlay: overlayJson(state.overlay),
    leftOut,
  };
}

function relayOf({ relay }: Pick<OverlaySight, "relay">): OverlayView["relay"] {
  if (relay === undefined) return null;
  const classes = TRAFFIC_CLASS_NAMES.filter((name) => relay.classes.has(TrafficClass[name]));
  return { classes, rate: Math.floor(relay.bitsPerSecond / 1_000) };
}

function ownKeys(credentials: ReadonlyMap<string, Credentials>): OverlayView["own"] {
  const keys = new Map<string, Set<string>>();
  for (const held of credentials.values()) {
    const principal = formatShortPrincipal(held.principal);
    const known = keys.get(principal) ?? new Set();
    keys.set(principal, known.add(held.keyHash));
  }
  return [...keys].map(([principal, hashes]) => ({ principal, keys: [...hashes] }));
}

function autoServices(config: RunningConfig, { leads }: OverlaySight["side"]): OverlayView["auto"] {
  const users = [...config.tunnels.values(), ...[...config.sessions.values()].flatMap(({ services }) => services)];
  const names = new Set(users.flatMap(({ auto }) => auto ?? []));
  const nameOf = (path: number | undefined): string | null => {
    return path === undefined ? null : (config.paths.get(path)?.name ?? null);
  };
  return [...names].map((service) => {
    const lead = config.leads?.find((each) => each.service === service);
    const [path, next, standby] = [lead?.path, lead?.next, lead?.standby].map(nameOf);
    const { state: standbyState, text: standbyText } = leads.standbyOf(service);
    const ways = { path: path!, next: next!, standby: standby!, standbyState, standbyText };
    return { service, ...ways, ...leads.stateOf(service) };
  });
}
