import {
  checkMetricsTls,
  type CheckReport,
  checkSocketToBind,
  checkSocketToConnect,
  checkStateDirectory,
} from "@florenetes/process-kit";
import { isOperatorError } from "@florenetes/operator-text";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import type { StoreConfig } from "../config/store-config.ts";
import { readFirstRoot } from "./cache-supply.ts";
import { readPasswordFile } from "./password-file.ts";
import { storeError } from "./store-error.ts";

/** Checks all that a config names outside of its file. The check changes nothing. */
export async function checkStoreFlor({
  admin,
  control,
  listen,
  metrics,
  serves,
  keep,
}: StoreConfig): Promise<CheckReport> {
  const sockets = [admin, control, listen].filter((path) => path !== undefined).map(checkSocketToBind);
  const asked = [
    serves?.mode === "update-cache" ? serves.sessions : undefined,
    serves?.mode === "update-store" ? undefined : serves?.agent,
    keep?.agent,
    keep?.control,
  ].filter((path) => path !== undefined);
  return {
    problems: [
      ...sockets,
      ...(serves === undefined ? [] : checkMode(serves)),
      ...(keep === undefined ? [] : [checkStateDirectory(keep.state)]),
    ].filter((problem) => problem !== undefined),
    partProblems: [checkMetricsTls(metrics)].filter((problem) => problem !== undefined),
    warnings: [...new Set(asked)].map(checkSocketToConnect).filter((warning) => warning !== undefined),
    notes: [],
  };
}

function checkMode(serves: NonNullable<StoreConfig["serves"]>): readonly (Error | undefined)[] {
  if (serves.mode === "update-store") return [checkFolder(serves.folder)];
  if (serves.mode === "storage-gateway")
    return serves.passwordFile === undefined ? [] : [problemOf(readPasswordFile, serves.passwordFile)];
  const state = checkStateDirectory(serves.state);
  return serves.mode === "update-cache" ? [state, problemOf(readFirstRoot, serves.repositoryRoot)] : [state];
}

function checkFolder(folder: string): Error | undefined {
  try {
    for (const below of ["metadata", "targets"]) accessSync(join(folder, below), constants.R_OK | constants.X_OK);
    return undefined;
  } catch (cause) {
    return storeError("ERR_STORE_FOLDER", `${folder} is no published repository: ${(cause as Error).message}`, cause);
  }
}

/** Reads a file as the program would, for its mistake. */
function problemOf(read: (file: string) => unknown, file: string): Error | undefined {
  try {
    read(file);
    return undefined;
  } catch (error) {
    if (!isOperatorError(error)) throw error;
    return error;
  }
}
