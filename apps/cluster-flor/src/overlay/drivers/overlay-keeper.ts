import { randomInt } from "node:crypto";
import {
  type AdminServer,
  type DownPart,
  downPart,
  type Logger,
  type ReloadRefusal,
  refusalsOf,
  type SerialQueue,
} from "@florenetes/process-kit";
import type { ProcessTime, WakeUpTimer } from "@florenetes/scheduling";
import { isDeepStrictEqual } from "node:util";
import type { ClusterConfig, FabricConfig } from "../../config/cluster-config.ts";
import type { LeftOut } from "../../config/lay-over.ts";
import type { Overlay } from "../../config/overlay.ts";
import type { ServiceGrants } from "../../transport/service-grants.ts";
import type { FabricSide } from "../fabric-side.ts";
import { type GrantOrder, judgeGrants } from "../grant-order.ts";
import type { OverlayOrder } from "../overlay-order.ts";
import { OverlayState } from "../overlay-state.ts";
import { overlayStatus, type OverlayStatus } from "../overlay-status.ts";
import { type OverlaySight, overlayView } from "../overlay-view.ts";
import { openFabricDoor } from "./fabric-door.ts";
import type { OverlayFile } from "./overlay-file.ts";

/** The longest wait for the end of a part of the overlay: the wall clock, by which it ends, may be set meanwhile. */
const LOOK_MS_MAX = 60_000;
const RANDOM_STEPS = 2 ** 32;
/** How long what has ended stays in use before it is taken back again, where an identity in use was not in order. */
const RETRY_MS = 2_000;

/** The config in force, over which overlays are laid. */
interface OverlayUse {
  readonly config: ClusterConfig;
  readonly leftOut: readonly LeftOut[];
  /** Lays an overlay over the config in force. Rejects with an OperatorError; nothing has changed then. */
  lay(overlay: Overlay): Promise<void>;
}

export interface OverlayKeeperOptions {
  readonly state: OverlayState;
  readonly file: OverlayFile;
  readonly side: FabricSide;
  readonly use: OverlayUse;
  readonly sight: () => Omit<OverlaySight, "state" | "leftOut" | "relay" | "bounds" | "grants">;
  /** The grants by which services with a leader are served. */
  readonly grants: Pick<ServiceGrants, "bootNow" | "set" | "status">;
  /** The queue of config transactions: an overlay takes its turn among them. */
  readonly turns: SerialQueue;
  readonly time: ProcessTime;
  readonly log: Logger;
}

/** The overlay that an earlier life of this process has kept, if the config has an agent that could go on with it. */
export function keptOverlay(config: ClusterConfig, file: OverlayFile): OverlayState {
  return new OverlayState(config.fabric === undefined ? undefined : file.read());
}

/** The overlay of a running vertex: takes orders at the door, keeps them, and takes back what has ended. */
export class OverlayKeeper implements AsyncDisposable {
  readonly #options: OverlayKeeperOptions;
  readonly #timer: WakeUpTimer;
  #door: { readonly fabric: FabricConfig; readonly server: AdminServer } | undefined;
  #failure: DownPart | undefined;
  /** When the next part of the overlay ends, by the wall clock. */
  #endsAt = Infinity;
  #isClosed = false;
  /** Monotonic; undefined: not in this life of the process. */
  #takenAt: number | undefined;
  #heardAt: number | undefined;

  constructor(options: OverlayKeeperOptions) {
    this.#options = options;
    const { side, state, file } = options;
    side.onDialled = (name, endpoint) => {
      const noted = state.noteDialled(name, endpoint);
      if (noted !== undefined) file.write(noted);
    };
    this.#timer = options.time.wakeUps.timer(() => void options.turns.run(() => this.#handleTimeout()));
    this.#arm();
  }

  /** The door, when it should be open and is not. */
  get down(): readonly DownPart[] {
    return this.#failure === undefined ? [] : [this.#failure];
  }

