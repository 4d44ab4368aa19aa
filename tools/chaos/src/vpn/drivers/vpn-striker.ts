import type { VpnProcesses } from "@florenetes/meshlab";
import type { FabricStriker } from "../../fabric/drivers/fabric-striker.ts";
import type { Fault } from "../../fault.ts";
import type { ExitWatch } from "./exit-watch.ts";
import type { VpnGround } from "./vpn-ground.ts";

interface Struck {
  readonly mesh: FabricStriker;
  readonly vpn: VpnProcesses;
  readonly ground: VpnGround;
  readonly watch: ExitWatch;
  /** Starts vpn-flor of a node. */
  readonly start: (node: string) => void;
}

/** Makes faults of a VPN, and mends them; those of the mesh below are another's. */
export class VpnStriker {
  readonly #struck: Struck;
  /** The exit that the present fault has struck. */
  #exit = "";

  constructor(struck: Struck) {
    this.#struck = struck;
  }

  async strike(fault: Fault): Promise<void> {
    const { mesh, vpn, ground, watch } = this.#struck;
    const { kind, target } = fault;
    if (target.on === "exit") {
      this.#exit = watch.current;
      if (kind === "uplink") return ground.silence(this.#exit);
      await Promise.all([
        vpn.end(this.#exit, "SIGKILL"),
        ...(kind === "exit-node" ? [mesh.strike(nodeFault(fault, this.#exit))] : []),
      ]);
    } else if (kind === "gate" && target.on === "node") await vpn.end(target.node, "SIGKILL");
    else await mesh.strike(fault);
  }

  async mend(fault: Fault): Promise<void> {
    const { mesh, ground, start } = this.#struck;
    const { kind, target } = fault;
    if (target.on === "exit") {
      if (kind === "uplink") return ground.hearAgain(this.#exit);
      if (kind === "exit-node") await mesh.mend(nodeFault(fault, this.#exit));
      start(this.#exit);
    } else if (kind === "gate" && target.on === "node") start(target.node);
    else await mesh.mend(fault);
  }
}

/** A fault of all processes of a node, in the place of one of the exit in use. */
function nodeFault(fault: Fault, node: string): Fault {
  return { ...fault, target: { on: "node", node } };
}
