import { lstat, mkdtemp, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TEMP_DIR_SIZE_MAX } from "./limits.ts";
import { isRunning, startTimeOf } from "./procfs.ts";
import type { ProcessMark } from "./procfs.ts";

/** Notes that a lab takes before it acts, so that another process can take the lab down after a crash. */
export interface LabState {
  readonly version: 1;
  readonly owner: ProcessMark;
  readonly meshFile: string;
  readonly cluster: string;
  readonly mode: "loopback" | "netns";
  /** Namespaces by node. */
  readonly namespaces: Readonly<Record<string, string>>;
  /** Namespaces that belong to another lab, which removes them. */
  readonly borrowed?: readonly string[];
  /** The process that waits for the owner's death. */
  readonly keeper: ProcessMark | null;
}

const PREFIX = "florlab-";
const STATE_FILE = "lab.json";

/** Makes a folder for a new lab, which only the user may enter. The name holds the owner's process number. */
export async function createLabFolder(): Promise<string> {
  return mkdtemp(join(labsFolder(), `${PREFIX}${process.pid}-`));
}

export async function writeLabState(folder: string, state: LabState): Promise<void> {
  const draft = join(folder, `${STATE_FILE}.tmp`);
  await writeFile(draft, `${JSON.stringify(state, undefined, 2)}\n`);
  await rename(draft, join(folder, STATE_FILE));
}

/** The state of a lab; undefined when it has none, or none yet. */
export async function readLabState(folder: string): Promise<LabState | undefined> {
  try {
    const state = JSON.parse(await readFile(join(folder, STATE_FILE), "utf8")) as LabState;
    return state.version === 1 ? state : undefined;
  } catch {
    return undefined;
  }
}

export interface FoundLab {
  readonly folder: string;
  readonly state: LabState | undefined;
  readonly isAlive: boolean;
}

/** The labs of this user on this machine. Folders of other users are not believed, whatever they hold. */
export async function findLabs(): Promise<readonly FoundLab[]> {
  const labs: FoundLab[] = [];
  for (const name of await readdir(labsFolder()).catch(() => [])) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-\\w+$`).exec(name)?.[1];
    if (pid === undefined) continue;
    const folder = join(labsFolder(), name);
    const stats = await lstat(folder).catch(() => undefined);
    if (stats === undefined || !stats.isDirectory() || stats.uid !== process.getuid?.()) continue;
    const state = await readLabState(folder);
    labs.push({
      folder,
      state,
      isAlive: state === undefined ? startTimeOf(Number(pid)) !== undefined : isRunning(state.owner),
    });
  }
  return labs;
}

function labsFolder(): string {
  const usual = tmpdir();
  return Buffer.byteLength(usual) <= TEMP_DIR_SIZE_MAX ? usual : "/tmp";
}
