import type { NativeClusterFigures } from "@florenetes/data-plane";
import type { LinkPlane } from "../connection/link-plane.ts";
import type { RunningConfig } from "../config/running-config.ts";
import type { ForwardingConfig } from "../forwarding/forwarding-config.ts";
import type { StoppedQuestion } from "../forwarding/interfaces.ts";
import type { TransportPlane, TransportPlaneHost } from "../transport/data-plane/transport-plane.ts";

/** The part of a config by which a plane carries. */
export type CarriedConfig = ForwardingConfig & Pick<RunningConfig, "transport">;

/**
 * Carries the packets of this vertex, and the bytes of its workloads. The vertex decides who may connect, by which labels, over which links,
 * and until when. It hands connections and links that are up to the plane, and never asks which plane that is.
 *
 * There are two. `portable/` does all of it in this thread, where forwarding, links and transport have it in their own hands. `native/` has a
 * data thread in Rust do it, and gives that thread orders. The suite in test/transport/conformance judges both.
 */
export interface DataPlane extends LinkPlane, Disposable {
  /** Makes the plane's part that carries the connections of the transport service, and tells these handlers from now on what happens. */
  openTransportPlane(host: TransportPlaneHost, handlers: DataPlaneHandlers): TransportPlane;
  /** Takes another config, to forward by its labels, and to give connections successors after as many streams as it says. */
  reconfigure(config: CarriedConfig): void;
  /** The plane's counts that the vertex's rooms do not have themselves, as they are now or were a moment ago. */
  figures(): NativeClusterFigures;
  /** Whether the plane still runs. */
  isAnswering(): boolean;
}

/** The vertex's handlers for events that need a decision. */
export interface DataPlaneHandlers {
  /**
   * A packet ends here that belongs to no connection of the plane.
   *
   * @param service Undefined: the packet is for the originator of its ConnectionId.
   * @param isGuessing Whether the packet's origin guesses labels.
   */
  onPacket(inLink: number, service: number | undefined, packet: Uint8Array, isGuessing: boolean): void;
  onQuestion(question: StoppedQuestion): void;
  onGuessing(inLink: number): void;
  /** The plane has told all events of this turn: the vertex may act. */
  onTurnEnd(): void;
}
