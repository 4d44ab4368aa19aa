/** Watches every change that this process makes to files, one by one, so that a test can end everything after any of them. */
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";

type Change = (...args: readonly never[]) => unknown;

const changes = ["mkdirSync", "mkdtempSync", "fchmodSync", "chmodSync", "renameSync", "rmdirSync"] as const;

/**
 * Calls `before` before each change from now on, and `after` when the change is made. A flush counts as no change, as
 * other processes could not see it. Returns a function that restores the former state.
 */
export function watchChanges(before: () => void, after: () => void): () => void {
  const { openSync, writeFileSync, rmSync, unlinkSync, lstatSync, readdirSync } = fs;
  const real = { openSync, writeFileSync, rmSync, ...pick(changes) };
  const counted =
    (change: Change): Change =>
    (...args) => {
      before();
      const result = change(...args);
      after();
      return result;
    };
  for (const name of changes) Object.assign(fs, { [name]: counted(real[name] as Change) });
  const write = counted(writeFileSync);
  const open = counted(openSync);
  Object.assign(fs, {
    writeFileSync: write,
    openSync: (...args: readonly never[]) => (args[1] === "wx" ? open(...args) : (openSync as Change)(...args)),
    rmSync: (path: string, options?: fs.RmOptions) => removeStepwise(path, options),
  });
  syncBuiltinESMExports();

  /** Removes a folder in many changes: the real function makes them out of sight. */
  function removeStepwise(path: string, options?: fs.RmOptions): void {
    const stats = lstatSync(path, { throwIfNoEntry: false });
    if (stats === undefined && options?.force === true) return;
    if (stats?.isDirectory() === true && options?.recursive === true) {
      for (const name of readdirSync(path)) removeStepwise(join(path, name), options);
      counted(real.rmdirSync)(path as never);
    } else counted(unlinkSync)(path as never);
  }

  return () => {
    Object.assign(fs, real);
    syncBuiltinESMExports();
  };
}

function pick(names: typeof changes): Pick<typeof fs, (typeof changes)[number]> {
  return Object.fromEntries(names.map((name) => [name, fs[name]])) as Pick<typeof fs, (typeof changes)[number]>;
}
