/**
 * The runner: what goes on with an update whatever becomes of the packages. It is a copy of this program with a Node of its own, in update-flor's state, and a unit
 * that is started at each boot until the update has come to its end.
 */
import {
  copyFileSync,
  fsyncSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { syncFolder } from "@florenetes/process-kit";
import { updateError } from "../update-errors.ts";
import { putDurably, type StateFolder } from "./state-folder.ts";
import { askSystem } from "./system.ts";

const UNDO_UNIT = "florenetes-update-undo.service";
const UNITS = "/etc/systemd/system";
const WANTS = join(UNITS, "multi-user.target.wants");
/** Says that an update whose journal is there has been ordered since the machine came up. The folder is empty after a boot. */
const ORDERED = "/run/florenetes-update-ordered";
/** The program that runs, as it is installed. */
const PROGRAM = fileURLToPath(new URL("../../dist", import.meta.url));
const MANIFEST = fileURLToPath(new URL("../../package.json", import.meta.url));
const POLL_MS = 500;

/** Puts the runner in its place, and has its unit start at each boot. Doing it again does no harm. */
export async function placeRunner(state: StateFolder): Promise<void> {
  const runner = state.folder("runner");
  if (!existsSync(join(runner, "complete"))) placeProgram(runner);
  mkdirSync(WANTS, { recursive: true });
  putDurably(join(UNITS, UNDO_UNIT), unitText(state.path, runner), 0o644);
  const link = join(WANTS, UNDO_UNIT);
  if (!isLinkTo(link, `../${UNDO_UNIT}`)) {
    rmSync(link, { force: true });
    symlinkSync(`../${UNDO_UNIT}`, link);
  }
  syncFolder(WANTS);
  await askSystem(["systemctl", "daemon-reload"]);
}

/** Takes the unit away. The runner itself goes with `removeRunner`, once nothing is left that it would go on with. */
export async function removeUndoUnit(): Promise<void> {
  rmSync(join(WANTS, UNDO_UNIT), { force: true });
  rmSync(join(UNITS, UNDO_UNIT), { force: true });
  if (existsSync(WANTS)) syncFolder(WANTS);
  syncFolder(UNITS);
  await askSystem(["systemctl", "daemon-reload"]);
}

export function removeRunner(state: StateFolder): void {
  const runner = state.folder("runner");
  if (!existsSync(runner)) return;
  // A power cut may leave a part of it, which does not pass for a whole one.
  rmSync(join(runner, "complete"), { force: true });
  syncFolder(runner);
  rmSync(runner, { recursive: true, force: true });
}

/** Has the runner go on, and waits until it has come to an end. @param record the id of the release's record, if it may begin */
export async function runRunner(record: string | undefined): Promise<void> {
  if (record !== undefined) writeFileSync(ORDERED, record, { mode: 0o600 });
  await askSystem(["systemctl", "reset-failed", UNDO_UNIT]).catch(() => "");
  await askSystem(["systemctl", "start", "--no-block", UNDO_UNIT]);
  await sleep(POLL_MS);
  await untilRunnerEnds();
}

/** Waits while the runner runs, or is about to. */
export async function untilRunnerEnds(): Promise<void> {
  while (await isRunnerActive()) await sleep(POLL_MS);
}

async function isRunnerActive(): Promise<boolean> {
  const output = await askSystem(["systemctl", "show", "--property=ActiveState,Job", UNDO_UNIT]);
  return /^ActiveState=(?:active|activating|deactivating|reloading)$/m.test(output) || /^Job=[1-9]/m.test(output);
}

/** Whether an update was ordered since the machine came up; an order is good for one beginning. */
export function takeOrder(record: string): boolean {
  let ordered: string;
  try {
    ordered = readFileSync(ORDERED, "utf8");
  } catch {
    return false;
  }
  rmSync(ORDERED, { force: true });
  return ordered === record;
}

function placeProgram(runner: string): void {
  rmSync(runner, { recursive: true, force: true });
  const dist = join(runner, "dist");
  mkdirSync(dist, { recursive: true, mode: 0o700 });
  try {
    const files = readdirSync(PROGRAM).filter((name) => !name.endsWith(".map"));
    for (const name of files) copyDurably(join(PROGRAM, name), join(dist, name));
    copyDurably(MANIFEST, join(runner, "package.json"));
    placeNode(join(runner, "node"));
    for (const folder of [dist, runner, dirname(runner)]) syncFolder(folder);
    putDurably(join(runner, "complete"), "", 0o600);
  } catch (error) {
    rmSync(runner, { recursive: true, force: true });
    if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    throw updateError("ERR_UPDATE_DISK", `the runner does not fit into ${runner}`, error);
  }
}

/** dpkg puts a new file in the place of the old one: a second name keeps the old one, and takes no room. */
function placeNode(to: string): void {
  try {
    linkSync(process.execPath, to);
  } catch {
    copyDurably(process.execPath, to);
  }
}

function copyDurably(from: string, to: string): void {
  copyFileSync(from, to);
  const file = openSync(to, "r");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function isLinkTo(link: string, target: string): boolean {
  try {
    return readlinkSync(link) === target;
  } catch {
    return false;
  }
}

/** dpkg and the scripts of packages change users, units and files of the whole system: of it, only what they have no need of is shut. */
function unitText(state: string, runner: string): string {
  return `# Made by update-flor, and removed by it when the update has come to its end.
[Unit]
Description=Florenetes update that is under way: goes on, or back to the former packages
After=local-fs.target dbus.socket
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=${runner}/node --disable-sigusr1 ${runner}/dist/main.js resume --state ${state}
# A run that ends in the midst is gone on with. One that could not go back has said so.
Restart=on-failure
RestartSec=5s
RestartPreventExitStatus=1
TimeoutStartSec=2h
UMask=0022
PrivateNetwork=yes
RestrictAddressFamilies=AF_UNIX
KeyringMode=private
LockPersonality=yes
ProtectClock=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
RestrictRealtime=yes
SystemCallArchitectures=native

[Install]
WantedBy=multi-user.target
`;
}
