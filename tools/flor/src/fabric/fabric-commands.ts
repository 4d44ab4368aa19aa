import type { Command } from "commander";
import type { Output } from "../output.ts";
import { addApproveCommand } from "./approve-command.ts";
import { addBudgetsCommand } from "./budgets-command.ts";
import { addFleetCommand } from "./fleet-command.ts";
import { addUsageCommand } from "./usage-command.ts";
import { addFabricExplainCommand } from "./explain-command.ts";
import { addFabricInspectCommand } from "./inspect-command.ts";
import { addInitCommand } from "./init-command.ts";
import { addJoinCommand } from "./join-command.ts";
import { addKeyCommands } from "./key-commands.ts";
import { addLogCommands } from "./log-command.ts";
import { addOrdersCommand } from "./order-commands.ts";
import { addMisuseCommand } from "./misuse-command.ts";
import { addProposeCommands } from "./propose-commands.ts";
import { addPublishCommand } from "./publish-command.ts";
import { addResignCommand } from "./resign-command.ts";
import { addServiceCommands } from "./service-commands.ts";
import { addSignCommand } from "./sign-command.ts";
import { addFabricStatusCommand } from "./status-command.ts";
import { addTokenCommands } from "./token-commands.ts";
import { addTrustCommand } from "./trust-command.ts";
import { addVoidCommand } from "./void-command.ts";

/** `flor fabric …`: the records by which a cluster agrees on who may say what. */
export function addFabricCommands(program: Command, output: Output, finish: (exitCode: number) => void): void {
  const fabric = program
    .command("fabric")
    .description("keys of operators, the root of a cluster, records that they sign, and what agents make of them")
    .helpCommand(false);
  addKeyCommands(fabric, output);
  addInitCommand(fabric, output);
  addProposeCommands(fabric, output);
  addServiceCommands(fabric, output);
  addSignCommand(fabric, output);
  addFabricInspectCommand(fabric, output, finish);
  addPublishCommand(fabric, output, finish);
  addVoidCommand(fabric, output);
  addApproveCommand(fabric, output);
  addTokenCommands(fabric, output);
  addJoinCommand(fabric, output, finish);
  addResignCommand(fabric, output);
  addTrustCommand(fabric, output);
  addLogCommands(fabric, output, finish);
  addFabricStatusCommand(fabric, output, finish);
  addFabricExplainCommand(fabric, output, finish);
  addBudgetsCommand(fabric, output, finish);
  addUsageCommand(fabric, output, finish);
  addFleetCommand(fabric, output, finish);
  addMisuseCommand(fabric, output, finish);
  addOrdersCommand(fabric, output, finish);
}
