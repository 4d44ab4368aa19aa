/** Judges the release that lies in the spool, prepares an update, has the runner carry it out, and tells how it ended. */
import { existsSync } from "node:fs";
import { EXIT_CODES, isOperatorError, OperatorError } from "@florenetes/operator-text";
import type { Logger } from "@florenetes/process-kit";
import type { UpdateConfig } from "../config/update-config.ts";
import type { Journal, ReleaseNote } from "../journal/journal.ts";
import { current, refused, underWay, type UpdateStatus } from "../journal/update-status.ts";
import { nodeBefore } from "../whole/judge-node.ts";
import { updateError } from "../update-errors.ts";
import { carryOut } from "./carry-out.ts";
import { installedPackages, settledNode } from "./node-reader.ts";
import { carryOutOrder, PEOPLE_MARK, takePeoplesMark, takePeoplesOrder, tellOrder } from "./people-order.ts";
import { type OrderedRelease, placePackages, planRelease, takeOrderedRecord, takeRelease } from "./release-check.ts";
import { placeRunner, runRunner, untilRunnerEnds } from "./runner.ts";
import { Spool } from "./spool.ts";
import { StateFolder } from "./state-folder.ts";
import { runSystem } from "./system.ts";

/** The unit of `flor mesh upgrade` on a node. */
const MESH_UPGRADE = "florenetes-upgrade.service";

/** Carries out what people have ordered, and takes the release of the spool, if there is one. @returns the exit code */
export async function runUpdate(config: UpdateConfig, log: Logger): Promise<number> {
  const state = new StateFolder(config.state);
  const ordered = await runOrder(config, state, log);
  const released = await runRelease(config, state, log);
  return ordered === EXIT_CODES.ok ? released : ordered;
}

/** Carries out the order of people that lies in the spool, if there is one. @returns the exit code */
async function runOrder(config: UpdateConfig, state: StateFolder, log: Logger): Promise<number> {
  let record = "";
  try {
    state.prepare();
    using spool = openSpool(config, PEOPLE_MARK);
    if (spool === undefined) return EXIT_CODES.ok;
    record = takePeoplesMark(spool);
    await untilRunnerEnds();
    await requireNoMeshUpgrade();
    const order = takePeoplesOrder(spool, record, config, state, Date.now());
    // A node that could not go back from an update needs a restart most of all.
    if (order.action === "back") await finishFormer(state, log);
    await carryOutOrder(order, config, state, log);
  } catch (error) {
    const { code, message, exitCode } = toldError(error);
    log.warn({ code: "UPDATE_ORDER_REFUSED", record, reason: code }, `${message} [${code}]`);
    // A mark that names nothing takes the place of no answer to another one.
    if (record !== "") tellOrder(state, { record, outcome: "refused", code, message });
    return exitCode;
  }
  const { order } = state.status();
  if (order?.record === record && order.outcome === "done") return EXIT_CODES.ok;
  log.error(
    { code: "UPDATE_ORDER_FAILED", record, reason: order?.code },
    order?.message ?? "it has not come to its end",
  );
  return EXIT_CODES.failed;
}

/** Takes the release of the spool, if there is one. */
async function runRelease(config: UpdateConfig, state: StateFolder, log: Logger): Promise<number> {
  let note: ReleaseNote = { channel: config.channel, version: "", epoch: 0, record: "" };
  try {
    state.prepare();
    using spool = openSpool(config, "order.json");
    try {
      const record = spool === undefined ? "" : takeOrderedRecord(spool);
      note = { ...note, record };
      await finishFormer(state, log);
      if (spool === undefined) return nothing(config, log);
      const release = takeRelease(spool, record, config, state, Date.now());
      note = release.note;
      const journal = await prepare(spool, release, config, state);
      if (journal === undefined) return tellCurrent(release, state, log);
      await placeRunner(state);
      await requireNoMeshUpgrade();
      state.putJournal(journal);
      state.putStatus(underWay(state.status(), journal));
      log.info({ code: "UPDATE_BEGUN", version: note.version }, `the update to ${note.version} begins`);
    } finally {
      // Whatever became of it: an order that stays would have systemd start this program again and again.
      spool?.remove("order.json");
    }
  } catch (error) {
    return tellRefused(error, note, state, log);
  }
  await runRunner(note.record);
  return tellEnd(state.status(), note, log);
}

