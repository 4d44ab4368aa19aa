import { Command, InvalidArgumentError } from "commander";
import { DEVICES_MAX, MINUTES_MAX } from "./limits.ts";

export interface Options {
  /** Devices of each run, in their order. */
  readonly devices: readonly number[];
  readonly seed: number;
  readonly minutes: number;
  readonly json: boolean;
}

const SEED_MAX = 999_999_999;

const program = new Command("fleetload")
  .description(
    "Speaks for many devices, each with its own key, certificates and UDP socket, to real processes of hubs, coordinators, observers and a control API on this machine. " +
      "Says what these cost, and how soon all devices are back when the central ones, and then a hub, were killed and started again.",
  )
  .option(
    "--devices <numbers>",
    "devices of a run; several numbers, with commas: one run after the other",
    numbers,
    [1_000],
  )
  .option("--seed <number>", "chooses the hub that dies", (text) => numberFrom(text, SEED_MAX), 0)
  .option(
    "--minutes <number>",
    "how long it is measured what all devices cost at rest",
    (text) => numberFrom(text, MINUTES_MAX, 1),
    2,
  )
  .option("--json", "the figures as JSON", false);

export function readOptions(): Options {
  return program.parse().opts<Options>();
}

function numbers(text: string): number[] {
  return text.split(",").map((each) => numberFrom(each, DEVICES_MAX, 1));
}

function numberFrom(text: string, most: number, least = 0): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new InvalidArgumentError(`It is a whole number from ${least} to ${most}.`);
}
