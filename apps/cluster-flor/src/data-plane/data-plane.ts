import type { NativeClusterFigures } from "@florenetes/data-plane";
import type { LinkCarrier } from "../connection/links.ts";
import type { ForwardingConfig } from "../forwarding/forwarding-config.ts";
import type { StoppedQuestion } from "../forwarding/interfaces.ts";
import type { TransportLane, TransportLaneEvent } from "../transport/data-plane/native/transport-lane.ts";

/** The data thread, as the vertex has its rooms use it: it has the FlorIO ports, forwards, and carries connections that are up. */
export interface VertexLane {
  readonly carrier: LinkCarrier;
  readonly transport: TransportLane;
  /** Forwards by the labels of another config from now on. */
  setTable(config: ForwardingConfig): void;
  /** Tells these from now on what happens. */
  join(handlers: VertexLaneHandlers): void;
  /** Figures of now, or of a moment ago. */
  figures(): NativeClusterFigures;
}

export interface VertexLaneHandlers {
  /**
   * A packet that ends here, for no connection that the thread has.
   *
   * @param service Undefined: it is for the originator of its ConnectionId.
   * @param isGuessing Whether labels were guessed from where it comes.
   */
  onLanePacket(inLink: number, service: number | undefined, packet: Uint8Array, isGuessing: boolean): void;
  onLaneQuestion(question: StoppedQuestion): void;
  onLaneGuessing(inLink: number): void;
  onTransportEvent(event: TransportLaneEvent): void;
  /** All that had happened was told. */
  onLaneTurnEnd(): void;
}
