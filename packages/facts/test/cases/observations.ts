/** Observations of partitions, by their observers. */
import type { TestKey } from "../keys.ts";
import * as make from "../records.ts";
import { alpha, beta, gamma, type Members, MINUTE, NOW } from "../records.ts";
import { accept, alphaNode, type Case, held, refuse } from "./scene.ts";

const nodes = [3, 1, 1, 0, 2];
const whole = { of: "all", role: "", nodes, findings: [["loss", 1]], measures: [["cpu", 41, [2, 1]]] };
const said = { since: NOW - MINUTE, cells: [whole], versions: [["0.2.0", 3]], otherVersions: 0 };

function observation(members: Members = {}, body: Members = {}, signer: TestKey = alpha): Buffer {
  const who = { kind: "observation", scope: "cluster", subject: "north/alpha", authority: "observer", issuer: "alpha" };
  const life = { issued: NOW, expires: NOW + 5 * MINUTE };
  return make.record({ ...who, ...life, body: { ...said, ...body }, ...members }, [signer]);
}

const cellsOf = (...cells: readonly Members[]): Buffer => observation({}, { cells });
const changed = (cell: Members): Buffer => cellsOf({ ...whole, ...cell });
const numbered = (count: number, row: (at: number) => unknown): readonly unknown[] =>
  Array.from({ length: count }, (_, at) => row(at));
const roles = (count: number): readonly Members[] =>
  Array.from({ length: count }, (_, at) => ({ ...whole, of: "role", role: `r${at}` }));

const observer = make.role("alpha/observer/north");
const observed = { held: [...held, observer] };
const ofAcme = { held: [alphaNode, make.role("alpha/observer/north", { scope: "org/acme" })] };

export const observations: readonly Case[] = [
  accept("an observation", observation(), observed),
  accept("an observation of an organization", observation({ scope: "org/acme" }), observed),
  accept(
    "an observation of an organization, by its own observer",
    observation({ scope: "org/acme" }, { cells: [] }),
    ofAcme,
  ),
  accept(
    "an observation with all that it has room for",
    cellsOf(
      {
        ...whole,
        findings: numbered(32, (at) => [`f${at}`, 1]),
        measures: numbered(16, (at) => [`m${at}`, 1, numbered(16, () => 1)]),
      },
      { ...whole, of: "none" },
      { ...whole, of: "other" },
      ...roles(16),
    ),
    observed,
  ),
  accept("an observation of 16 versions", observation({}, { versions: numbered(16, (at) => [`v${at}`, 1]) }), observed),
  refuse(
    "body",
    "an observation of 17 versions",
    observation({}, { versions: numbered(17, (at) => [`v${at}`, 1]) }),
    observed,
  ),
  refuse("body", "an observation of 20 cells", cellsOf(...roles(20)), observed),
  refuse("body", "an observation of one cell twice", cellsOf(whole, whole), observed),
  refuse("body", "an observation of a role without a name", changed({ of: "role" }), observed),
  refuse("body", "an observation of all nodes of a role", changed({ role: "relay" }), observed),
  refuse("body", "an observation of other nodes than there are kinds of", changed({ of: "best" }), observed),
  refuse("body", "an observation of four counts of nodes", changed({ nodes: nodes.slice(1) }), observed),
  refuse("body", "an observation of less than no node", changed({ nodes: ["-1", 0, 0, 0, 0] }), observed),
  refuse("body", "an observation of 33 findings", changed({ findings: numbered(33, (at) => [`f${at}`, 1]) }), observed),
  refuse(
    "body",
    "an observation of one finding twice",
    changed({
      findings: [
        ["loss", 1],
        ["loss", 2],
      ],
    }),
    observed,
  ),
  refuse(
    "body",
    "an observation of 17 measures",
    changed({ measures: numbered(17, (at) => [`m${at}`, 1, [1]]) }),
    observed,
  ),
  refuse("body", "an observation of a measure without buckets", changed({ measures: [["cpu", 0, []]] }), observed),
  refuse(
    "body",
    "an observation of a measure with 17 buckets",
    changed({ measures: [["cpu", 0, numbered(17, () => 0)]] }),
    observed,
  ),
  refuse(
    "body",
    "an observation of buckets whose sum is no exact number",
    changed({ measures: [["cpu", 1, [Number.MAX_SAFE_INTEGER, 1]]] }),
    observed,
  ),
  refuse("body", "an observation of a sum that is no number", changed({ measures: [["cpu", "much", [1]]] }), observed),
  refuse("body", "an observation that names nodes", observation({}, { unwell: ["beta"] }), observed),
  refuse("body", "a void observation", observation({ void: true, body: {} }), observed),
  refuse("issuer", "an observation by a node that observes nothing", observation()),
  refuse(
    "issuer",
    "an observation of another organization by an organization's observer",
    observation({ scope: "org/other" }),
    ofAcme,
  ),
  refuse(
    "issuer",
    "an observation by a node without a record",
    observation({ subject: "north/gamma", issuer: "gamma" }, {}, gamma),
  ),
  refuse("subject", "an observation in another observer's slot", observation({ subject: "north/beta" }), observed),
  refuse("subject", "an observation of no partition", observation({ subject: "alpha" }), observed),
  refuse("authority", "an observation by the authority of a node", observation({ authority: "node" }), observed),
  refuse("unknown-key", "an observation by another key than the observer's", observation({}, {}, beta), observed),
  refuse("lifetime", "an observation for six minutes", observation({ expires: NOW + 6 * MINUTE }), observed),
];
