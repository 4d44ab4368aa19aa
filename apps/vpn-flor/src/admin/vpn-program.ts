import { type CheckReport, runVertexProgram } from "@florenetes/process-kit";
import type { VpnConfig } from "../config/vpn-config.ts";
import { loadVpnConfig } from "../config/vpn-config-file.ts";
import { renderVpnFlorStatus } from "./render-status.ts";
import type { VpnFlorStatus } from "./vpn-status.ts";

export interface VpnProgram {
  /** Gets the checked config and the path of its file. */
  readonly run: (config: VpnConfig, file: string) => Promise<void>;
  readonly check: (config: VpnConfig) => Promise<CheckReport>;
  /** Removes what a process of this config has left on the machine. */
  readonly clear: (config: VpnConfig) => Promise<void>;
  /** The names of the pools to which the client's socket of data sessions leads. Whether an egress lets it in is not known. */
  readonly listPools: (config: VpnConfig) => Promise<readonly string[]>;
}

/** The command line of vpn-flor. */
export function runVpnProgram(version: string, { run, check, clear, listPools }: VpnProgram): void {
  runVertexProgram<VpnConfig>({
    name: "vpn-flor",
    description: "A VPN over the mesh: a machine's packets to an egress that is found by name, or an egress itself",
    version,
    load: loadVpnConfig,
    check,
    run,
    adminPathOf: ({ admin }) => admin,
    controlPathOf: ({ control }) => control,
    adminSockets: "/run/florenetes-vpn-*/admin.sock",
    renderStatus: (status, width) => renderVpnFlorStatus(status as VpnFlorStatus, width),
    orders: [
      {
        name: "down",
        description: "remove all that a process of this config has left on the machine: for one that was killed",
        run: clear,
      },
      {
        name: "pools",
        description:
          "list the pools to which the config's socket of data sessions leads, whether or not vpn-flor runs; an egress may refuse all the same",
        run: listPools,
      },
    ],
  });
}
