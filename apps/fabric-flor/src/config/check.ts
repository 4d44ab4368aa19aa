import {
  checkMetricsTls,
  type CheckReport,
  checkSocketToBind,
  checkSocketToConnect,
  checkStateDirectory,
} from "@florenetes/process-kit";
import { checkDeviceCommand } from "./device-command.ts";
import type { FabricConfig } from "./fabric-config.ts";
import { checkNodeKey } from "./node-key.ts";
import { checkRootFile } from "./root-file.ts";
import { checkSeedsFile } from "./seeds-file.ts";
import { checkTokenUses } from "./token-uses-file.ts";

/**
 * Checks all that a config names outside of its file: state folder, key, root descriptor and sockets. The check changes nothing, and
 * holds for the user who runs it. A missing directory of the cluster vertex's sockets is only a warning: the directory comes and goes
 * with that process. So is a root or a file of seeds that is not in order, as records come from neighbours, too, a file without which a program lets in nobody,
 * and a command that cannot say what the device is like: the process does all else.
 *
 * @param now Milliseconds since 1970
 */
export async function checkFabricFlor(config: FabricConfig, now: number = Date.now()): Promise<CheckReport> {
  const { signer, store, coordinator } = config;
  const stores = [store, coordinator?.store].filter((each) => each !== undefined);
  const stateProblem = checkStateDirectory(config.state);
  const problems: (Error | undefined)[] = [
    checkSocketToBind(config.admin),
    checkSocketToBind(config.control),
    config.api === undefined ? undefined : checkSocketToBind(config.api),
    checkSocketToBind(config.listen),
    stateProblem ?? checkNodeKey(config.state),
    signer === undefined ? undefined : (await import("./signer-key.ts")).checkSignerKey(signer),
    ...(await Promise.all(stores.map(async (each) => (await import("./store-files.ts")).checkStoreFiles(each)))),
  ];
  const warnings: (Error | undefined)[] = [
    checkSocketToConnect(config.door),
    checkSocketToConnect(config.sessions),
    checkRootFile(config, now),
    checkSeedsFile(config, now),
    checkDeviceCommand(config.device),
    signer?.rules.includes("tokens") === true ? checkTokenUses(config.state, config.cluster) : undefined,
  ];
  const notes = config.development ? ["roots for development are taken: this node is for trials alone"] : [];
  const partProblems: (Error | undefined)[] = [checkMetricsTls(config.metrics)];
  return {
    problems: problems.filter(isError),
    partProblems: partProblems.filter(isError),
    warnings: warnings.filter(isError),
    notes,
  };
}

function isError(error: Error | undefined): error is Error {
  return error !== undefined;
}
