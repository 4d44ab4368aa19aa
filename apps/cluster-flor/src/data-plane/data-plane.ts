import type { NativeClusterFigures } from "@florenetes/data-plane";
import type { LinkPlane } from "../connection/link-plane.ts";
import type { ForwardingConfig } from "../forwarding/forwarding-config.ts";
import type { StoppedQuestion } from "../forwarding/interfaces.ts";
import type { OpenTransportPlane } from "../transport/data-plane/transport-plane.ts";

/**
 * Carries the packets of this vertex, and what its workloads say. The vertex decides: who may come, by which labels, over which links, until
 * when. It hands over to the plane whatever is up, and never asks which plane that is.
 *
 * There are two. `portable/` does all of it in this thread, where forwarding, links and transport have it in their own hands. `native/` has a
 * data thread in Rust do it, and gives that thread orders. The tests that run in `everyWorld` (test/transport/worlds) judge both.
 */
export interface DataPlane extends LinkPlane, Disposable {
  /** Makes what carries the connections of the transport service. */
  readonly openTransportPlane: OpenTransportPlane;
  /** Forwards by the labels of another config from now on. */
  setTable(config: ForwardingConfig): void;
  /** Tells these from now on what happens. */
  join(handlers: DataPlaneHandlers): void;
  /** All that it has counted and that the vertex's rooms have not: now, or a moment ago. */
  figures(): NativeClusterFigures;
  /** Whether it goes on. */
  isAnswering(): boolean;
}

/** The vertex, as its plane tells it what needs a decision. */
export interface DataPlaneHandlers {
  /**
   * A packet that ends here, for no connection that the plane carries.
   *
   * @param service Undefined: it is for the originator of its ConnectionId.
   * @param isGuessing Whether labels were guessed from where it comes.
   */
  onPacket(inLink: number, service: number | undefined, packet: Uint8Array, isGuessing: boolean): void;
  onQuestion(question: StoppedQuestion): void;
  onGuessing(inLink: number): void;
  /** All that had happened was told. */
  onTurnEnd(): void;
}
