import { Option } from "commander";

/** `--algorithm`; what is the default differs. */
export function algorithmOption(): Option {
  return new Option("--algorithm <name>", "algorithm of the key").choices(["p256", "ed25519"]);
}
