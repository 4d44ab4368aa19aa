import {
  checkMetricsTls,
  type CheckReport,
  checkSocketToBind,
  checkSocketToConnect,
  requestAdmin,
} from "@florenetes/process-kit";
import { OperatorError } from "@florenetes/operator-text";
import type { VpnConfig } from "../config/vpn-config.ts";
import type { Command } from "../machine/command.ts";
import type { MachineFinding } from "../machine/machine-look.ts";
import { ClientMachine } from "./client-machine.ts";
import { EgressMachine } from "./egress-machine.ts";

/** Checks all that a config names outside of its file, and the machine, and notes what would be changed there. The check changes nothing. */
export async function checkVpnFlor(config: VpnConfig): Promise<CheckReport> {
  const { admin, control, metrics, end } = config;
  const machine = await lookAt(config);
  const problems = [
    checkSocketToBind(admin),
    checkSocketToBind(control),
    end.kind === "egress" ? checkSocketToBind(end.listen) : undefined,
    ...machine.problems,
  ];
  const warnings = [end.kind === "up" ? checkSocketToConnect(end.session) : undefined, ...machine.warnings];
  return {
    problems: problems.filter((problem) => problem !== undefined),
    partProblems: [checkMetricsTls(metrics)].filter((problem) => problem !== undefined),
    warnings: warnings.filter((warning) => warning !== undefined),
    notes: machine.notes,
  };
}

async function lookAt({ end, admin }: VpnConfig): Promise<Pick<CheckReport, "problems" | "warnings" | "notes">> {
  const machine = end.kind === "up" ? new ClientMachine(end) : new EgressMachine(end);
  try {
    const facts = await machine.look();
    const isOurs = facts.devices.includes(end.device) && (await isRunning(admin));
    const found = machine.find(facts).filter(({ code }) => !isOurs || code !== "ERR_VPN_DEVICE_TAKEN");
    return {
      problems: found.filter(({ isFault }) => isFault).map(errorOf),
      warnings: found.filter(({ isFault }) => !isFault).map(errorOf),
      notes: commandsOf(machine.planFor(facts)).map((command) => `on this machine: ${textOf(command)}`),
    };
  } catch (error) {
    if (!(error instanceof OperatorError)) throw error;
    // Whoever checks need not be on the machine on which it shall run.
    return { problems: [], warnings: [error], notes: [] };
  }
}

/** Whether the device is that of the process of this config. */
async function isRunning(admin: string): Promise<boolean> {
  try {
    await requestAdmin(admin, "/status");
    return true;
  } catch {
    return false;
  }
}

function commandsOf(plan: { readonly up: readonly Command[]; readonly dns?: readonly Command[] }): readonly Command[] {
  return [...plan.up, ...(plan.dns ?? [])];
}

function errorOf({ code, message, advice }: MachineFinding): OperatorError {
  return new OperatorError(code, message, { advice });
}

function textOf({ program, args, input }: Command): string {
  return `${[program, ...args].join(" ")}${input === undefined ? "" : ` <<< ${input.trim()}`}`;
}
