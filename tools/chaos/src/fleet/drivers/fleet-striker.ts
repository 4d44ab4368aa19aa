import type { FabricLab, Lab } from "@florenetes/meshlab";
import { FabricStriker } from "../../fabric/drivers/fabric-striker.ts";
import type { Fault } from "../../fault.ts";
import { COORDINATORS, ROLE_MOVES } from "../terrain.ts";
import type { FleetGround } from "./fleet-ground.ts";

/** Makes faults in a fleet, and mends them. */
export class FleetStriker {
  readonly #fabric: FabricLab;
  readonly #ground: FleetGround;
  readonly #others: FabricStriker;

  constructor(lab: Lab, fabric: FabricLab, ground: FleetGround) {
    this.#fabric = fabric;
    this.#ground = ground;
    this.#others = new FabricStriker(lab, fabric);
  }

  async strike(fault: Fault): Promise<void> {
    const { kind, target } = fault;
    if (kind === "move" && target.on === "node") this.#ground.move(target.node);
    else if (kind === "role") await this.#giveRole(ROLE_MOVES.to, ROLE_MOVES.from);
    else await this.#others.strike(fault);
  }

  async mend(fault: Fault): Promise<void> {
    if (fault.kind === "move") return;
    if (fault.kind === "role") await this.#giveRole(ROLE_MOVES.from, ROLE_MOVES.to);
    else await this.#others.mend(fault);
  }

  /** Gives the role of relays to one node, and takes it back from another one. @throws Error when no coordinator takes the records */
  async #giveRole(to: string, from: string): Promise<void> {
    const records = [
      this.#fabric.signRole(to, "cluster", "relay"),
      this.#fabric.signVoid("role", `${from}/relay/default`),
    ];
    let failure: unknown;
    for (const node of COORDINATORS) {
      try {
        await this.#fabric.publish(node, records);
        return;
      } catch (error) {
        // Either coordinator may be struck at present.
        failure = error;
      }
    }
    throw failure;
  }
}
