import type { Packages } from "../../src/upgrade/package-folder.ts";
import type { NodeState, UpgradeState } from "../../src/upgrade/node-state.ts";
import { readPhase, readState } from "../../src/upgrade/node-state.ts";
import type { UpgradedNode } from "../../src/upgrade/upgrade-node.ts";
import { clusterStatus, linkStatus } from "../mesh-status-fixture.ts";

/** The parts of a node's answer when it is asked for its state. */
export interface ToldState {
  readonly user: string;
  readonly version: string;
  /** The status of the packages in the words of dpkg. */
  readonly status: string;
  readonly placedAt: number;
  readonly startedAt: number;
  readonly unit: string;
  /** The version that the running programs tell, and that of the installed ones. */
  readonly running: string;
  readonly installed: string;
  /** The version that the running agent tells; "": it does not answer. */
  readonly agent: string;
  /** The state of the link to the first peer. */
  readonly link: string;
  readonly faults: readonly string[];
  readonly upgrade: string;
}

const WELL: ToldState = {
  user: "0",
  version: "1.0",
  status: "installed",
  placedAt: 100,
  startedAt: 200,
  unit: "active",
  running: "1.0 (aa)",
  installed: "1.0 (aa)",
  agent: "1.0 (aa)",
  link: "up",
  faults: [],
  upgrade: "inactive",
};

/** A node with the wished packages, whose units were restarted, answers so. */
export const UPGRADED: Partial<ToldState> = {
  version: "2.0",
  placedAt: 300,
  startedAt: 301,
  running: "2.0 (bb)",
  installed: "2.0 (bb)",
  agent: "2.0 (bb)",
};

/** The text of a state of a node of the fixture's mesh. */
export function stateText(more: Partial<ToldState> = {}, node = "b"): string {
  const told = { ...WELL, ...more };
  const { links, ...status } = clusterStatus(node);
  const [first, ...others] = links;
  const findings = told.faults.map((text) => ({ weight: "fault", about: "link", text, advice: "" }));
  const cluster = { ...status, version: told.running, findings, links: [{ ...first, state: told.link }, ...others] };
  const unit = (name: string): string =>
    `Id=${name}\nActiveState=${told.unit}\nActiveEnterTimestamp=@${told.startedAt}\n`;
  return `--- user
${told.user}
--- packages
florenetes-fabric  not-installed
florenetes-node ${told.version} ${told.status} ${told.placedAt}
florenetes-runtime 24.0 installed 50
--- units
${unit("link-flor.service")}
${unit("cluster-flor@demo.service")}
--- programs
link-flor ${told.installed}
cluster-flor ${told.installed}
fabric-flor ${told.installed}
--- running
fabric-flor@demo.service ${told.agent}
--- upgrade
${told.upgrade}
--- cluster demo
--- cluster-flor
${JSON.stringify(cluster)}
--- link-flor
${JSON.stringify({ ...linkStatus(node), version: told.running })}
`;
}

export function stateOf(more: Partial<ToldState> = {}): NodeState {
  return readState(stateText(more))!;
}

/** How far the upgrade of such a node is. */
function stateOfPhase(more: Partial<ToldState>): UpgradeState {
  return readPhase(stateText(more))!;
}

/** Packages of a version. */
export function packagesOf(version: string): Packages {
  const all = { "florenetes-node": version, "florenetes-runtime": "24.0" };
  return new Map(
    Object.entries(all).map(([name, own]) => {
      const fileName = `${name}_${own}_amd64.deb`;
      return [name, { name, version: own, fileName, path: `/${fileName}`, digest: "00" }];
    }),
  );
}

/** A node that answers each question with the next of some states, the last of them again and again. Undefined: it does not answer. */
export class FakeNode implements UpgradedNode {
  /** The orders that it was given. */
  readonly verdicts: string[] = [];
  #now = 0;
  readonly #states: (Partial<ToldState> | undefined)[];
  readonly #begin: string | undefined;
  /** How another node is worse, at each question in turn. */
  readonly othersWorse: string[] = [];
  #wasInstalled = false;

  constructor(states: readonly (Partial<ToldState> | undefined)[], begin?: string) {
    this.#states = [...states];
    this.#begin = begin;
  }

  /** How often it was asked for all that it is. */
  asked = 0;

  readonly ask = (): Promise<NodeState | { readonly problem: string }> => {
    this.asked++;
    return this.#next();
  };

  readonly #next = (): Promise<NodeState | { readonly problem: string }> => {
    const state = this.#states.length > 1 ? this.#states.shift() : this.#states[0];
    return Promise.resolve(state === undefined ? { problem: "no route" } : stateOf(state));
  };

  /** The first state with all put in place is told twice: a node that has come so far is asked for the rest at once. */
  readonly askPhase = async (): Promise<UpgradeState | { readonly problem: string }> => {
    const next = this.#states[0];
    if (this.#wasInstalled || next === undefined || stateOf(next).phase !== "installed") return this.#next();
    this.#wasInstalled = true;
    return stateOfPhase(next);
  };

  readonly run = (script: string): Promise<{ readonly stdout: string } | { readonly problem: string }> => {
    const verdict = /(confirmed|refused)\nexit\n$/.exec(script)?.[1] ?? "begin";
    this.verdicts.push(verdict);
    return Promise.resolve(
      verdict === "begin" && this.#begin !== undefined ? { problem: this.#begin } : { stdout: "" },
    );
  };

  readonly whyOthersWorse = (): Promise<string | undefined> => Promise.resolve(this.othersWorse.shift());

  readonly times = {
    wholeWithinMs: 60_000,
    now: (): number => this.#now,
    pause: (): Promise<void> => {
      this.#now += 10_000;
      return Promise.resolve();
    },
  };
}
