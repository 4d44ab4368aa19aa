import { Command, Option } from "commander";

export interface Options {
  readonly minutes: number;
  readonly seed: number;
  /** Names of the workloads that run; undefined: all. */
  readonly only: readonly string[] | undefined;
  readonly list: boolean;
  /** The mesh by hand, that of twelve nodes with control agents, a VPN over such nodes, or a fleet whose addresses change. */
  readonly mesh: "hand" | "fabric" | "vpn" | "fleet";
  /** The QUIC engine of all programs of the mesh; undefined: the one that they choose. */
  readonly engine: string | undefined;
  /** The file that the sums are written to. */
  readonly sums: string | undefined;
}

const SEED_MAX = 999_999_999;
const MINUTES_MAX = 24 * 60;

const program = new Command("chaos")
  .description(
    "Breaks a mesh of real processes at random, in network namespaces, while other people's programs use it; judges what they saw by the documents. " +
      "Needs root. Ends with 1 when there are findings.",
  )
  .option("--minutes <n>", "how long it takes, from the start to the last fault", "5")
  .option("--seed <n>", "the same faults as in the run that printed it; without it they are new ones")
  .option("--only <workloads>", "comma-separated names; see --list")
  .option("--list", "say what the workloads and the faults are, and do nothing", false)
  .option("--fabric", "twelve nodes whose control agents lease routes, in place of a mesh by hand", false)
  .addOption(new Option("--vpn", "a VPN over nodes whose control agents lease routes").conflicts("fabric"))
  .addOption(
    new Option("--fleet", "twelve nodes, half of them behind routers, whose addresses change").conflicts([
      "fabric",
      "vpn",
    ]),
  )
  .addOption(
    new Option(
      "--engine <engine>",
      "the QUIC engine of the whole mesh; without it the one that programs choose",
    ).choices(["native", "portable"]),
  )
  .option("--sums <file>", "where the numbers of passed, failed and skipped judgements go, as JSON");

/** Ends the process when the options ask for something that does not exist. */
export function readOptions(): Options {
  const {
    minutes,
    seed,
    only,
    list,
    fabric,
    vpn = false,
    fleet = false,
    engine,
    sums,
  } = program
    .parse()
    .opts<Record<string, string | undefined> & { list: boolean; fabric: boolean; vpn?: boolean; fleet?: boolean }>();
  return {
    minutes: readNumber(minutes!, MINUTES_MAX),
    seed: seed === undefined ? 1 + Math.floor(Math.random() * SEED_MAX) : readNumber(seed, SEED_MAX),
    only: only?.split(",").map((name) => name.trim()),
    list,
    mesh: fleet ? "fleet" : vpn ? "vpn" : fabric ? "fabric" : "hand",
    engine,
    sums,
  };
}

/** Ends the process with a message: it was called wrongly. */
export function fail(message: string): never {
  return program.error(`error: ${message}`);
}

function readNumber(text: string, most: number): number {
  const number = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || number <= 0 || number > most)
    fail(`"${text}" is no number above 0 and up to ${most}`);
  return number;
}