  /** The work of the control agent; null: the config has none. */
  status(): OverlayStatus | null {
    const { state, side, use, time } = this.#options;
    if (use.config.fabric === undefined) return null;
    const times = { takenAt: this.#takenAt, heardAt: this.#heardAt };
    return overlayStatus(state, use.leftOut, times, side.knocksDropped, time.now());
  }

  /** The config in force is to stay: without an agent in it, what is kept of one goes. A config on trial throws nothing away. */
  settle(): void {
    const { state, file, use } = this.#options;
    if (use.config.fabric !== undefined) return;
    state.clear();
    this.#takenAt = undefined;
    this.#heardAt = undefined;
    file.remove();
  }

  /** Another config is in force. Resolves with the refusal of its door, if that cannot be opened. */
  async follow({ fabric }: Pick<ClusterConfig, "fabric">): Promise<readonly ReloadRefusal[]> {
    const { side, log } = this.#options;
    side.events.add({ kind: "config" });
    if (this.#door !== undefined && isDeepStrictEqual(doorOf(this.#door.fabric), doorOf(fabric))) return [];
    await this.#close();
    if (fabric === undefined) return [];
    try {
      this.#door = { fabric, server: await this.#open(fabric) };
      return [];
    } catch (error) {
      this.#failure = downPart("the fabric's door", error);
      const { code: reason, text } = this.#failure;
      log.error({ code: "DOOR_DOWN", reason }, `the fabric's door is down until the next reload: ${text}`);
      return refusalsOf(error);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer.close();
    await this.#close();
  }

  #open(fabric: FabricConfig): Promise<AdminServer> {
    const { state, side, use, sight, grants, time, log } = this.#options;
    return openFabricDoor({
      instance: sight().instance,
      fabric,
      side,
      onHeard: () => (this.#heardAt = time.now()),
      view: () => {
        const { fabric: bounds } = use.config;
        const seen = { relay: bounds?.relay, bounds, grants: grants.status() };
        return overlayView({ ...sight(), state, leftOut: use.leftOut, ...seen });
      },
      take: (order, isDryRun) => this.#options.turns.run(() => this.#take(order, isDryRun)),
      grant: (order) => this.#grant(order),
      time,
      log,
    });
  }

  /** Grants are kept nowhere: with the process they end. They take no turn among config transactions, which may take longer than a grant lasts. */
  #grant(order: GrantOrder): object {
    const { state, grants } = this.#options;
    const { bootNow } = grants;
    grants.set(judgeGrants(order, { life: state.life, services: grants.status(), bootNow }));
    return {};
  }

  async #close(): Promise<void> {
    const door = this.#door;
    this.#door = undefined;
    this.#failure = undefined;
    await door?.server.close();
  }

  async #take(order: OverlayOrder, isDryRun: boolean): Promise<{ readonly generation: number }> {
    const { state, file, side, use, time, log } = this.#options;
    const kept = state.judge(order, use.config, time.wallClock().getTime(), random);
    const { generation, life, overlay } = kept;
    if (isDryRun) return { generation };
    await use.lay(overlay);
    state.take(kept);
    this.#takenAt = time.now();
    file.write(kept);
    side.events.add({ kind: "overlay" });
    this.#arm();
    const counts = {
      links: overlay.links?.length ?? 0,
      paths: overlay.paths.length,
      leads: overlay.leads.length,
      pinned: overlay.pins.size,
    };
    log.info({ code: "OVERLAY_TAKEN", generation, agent: life.id, ...counts }, "the agent's overlay is in force");
    return { generation };
  }

  /** Something in the overlay may have ended. */
  async #handleTimeout(): Promise<void> {
    const { state, side, use, time, log } = this.#options;
    if (this.#isClosed) return;
    if (time.wallClock().getTime() >= this.#endsAt) {
      try {
        await use.lay(state.overlay);
      } catch (error) {
        const [refused] = refusalsOf(error);
        const text = `what has ended of the overlay stays in use, and is taken back later: ${refused?.text}`;
        log.error({ code: "OVERLAY_NOT_ENDED", reason: refused?.code }, text);
        return this.#timer.set(time.now() + RETRY_MS);
      }
      side.events.add({ kind: "overlay" });
    }
    this.#arm();
  }

  #arm(): void {
    const { state, time } = this.#options;
    const wall = time.wallClock().getTime();
    this.#endsAt = state.nextEnd(wall);
    if (this.#endsAt !== Infinity && !this.#isClosed)
      this.#timer.set(time.now() + Math.min(this.#endsAt - wall, LOOK_MS_MAX));
  }
}

/** A random number from 0 up to 1 that nobody can guess. */
function random(): number {
  return randomInt(RANDOM_STEPS) / RANDOM_STEPS;
}

/** The part of the config that is the door's. */
function doorOf(fabric: FabricConfig | undefined): unknown {
  return fabric && [fabric.door, fabric.mode, fabric.owner];
}
