import type { LeadConfig } from "../config/cluster-config.ts";
import type { RunningConfig } from "../config/running-config.ts";
import type { EndConnection } from "../transport/connections/end-connection.ts";
import { type Carriage, carriageOf, plainCarriage } from "../transport/messages.ts";
import type { TrunkUse } from "../transport/trunks.ts";
import type { Trunk } from "../transport/tunnels/trunk.ts";
import type { LeadState } from "./overlay-events.ts";

/** The transport, as the watch uses it. */
export interface TrunkSource {
  join(use: TrunkUse): Trunk;
  leave(trunk: Trunk, use: TrunkUse): void;
  connectionOf(trunk: Trunk): EndConnection | undefined;
  /** Monotonic. */
  readonly now: () => number;
}

export interface LeadNews {
  readonly service: string;
  readonly state: LeadState;
  readonly text: string;
}

interface Proof {
  readonly lead: LeadConfig;
  readonly uses: ReadonlyMap<string, { readonly use: TrunkUse; readonly trunk: Trunk }>;
  told: LeadState;
}

type WatchedConfig = Pick<RunningConfig, "tunnels" | "sessions" | "leads">;

/**
 * Connects over the next path of each lead before any workload does: once for each principal and class that uses the service. A far end is
 * proven when one of these handshakes is complete.
 */
export class LeadWatch {
  readonly #source: TrunkSource;
  readonly #onNews: (news: LeadNews) => void;
  readonly #proofs = new Map<string, Proof>();

  constructor(source: TrunkSource, onNews: (news: LeadNews) => void) {
    this.#source = source;
    this.#onNews = onNews;
  }

  /** Another config is in force, and the transport has it: connections that tunnels have taken over stay. */
  reconfigure(config: WatchedConfig): void {
    const leads = new Map((config.leads ?? []).map((lead) => [lead.service, lead]));
    const former = new Map(this.#proofs);
    this.#proofs.clear();
    for (const [service, lead] of leads) {
      if (lead.next === undefined) continue;
      const before = isSameWay(former.get(service)?.lead, lead) ? former.get(service) : undefined;
      const uses = new Map<string, { use: TrunkUse; trunk: Trunk }>();
      for (const [key, use] of usesOf(config, lead, lead.next)) {
        if (uses.has(key)) continue;
        uses.set(key, before?.uses.get(key) ?? { use, trunk: this.#join(use) });
      }
      this.#proofs.set(service, { lead, uses, told: before?.told ?? "unproven" });
    }
    for (const [service, { uses }] of former) {
      const kept = this.#proofs.get(service)?.uses;
      for (const [key, { use, trunk }] of uses) {
        if (kept?.get(key)?.use !== use) this.#source.leave(trunk, use);
      }
    }
    this.#tell();
  }

  /** A trunk has got a connection, or has failed to. */
  handleTrunk(trunk: Trunk): void {
    for (const { uses } of this.#proofs.values()) {
      for (const each of uses.values()) if (each.trunk === trunk) return this.#tell();
    }
  }

  /** The state of the next path of a service. */
  stateOf(service: string): { readonly state: LeadState; readonly text: string } {
    const proof = this.#proofs.get(service);
    if (proof === undefined) return { state: "none", text: "" };
    const trunks = [...proof.uses.values()].map(({ trunk }) => trunk);
    // A far end that has not greeted may still refuse this end.
    const isUp = (trunk: Trunk): boolean => this.#source.connectionOf(trunk)?.peerHello !== undefined;
    if (trunks.some(isUp)) return { state: "proven", text: "" };
    const wrong = trunks.find((trunk) => trunk.absence.isWrongIdentity);
    const declined = trunks.find((trunk) => trunk.absence.isRefused);
    const text = (wrong ?? declined ?? trunks[0])?.absence.text ?? "";
    return { state: wrong !== undefined ? "refused" : declined !== undefined ? "declined" : "unproven", text };
  }

  /** The trunk connects at once: no workload waits for it. */
  #join(use: TrunkUse): Trunk {
    const trunk = this.#source.join(use);
    trunk.start(this.#source.now());
    return trunk;
  }

  #tell(): void {
    for (const [service, proof] of this.#proofs) {
      const { state, text } = this.stateOf(service);
      if (state === proof.told) continue;
      proof.told = state;
      this.#onNews({ service, state, text });
    }
  }
}

function isSameWay(a: LeadConfig | undefined, b: LeadConfig): boolean {
  return a?.next === b.next && a?.proves === b.proves;
}

/** A use of a path for each principal, class and way with datagrams that uses a service whose path is the overlay's. */
function* usesOf(
  { tunnels, sessions }: WatchedConfig,
  { service: wanted, proves: service }: LeadConfig,
  path: number,
): Generator<readonly [string, TrunkUse], void> {
  const keyed = (as: string, carriage: Carriage): readonly [string, TrunkUse] => {
    return [JSON.stringify([as, carriage]), { as, service, path, keepMs: undefined, ...carriage }];
  };
  for (const tunnel of tunnels.values()) {
    if (tunnel.auto === wanted) yield keyed(tunnel.as, carriageOf(tunnel));
  }
  for (const { as, services } of sessions.values()) {
    for (const each of services) {
      if (each.auto === wanted) yield keyed(as, plainCarriage);
    }
  }
}
