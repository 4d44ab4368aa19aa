import type { RunningConfig } from "../config/running-config.ts";
import type { Trunk } from "../transport/tunnels/trunk.ts";
import { LeadWatch, type TrunkSource } from "./lead-watch.ts";
import { OverlayEvents } from "./overlay-events.ts";
import { type SigningPortal, VertexKeys } from "./vertex-keys.ts";

/** The vertex's part in what the control agent asks and is told: events, and the proofs of leads. */
export class FabricSide {
  readonly events: OverlayEvents;
  readonly leads: LeadWatch;
  readonly keys: VertexKeys;
  /** Called after each event. */
  onNews: () => void = () => {};
  #config: RunningConfig;

  constructor(config: RunningConfig, source: TrunkSource, portals: () => Iterable<SigningPortal>) {
    this.#config = config;
    this.keys = new VertexKeys(portals, source.now, () => this.events.add({ kind: "config" }));
    this.events = new OverlayEvents(() => this.onNews());
    this.leads = new LeadWatch(source, ({ service, state, text }) => {
      const path = this.#pathOf(service);
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

  handleTrunk(trunk: Trunk): void {
    this.leads.handleTrunk(trunk);
  }

  /** The name of the next path of a service. */
  #pathOf(service: string): string {
    const next = this.#config.leads?.find((lead) => lead.service === service)?.next;
    return next === undefined ? "" : this.#config.paths.get(next)!.name;
  }
}
