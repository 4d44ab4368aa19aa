import type { QuicEngine } from "@florenetes/quic";
import type { DataPlane } from "../../../src/data-plane/data-plane.ts";

/** A data plane that is judged, and the engine that it goes with. */
export interface DataPlaneSubject {
  readonly name: string;
  readonly engine: QuicEngine;
  /** Makes a data plane, which the caller disposes of. Several live side by side. */
  readonly openPlane: () => DataPlane;
}
