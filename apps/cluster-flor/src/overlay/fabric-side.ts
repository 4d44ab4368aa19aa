import { TRAFFIC_CLASS_NAMES } from "@florenetes/forwarding";
import type { Knock } from "@florenetes/portal-api";
import { RateLimit } from "@florenetes/scheduling";
import type { RunningConfig } from "../config/running-config.ts";
import type { RouteSwitched } from "../transport/routes/switch-log.ts";
import type { TransportNews } from "../transport/transport-options.ts";
import type { Trunk } from "../transport/tunnels/trunk.ts";
import { type LeadNews, LeadWatch, type TrunkSource } from "./lead-watch.ts";
import { KNOCKS_BURST, KNOCKS_PER_SECOND } from "./limits.ts";
import { OverlayEvents } from "./overlay-events.ts";
import { type SigningPortal, VertexKeys } from "./vertex-keys.ts";

/** The vertex's part in what the control agent asks and is told: events, and the proofs of leads. */
export class FabricSide implements TransportNews {
  readonly events: OverlayEvents;
  readonly leads: LeadWatch;
  readonly keys: VertexKeys;
  /** Called after each event. */
  onNews: () => void = () => {};
  /** Called when a link has come up that this end has made, with the endpoint that has answered. */
  onDialled: (link: string, endpoint: string) => void = () => {};
  /** Knocks of which the agent was not told, as there were too many. */
  knocksDropped = 0;
  readonly #knocks = new RateLimit(KNOCKS_BURST, KNOCKS_PER_SECOND);
  readonly #now: () => number;
  #config: RunningConfig;

  constructor(config: RunningConfig, source: TrunkSource, portals: () => Iterable<SigningPortal>) {
    this.#config = config;
    this.#now = source.now;
    this.keys = new VertexKeys(portals, source.now, () => this.events.add({ kind: "config" }));
    this.events = new OverlayEvents(source.now, () => this.onNews());
    this.leads = new LeadWatch(source, ({ service, way, state, text }) => {
      const path = this.#pathOf(service, way);
      this.events.add({ kind: "lead", service, path, state, text });
    });
  }

  /** The transport is there: connections may be made. */
  start(): void {
    this.leads.reconfigure(this.#config);
  }

  /** Another config is in force, and the transport has it. */
  reconfigure(config: RunningConfig): void {
    this.#config = config;
    this.leads.reconfigure(config);
  }

  handleLinks(): void {
    this.events.add({ kind: "links" });
  }

  /** @param endpoint That by which the link was made; undefined: the peer has called */
  handleLinkUp(link: number, endpoint: string | undefined): void {
    const name = this.#config.links.get(link)?.name;
    if (name !== undefined && endpoint !== undefined) this.onDialled(name, endpoint);
    this.handleLinks();
  }

  /** @param portal The number of the portal whose link vertex tells it */
  handleKnock(portal: number, { peer, tag, keyHash: key, address }: Knock): void {
    const name = this.#config.portals.get(portal)?.name;
    if (name === undefined) return;
    if (this.#knocks.take(this.#now()))
      this.events.add({ kind: "knock", portal: name, peer, tag, key, address: address ?? null });
    else this.knocksDropped++;
  }

  /** The target of a service takes streams again, or takes none any more. */
  handleTargets(): void {
    this.events.add({ kind: "targets" });
  }

  handleRoutes(): void {
    this.events.add({ kind: "routes" });
  }

  handleSwitched({ options }: Trunk, { from, to, reason, trafficClass, recoveryMs }: RouteSwitched): void {
    const name = TRAFFIC_CLASS_NAMES[trafficClass]!;
    const took = Math.round(recoveryMs);
    this.events.add({ kind: "switch", path: options.path, from, to, class: name, reason, recoveryMs: took });
  }

  handleTrunk(trunk: Trunk): void {
    this.leads.handleTrunk(trunk);
  }

  handleStandbys(): void {
    this.leads.handleStandbys();
  }

  /** The name of the next path of a service, or of that to its standby. */
  #pathOf(service: string, way: LeadNews["way"]): string {
    const path = this.#config.leads?.find((lead) => lead.service === service)?.[way];
    return path === undefined ? "" : (this.#config.paths.get(path)?.name ?? "");
  }
}
