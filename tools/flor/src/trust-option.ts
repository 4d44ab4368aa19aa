import { Option } from "commander";

/** The option `--trust`, which may be given several times. */
export function trustOption(): Option {
  return new Option("--trust <file>", "another root of the cluster to put into trust.pem: while one replaces another")
    .default([], "none")
    .argParser((file: string, files: readonly string[]) => [...files, file]);
}
