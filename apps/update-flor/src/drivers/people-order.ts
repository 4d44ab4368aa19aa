/** Carries out an order of people that the agent has put into the spool: to start the programs of the node anew, or to go back to the packages before the last update. */
import { existsSync } from "node:fs";
import { compareVersions } from "@florenetes/releases";
import type { Logger } from "@florenetes/process-kit";
import type { UpdateConfig } from "../config/update-config.ts";
import type { Journal, PlacedPackage } from "../journal/journal.ts";
import { type LastOrder, underWay } from "../journal/update-status.ts";
import { ORDER_SIZE_MAX, PEOPLE_SIZE_MAX, ROOTS_SIZE_MAX, TEXT_MAX } from "../limits.ts";
import { nodeBefore, unitsToRestart } from "../whole/judge-node.ts";
import { updateError } from "../update-errors.ts";
import { orderOf, type PeoplesOrder } from "../verify/people-order.ts";
import { authorityOf, seenRecord } from "../verify/record-verdict.ts";
import { findWayBack } from "../verify/way-back.ts";
import { restartUnits } from "./carry-out.ts";
import { installedPackages, settledNode } from "./node-reader.ts";
import { recordOf } from "./release-check.ts";
import { placeRunner, runRunner } from "./runner.ts";
import type { Spool } from "./spool.ts";
import type { StateFolder } from "./state-folder.ts";

/** The mark of an order in the spool, which comes last and goes first. */
export const PEOPLE_MARK = "people.json";

/**
 * Takes the order out of a spool: its mark is gone then, whatever becomes of it.
 *
 * @returns the id of the record that it is for
 * @throws OperatorError ERR_UPDATE_SPOOL
 */
export function takePeoplesMark(spool: Spool): string {
  try {
    return recordOf(spool.read(PEOPLE_MARK, ORDER_SIZE_MAX), PEOPLE_MARK);
  } finally {
    spool.remove(PEOPLE_MARK);
  }
}

/**
 * Judges the order of a spool, and writes down that it is taken: from then on nothing takes it again.
 *
 * @param record the id of the record that is ordered
 * @throws OperatorError ERR_UPDATE_SPOOL, ERR_UPDATE_ROOTS, ERR_UPDATE_ORDER
 */
export function takePeoplesOrder(
  spool: Spool,
  record: string,
  { cluster, fingerprint, node }: UpdateConfig,
  state: StateFolder,
  now: number,
): PeoplesOrder {
  const before = state.seen(fingerprint);
  const roots = spool.read("people-roots.fact", ROOTS_SIZE_MAX);
  const authority = authorityOf(roots, { cluster, fingerprint, now }, before?.root);
  const taken = before?.orders ?? {};
  const order = orderOf(spool.read("people.fact", PEOPLE_SIZE_MAX), authority, { node, now, taken });
  const { fact } = order;
  if (fact.id !== record) throw updateError("ERR_UPDATE_ORDER", "the mark is for another order than the one beside it");
  const root = seenRecord(authority.root);
  state.putSeen({ ...before, fabric: fingerprint, root, orders: { ...taken, [fact.scope]: fact.epoch } });
  return order;
}

/**
 * Carries an order out, and tells in the status how it ended.
 *
 * @throws OperatorError `ERR_UPDATE_…`: it is refused, and nothing is changed
 */
export async function carryOutOrder(
  { fact, action }: PeoplesOrder,
  config: UpdateConfig,
  state: StateFolder,
  log: Logger,
): Promise<void> {
  log.warn({ code: "UPDATE_ORDERED", action, record: fact.id }, `people have ordered this node: ${action}`);
  if (action === "restart") {
    const failure = await restartUnits(unitsToRestart(await settledNode()));
    const why = failure === undefined ? {} : { code: failure.code, message: failure.message };
    return tellOrder(state, { record: fact.id, outcome: failure === undefined ? "done" : "failed", ...why });
  }
  const journal = await wayBack(fact.id, fact.epoch, config, state);
  await placeRunner(state);
  state.putJournal(journal);
  state.putStatus(underWay(state.status(), journal));
  await runRunner(fact.id);
}

export function tellOrder(state: StateFolder, said: Omit<LastOrder, "at">): void {
  const message = said.message?.slice(0, TEXT_MAX);
  state.putStatus({ ...state.status(), order: { ...said, ...(message !== undefined && { message }), at: Date.now() } });
}

/** The journal of a way back to the packages before the last update. */
async function wayBack(record: string, epoch: number, config: UpdateConfig, state: StateFolder): Promise<Journal> {
  const isThere = (placed: PlacedPackage): boolean => existsSync(state.placeOf(placed));
  const grounds = { status: state.status(), packages: await installedPackages(), isThere };
  const { version, leaves, wished, former } = findWayBack({ ...grounds, now: Date.now(), compareVersions });
  const { units, programs } = nodeBefore(await settledNode());
  return {
    version: 1,
    phase: "ready",
    release: { channel: config.channel, version, epoch, record },
    rollback: { lowest: version, until: 0 },
    order: { record, leaves },
    wished: [...wished],
    former: [...former],
    units: [...units],
    programs: [...programs],
    wholeWithinMs: config.wholeWithinMs,
  };
}
