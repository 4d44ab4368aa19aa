import type { Scheduler } from "@florenetes/simkit";
import { FlorioWire } from "./florio-wire.ts";
import { LinkHandles } from "./link-handles.ts";
import { PortalAgreement } from "./portal-agreement.ts";

/** The portal between the two programs of a node, over all lives of their processes, and all the checks of it. */
export class SimPortal {
  readonly wire: FlorioWire;
  readonly agreement: PortalAgreement;
  readonly handles: LinkHandles;

  /** @param index tells the portals of a node apart */
  constructor(scheduler: Scheduler, vertex: string, index: number, socketFrames: number) {
    this.wire = new FlorioWire(socketFrames);
    this.agreement = new PortalAgreement(`${vertex}/${index}`, index, scheduler.now);
    this.handles = new LinkHandles(
      () => scheduler.now,
      () => this.agreement.agreedAt,
    );
  }
}
