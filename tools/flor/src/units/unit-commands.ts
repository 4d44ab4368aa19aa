import { foreignText, isName, NAME_FORM, OperatorError } from "@florenetes/operator-text";
import type { Command } from "commander";
import { FLOR_ERRORS } from "../error-codes.ts";
import type { Output } from "../output.ts";
import { prepareUnit } from "./prepare-unit.ts";

/** Characters of a path that are shown. */
const PATH_LENGTH_MAX = 400;

/** `flor unit …`: what the systemd units of a node need. */
export function addUnitCommands(program: Command, output: Output): void {
  const unit = program.command("unit").description("on a node: what its systemd units need").helpCommand(false);

  unit
    .command("prepare")
    .description(
      "make the user, the group and the folders of a cluster's cluster-flor, and of its fabric-flor, vpn-flor, control-flor and store-flor where these have a config, and give them their files; their units do so at each start",
    )
    .argument("<cluster>", "the cluster")
    .action((cluster: string) => {
      if (!isName(cluster)) {
        const { advice } = FLOR_ERRORS.ERR_FLOR_USAGE;
        throw new OperatorError("ERR_FLOR_USAGE", `a cluster's name is ${NAME_FORM}`, { advice });
      }
      const { user, agentUser, vpnUser, controlUser, storeUser, moved, left } = prepareUnit(cluster);
      const others = { agent: agentUser, VPN: vpnUser, "control API": controlUser, store: storeUser };
      const named = Object.entries(others).map(([of, name]) => (name === undefined ? "" : `, ${of} ${name}`));
      const users = `${user}${named.join("")}`;
      output.out(
        `cluster ${cluster}: user ${users}${moved === 0 ? "" : `; ${moved} more of its files ${moved === 1 ? "is" : "are"} theirs now`}`,
      );
      for (const { path, reason } of left) {
        output.err(`left as it is: ${foreignText(path, PATH_LENGTH_MAX)}: ${reason}`);
      }
    });
}
