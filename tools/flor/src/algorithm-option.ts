import { Option } from "commander";

/** The option `--algorithm`. Each command has its own default. */
export function algorithmOption(): Option {
  return new Option("--algorithm <name>", "algorithm of the key").choices(["p256", "ed25519"]);
}
