/** Which release the nodes of a channel take, and what a node has installed. */
import { testKey, type TestKey } from "../keys.ts";
import * as make from "../records.ts";
import { alpha, control, DAY, type Members, MINUTE, NOW, update } from "../records.ts";
import { accept, type Case, held, refuse } from "./scene.ts";

const hash = "5b".repeat(32);
const released = { name: "florenetes-node", version: "0.2.0+git1~rc", arch: "amd64", length: 3_000_000, sha256: hash };
const rule = { steps: [100, 1_000, 10_000], whole: 9_500, back: 100, hold: 3_600 };
const software = {
  version: "0.2.0+git1~rc",
  packages: [released],
  stage: 100,
  contracts: [{ of: "routes", lowest: 1, highest: 3 }],
  rollback: { lowest: "0.1.0", until: NOW + 30 * DAY },
  leaves: [],
};
const life = { issued: NOW - MINUTE, expires: NOW + 30 * DAY };

function release(members: Members = {}, body: Members = {}, signers: readonly TestKey[] = update): Buffer {
  const who = { kind: "release", subject: "stable", authority: "update" };
  return make.record({ ...who, ...life, body: { ...software, ...body }, ...members }, signers);
}

function installed(members: Members = {}, body: Members = {}, signer: TestKey = alpha): Buffer {
  const who = { kind: "installed", subject: "alpha", authority: "node", issuer: "alpha" };
  const present = { channel: "stable", version: "0.1.0", state: "current", ...body };
  const quarter = { issued: NOW, expires: NOW + 15 * MINUTE };
  return make.record({ ...who, ...quarter, body: present, ...members }, [signer]);
}

/** Two programs beside the people of the quorum of updates. */
const robots = ["robot a", "robot b"].map(testKey);
const withRobots = make.root(
  make.rootBody({
    authorities: {
      root: make.listOf(make.root1, 2),
      control: make.listOf(control, 3),
      update: make.listOf(update, 2, robots),
    },
  }),
);
const ruled = { roots: [withRobots], held: [...held, release({}, { rule })] };
/** A release that programs alone have signed. */
const raised = (stage: number, body: Members = {}, members: Members = {}): Buffer =>
  release({ epoch: 2, ...members }, { rule, stage, ...body }, robots);
/** A renewal by programs of a service that the policy leaves to their quorum. */
const serviceOfUpdates = make.service({ subject: "updates", authority: "update", epoch: 2 }, {}, robots);
const packages = (count: number): readonly unknown[] =>
  Array.from({ length: count }, (_, at) => ({ ...released, name: `p${at}`, version: "1", length: 1 }));

export const releases: readonly Case[] = [
  accept("a release", release()),
  accept("a release that is stopped", release({}, { stage: 0 })),
  accept(
    "a release with a rule, a deadline and a node that it leaves",
    release({}, { rule, deadline: NOW, leaves: ["beta"] }),
  ),
  accept("a release of 64 packages", release({}, { packages: packages(64) })),
  accept(
    "a release of a package for two processors",
    release({}, { packages: [released, { ...released, arch: "arm64" }] }),
  ),
  accept("a void release", release(make.voided(90, {}))),
  refuse("body", "a release of 65 packages", release({}, { packages: packages(65) })),
  refuse("body", "a release of nothing", release({}, { packages: [] })),
  refuse("body", "a release with a package twice", release({}, { packages: [released, { ...released, length: 1 }] })),
  refuse("body", "a release with an empty package", release({}, { packages: [{ ...released, length: 0 }] })),
  refuse("body", "a release with a path as a package", release({}, { packages: [{ ...released, name: "../node" }] })),
  refuse("body", "a release with a path as a version", release({}, { version: "1/../2" })),
  refuse("body", "a release with an epoch in its version", release({}, { version: "1:0.2.0" })),
  refuse("body", "a release for more than all", release({}, { stage: 10_001 })),
  refuse(
    "body",
    "a release whose contract has no versions",
    release({}, { contracts: [{ of: "routes", lowest: 3, highest: 2 }] }),
  ),
  refuse("body", "a release without a way back", release({}, { rollback: undefined })),
  refuse("body", "a rule without steps", release({}, { rule: { ...rule, steps: [] } })),
  refuse("body", "a rule whose steps fall", release({}, { rule: { ...rule, steps: [1_000, 100] } })),
  refuse("body", "a rule with a step that stops", release({}, { rule: { ...rule, steps: [0, 100] } })),
  refuse("scope", "a release of an organization", release({ scope: "org/acme" })),
  refuse("authority", "a release by another quorum", release({ authority: "control" }, {}, control)),
  refuse("quorum", "a release that one has signed", release({}, {}, update.slice(0, 1))),
  refuse("lifetime", "a release for more than 90 days", release({ expires: NOW + 91 * DAY })),
  accept("keys of programs for the next step of a rule", raised(1_000), ruled),
  accept("keys of programs for the last step of a rule", raised(10_000), ruled),
  refuse(
    "quorum",
    "keys of programs for the same release for longer",
    raised(100, {}, { expires: NOW + 60 * DAY }),
    ruled,
  ),
  refuse("quorum", "keys of programs for a stage that is no step", raised(5_000), ruled),
  refuse("quorum", "keys of programs for a lower stage", raised(0), ruled),
  refuse(
    "quorum",
    "keys of programs for the next step for longer",
    raised(1_000, {}, { expires: NOW + 60 * DAY }),
    ruled,
  ),
  refuse("quorum", "keys of programs for a service of their quorum", serviceOfUpdates, {
    roots: [withRobots],
    held: [...held, make.service({ subject: "updates", authority: "update" }, {}, update)],
  }),
  refuse("quorum", "keys of programs for a shorter release", raised(1_000, {}, { expires: NOW + DAY }), ruled),
  refuse("quorum", "keys of programs for another version", raised(1_000, { version: "0.3.0" }), ruled),
  refuse("quorum", "keys of programs for another rule", raised(1_000, { rule: { ...rule, back: 10_000 } }), ruled),
  refuse("quorum", "keys of programs for a release without a rule", release({ epoch: 2 }, { stage: 1_000 }, robots), {
    roots: [withRobots],
    held: [...held, release()],
  }),
  refuse("quorum", "keys of programs for a release that people have stopped", raised(1_000), {
    roots: [withRobots],
    held: [...held, release({}, { rule, stage: 0 })],
  }),
  refuse("quorum", "keys of programs for the first release", raised(1_000), { roots: [withRobots] }),
  accept("a stop by people below what programs have raised", release({ epoch: 3 }, { rule, stage: 0 }), {
    roots: [withRobots],
    held: [...held, release({}, { rule }), raised(10_000, {}, { epoch: 7 })],
  }),
  accept("what a node has installed", installed()),
  accept(
    "what a node has that waits for a release",
    installed({}, { state: "waiting", release: { epoch: 3, version: "0.2.0" } }),
  ),
  accept("what a node has that went back", installed({}, { state: "back", code: "ERR_UPDATE_NOT_WHOLE" })),
  refuse("body", "a state that there is not", installed({}, { state: "fine" })),
  refuse("body", "a code with markup", installed({}, { state: "back", code: "<B>" })),
  refuse("body", "a code without end", installed({}, { state: "back", code: "E".repeat(65) })),
  refuse("subject", "what another node has", installed({ subject: "beta" })),
  refuse("lifetime", "what a node has for longer", installed({ expires: NOW + 16 * MINUTE })),
];