/** The spool, if this mark of an order lies in it. */
function openSpool({ spool: path }: UpdateConfig, mark: string): Spool | undefined {
  if (!existsSync(path)) return undefined;
  const spool = new Spool(path);
  if (spool.lies(mark)) return spool;
  spool[Symbol.dispose]();
  return undefined;
}

/** All that an update needs; undefined: the node has the release. @throws OperatorError it is refused */
async function prepare(
  spool: Spool,
  release: OrderedRelease,
  config: UpdateConfig,
  state: StateFolder,
): Promise<Journal | undefined> {
  const replaced = await planRelease(release, config, state, await installedPackages(), Date.now());
  if (replaced.length === 0) return undefined;
  await requireNoMeshUpgrade();
  const placed = await placePackages(spool, config, state, replaced);
  const { units, programs } = nodeBefore(await settledNode());
  return {
    version: 1,
    phase: "ready",
    release: release.note,
    rollback: release.body.rollback,
    wished: [...placed.wished],
    former: [...placed.former],
    units: [...units],
    programs: [...programs],
    wholeWithinMs: config.wholeWithinMs,
  };
}

async function requireNoMeshUpgrade(): Promise<void> {
  const { code } = await runSystem(["systemctl", "--quiet", "is-active", MESH_UPGRADE]);
  if (code === 0) throw updateError("ERR_UPDATE_UNDER_WAY", "`flor mesh upgrade` is replacing packages of this node");
}

/** An update that did not come to its end goes on first. */
async function finishFormer(state: StateFolder, log: Logger): Promise<void> {
  await untilRunnerEnds();
  const journal = state.journal();
  if (journal === undefined) return;
  if (["ready", "unchanged", "confirmed", "returned"].includes(journal.phase)) {
    await carryOut(state, false, log);
    return;
  }
  await placeRunner(state);
  await runRunner(undefined);
  if (state.journal() !== undefined)
    throw updateError("ERR_UPDATE_LOST", state.status().last?.message ?? "the update before has not come to its end");
}

function nothing({ spool }: UpdateConfig, log: Logger): number {
  log.info({ code: "UPDATE_NOTHING", spool }, "no release is ordered");
  return EXIT_CODES.ok;
}

function tellCurrent({ note, body }: OrderedRelease, state: StateFolder, log: Logger): number {
  state.putStatus(current(state.status(), note, body.rollback, Date.now()));
  log.info({ code: "UPDATE_CURRENT", version: note.version }, `the node has ${note.version} already`);
  return EXIT_CODES.ok;
}

function tellRefused(error: unknown, note: ReleaseNote, state: StateFolder, log: Logger): number {
  const { code, message, exitCode } = toldError(error);
  log.warn({ code: "UPDATE_REFUSED", version: note.version, reason: code }, `${message} [${code}]`);
  state.putStatus(refused(state.status(), note, { code, message }, Date.now()));
  return exitCode;
}

/** The parts of an error that are told. @throws the error itself, where it is none of an operator's */
function toldError(error: unknown): { readonly code: string; readonly message: string; readonly exitCode: number } {
  const known = isOperatorError(error) ? error : diskError(error);
  if (known === undefined) throw error;
  const { code, message } = known;
  return { code, message, exitCode: known instanceof OperatorError ? known.exitCode : EXIT_CODES.misconfigured };
}

function diskError(error: unknown): OperatorError | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT" ? updateError("ERR_UPDATE_DISK", message, error) : undefined;
}

function tellEnd({ last }: UpdateStatus, note: ReleaseNote, log: Logger): number {
  const outcome = last?.record === note.record ? last.outcome : undefined;
  const { version } = note;
  if (outcome === "whole") {
    log.info({ code: "UPDATE_WHOLE", version }, `the node has ${version}, and is whole`);
    return EXIT_CODES.ok;
  }
  const code = outcome === "back" ? "UPDATE_BACK" : outcome === "refused" ? "UPDATE_REFUSED" : "UPDATE_LOST";
  log.error({ code, version, reason: last?.code }, last?.message ?? "the update has not come to its end");
  return EXIT_CODES.failed;
}
