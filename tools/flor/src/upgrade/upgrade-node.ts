import type { NodeCommandResult } from "../node-commands.ts";
import { wantedUnits, whyNotThere, whyWorse } from "./judge-node.ts";
import { ANSWER_MS_MAX, INSTALL_MS_MAX } from "./limits.ts";
import { beginScript, verdictScript } from "./node-scripts.ts";
import type { NodeState, UpgradeState } from "./node-state.ts";
import type { Packages } from "./package-folder.ts";

/** A node that is asked and told by scripts. */
export interface UpgradedNode {
  /** The node's state, or the reason why it is not known. */
  readonly ask: () => Promise<NodeState | { readonly problem: string }>;
  /** How far its upgrade is, which costs the node little, or the reason why that is not known. */
  readonly askPhase: () => Promise<UpgradeState | { readonly problem: string }>;
  readonly run: (script: string) => Promise<NodeCommandResult>;
  /** Why another node, which has paths over this one, is worse than before; in words that follow this node's name. */
  readonly whyOthersWorse: () => Promise<string | undefined>;
}

export interface UpgradeTimes {
  /** How long a node may take to be whole once its units are restarted. */
  readonly wholeWithinMs: number;
  readonly now: () => number;
  /** Lets some time pass between two looks at a node. */
  readonly pause: () => Promise<void>;
}

/** The packages that a node gets, and those with which it goes back. */
export interface Releases {
  readonly wished: Packages;
  readonly former: Packages;
}

/** A node waits so much longer for its confirmation than it may take to be whole. */
const CONFIRM_SLACK_MS = ANSWER_MS_MAX;

/**
 * Upgrades a node that has the packages of both releases in its folder, and waits until it is whole, as it was before. A node that is not in time
 * goes back, and is waited for until it is as it was.
 *
 * @returns why the node has not got the release, in words that follow its name; undefined: it has
 */
export async function upgradeNode(
  node: UpgradedNode,
  before: NodeState,
  releases: Releases,
  times: UpgradeTimes,
): Promise<string | undefined> {
  const confirmMs = times.wholeWithinMs + CONFIRM_SLACK_MS;
  const begun = await node.run(beginScript(wantedUnits(before), Math.ceil(confirmMs / 1_000)));
  const failure = await untilWhole(
    node,
    before,
    releases.wished,
    times,
    "problem" in begun ? begun.problem : undefined,
  );
  if (failure === undefined) {
    await node.run(verdictScript("confirmed"));
    const end = await untilPhase(node, ["confirmed", "returned", "lost"], ANSWER_MS_MAX, times);
    if (end?.phase === "confirmed") return undefined;
    if (end === undefined) return `cannot be told that it is whole, and goes back by itself`;
    return returned(node, before, releases.former, times, end, "was not confirmed in time");
  }
  if (failure.isUnchanged) return failure.why;
  await node.run(verdictScript("refused"));
  const end = await untilPhase(node, ["returned", "lost"], INSTALL_MS_MAX, times);
  return returned(node, before, releases.former, times, end, failure.why);
}

interface Failure {
  readonly why: string;
  readonly isUnchanged: boolean;
}

/** Waits until the node runs the release and is as it was. Returns why it is not in time. */
async function untilWhole(
  node: UpgradedNode,
  before: NodeState,
  wished: Packages,
  times: UpgradeTimes,
  problem: string | undefined,
): Promise<Failure | undefined> {
  let deadline = times.now() + INSTALL_MS_MAX;
  let hasInstalled = false;
  let why = "does not say how far it is";
  do {
    const state = hasInstalled ? await node.ask() : await node.askPhase();
    if ("problem" in state) why = `does not answer any more: ${state.problem}`;
    else if (state.phase === "" && !state.isUnderWay)
      return { why: `cannot begin: ${problem ?? "the upgrade does not run"}`, isUnchanged: true };
    else if (state.phase === "returned" || state.phase === "lost")
      return {
        why: hasInstalled ? why : "could not put its packages in place or restart its units",
        isUnchanged: false,
      };
    else if (!state.isUnderWay)
      return { why: "has lost the upgrade on its way: has it been rebooted?", isUnchanged: false };
    else if (state.phase === "installed") {
      if (!isWholeState(state)) {
        deadline = times.now() + times.wholeWithinMs;
        hasInstalled = true;
        continue;
      }
      const reason = whyNotThere(state, wished) ?? whyWorse(before, state) ?? (await node.whyOthersWorse());
      if (reason === undefined) return undefined;
      why = reason;
    } else why = "puts packages in place and restarts units";
    await times.pause();
  } while (times.now() < deadline);
  return { why, isUnchanged: false };
}

function isWholeState(state: UpgradeState): state is NodeState {
  return "answers" in state;
}

/** Waits until the upgrade on the node has come to one of some ends, or has died. Undefined: it has not been seen in time. */
async function untilPhase(
  node: UpgradedNode,
  ends: readonly string[],
  withinMs: number,
  times: UpgradeTimes,
): Promise<UpgradeState | undefined> {
  const deadline = times.now() + withinMs;
  do {
    const state = await node.askPhase();
    if (!("problem" in state) && (ends.includes(state.phase) || !state.isUnderWay)) return state;
    await times.pause();
  } while (times.now() < deadline);
  return undefined;
}

/** Waits until a node that goes back is as it was, and tells how it ended. */
async function returned(
  node: UpgradedNode,
  before: NodeState,
  former: Packages,
  times: UpgradeTimes,
  end: UpgradeState | undefined,
  why: string,
): Promise<string> {
  if (end === undefined) return `${why}; it goes back by itself to the packages that it had`;
  if (end.phase !== "returned") return `${why}; it could NOT go back to the packages that it had`;
  const deadline = times.now() + times.wholeWithinMs;
  let left = "";
  do {
    const state = await node.ask();
    left =
      "problem" in state
        ? `does not answer: ${state.problem}`
        : (whyNotThere(state, former) ?? whyWorse(before, state) ?? "");
    if (left === "") return `${why}; it is back at the packages that it had, and as it was`;
    await times.pause();
  } while (times.now() < deadline);
  return `${why}; it is back at the packages that it had, and ${left}`;
}
