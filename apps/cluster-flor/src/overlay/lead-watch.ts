import type { LeadConfig } from "../config/cluster-config.ts";
import type { RunningConfig } from "../config/running-config.ts";
import type { EndConnection } from "../transport/connections/end-connection.ts";
import { type Carriage, carriageOf, plainCarriage } from "../transport/messages.ts";
import type { Trunks, TrunkUse } from "../transport/trunks.ts";
import type { Trunk } from "../transport/tunnels/trunk.ts";
import type { LeadState } from "./overlay-events.ts";

/** The transport, as the watch uses it. */
export interface TrunkSource {
  join(use: TrunkUse): Trunk;
  leave(trunk: Trunk, use: TrunkUse): void;
  connectionOf(trunk: Trunk): EndConnection | undefined;
  readonly trunks: Pick<Trunks, "standbysOver">;
  /** Monotonic. */
  readonly now: () => number;
}

export interface LeadNews {
  readonly service: string;
  /** The path of the lead of which it says something. */
  readonly way: "next" | "standby";
  readonly state: LeadState;
  readonly text: string;
}

interface Proof {
  readonly lead: LeadConfig;
  readonly uses: ReadonlyMap<string, { readonly use: TrunkUse; readonly trunk: Trunk }>;
  told: LeadState;
}

/** The knowledge of a path that its trunks give; the text is for people. */
interface TrunksState {
  readonly state: LeadState;
  readonly text: string;
}

type WatchedConfig = Pick<RunningConfig, "tunnels" | "sessions" | "leads">;

interface Told {
  readonly path: number;
  readonly state: LeadState;
}

/**
 * Connects over the next path of each lead before any workload does: once for each principal and class that uses the service. A far end is
 * proven when one of these handshakes is complete. Standbys are connected elsewhere, when they are needed: what becomes of them is told likewise.
 */
export class LeadWatch {
  readonly #source: TrunkSource;
  readonly #onNews: (news: LeadNews) => void;
  readonly #proofs = new Map<string, Proof>();
  #leads: readonly LeadConfig[] = [];
  /** The states of the standbys of services that were told last. */
  readonly #standbys = new Map<string, Told>();

  constructor(source: TrunkSource, onNews: (news: LeadNews) => void) {
    this.#source = source;
    this.#onNews = onNews;
  }

  /** Another config is in force, and the transport has it: connections that tunnels have taken over stay. */
  reconfigure(config: WatchedConfig): void {
    this.#leads = config.leads ?? [];
    const leads = new Map(this.#leads.map((lead) => [lead.service, lead]));
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
    for (const { standby } of this.#leads) {
      if (standby === undefined) continue;
      for (const each of this.#source.trunks.standbysOver(standby)) if (each === trunk) return this.#tellStandbys();
    }
  }

  /** A trunk to a standby was joined, or left. */
  handleStandbys(): void {
    this.#tellStandbys();
  }

  /** The state of the next path of a service. */
  stateOf(service: string): TrunksState {
    const uses = this.#proofs.get(service)?.uses.values() ?? [];
    return this.#judge([...uses].map(({ trunk }) => trunk));
  }

  /** The state of the path to the standby of a service; `none` while that is not needed. */
  standbyOf(service: string): TrunksState {
    const standby = this.#leads.find((lead) => lead.service === service)?.standby;
    return this.#judge(standby === undefined ? [] : [...this.#source.trunks.standbysOver(standby)]);
  }

  #judge(trunks: readonly Trunk[]): TrunksState {
    if (trunks.length === 0) return { state: "none", text: "" };
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
      this.#onNews({ service, way: "next", state, text });
    }
    this.#tellStandbys();
  }

  #tellStandbys(): void {
    const former = new Map(this.#standbys);
    this.#standbys.clear();
    for (const { service, standby: path } of this.#leads) {
      if (path === undefined) continue;
      const { state, text } = this.#judge([...this.#source.trunks.standbysOver(path)]);
      this.#standbys.set(service, { path, state });
      const before = former.get(service);
      if (state === (before?.path === path ? before.state : "none")) continue;
      this.#onNews({ service, way: "standby", state, text });
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
