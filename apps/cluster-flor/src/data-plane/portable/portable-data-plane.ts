import type { NativeClusterFigures } from "@florenetes/data-plane";
import type { OpenPort } from "../../connection/link-plane.ts";
import { PortablePlane } from "../../transport/data-plane/portable/portable-plane.ts";
import type { TransportPlaneHost } from "../../transport/data-plane/transport-plane.ts";
import type { DataPlane } from "../data-plane.ts";
import { noFigures } from "../no-figures.ts";

/**
 * Carries packets in this thread. The ports give frames to the forwarder, which reads its own table and the links' present state:
 * so the plane needs no orders, and has no counts of its own. No I/O: the caller passes in the function that opens ports.
 */
export class PortableDataPlane implements DataPlane {
  readonly isPortRepeating = false;
  readonly openPort: OpenPort;

  constructor(openPort: OpenPort) {
    this.openPort = openPort;
  }

  openTransportPlane(host: TransportPlaneHost): PortablePlane {
    return new PortablePlane(host);
  }

  setLink(): void {}

  reconfigure(): void {}

  figures(): NativeClusterFigures {
    return noFigures;
  }

  /** Always true: the caller's own thread is the data plane. */
  isAnswering(): boolean {
    return true;
  }

  [Symbol.dispose](): void {}
}
