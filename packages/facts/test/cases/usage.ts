/** Receipts of nodes, whose shares were whose, and the sums of observers. */
import type { TestKey } from "../keys.ts";
import * as make from "../records.ts";
import { alpha, beta, DAY, gamma, HOUR, type Members, NOW } from "../records.ts";
import { accept, alphaNode, type Case, held, refuse } from "./scene.ts";

const life = { issued: NOW, expires: NOW + 400 * DAY };
const hour = Math.floor(NOW / HOUR) - 1;

const passed = [
  [0, 1, 1, 1_911, 3, 12, 3_456],
  [1, 0, 1, 1_911, 3, 10, 999],
];
const own = [[0, 1_911, 3, 12, 3_456, 10, 999]];
const parties = { peers: ["beta", "gamma"], coordinators: ["beta"], passed, own, left: 0 };

function receipt(members: Members = {}, body: Members = {}, signer: TestKey = alpha): Buffer {
  const who = { kind: "receipt", subject: `${hour}/0/alpha`, authority: "node", issuer: "alpha" };
  return make.record({ ...who, ...life, body: { ...parties, ...body }, ...members }, [signer]);
}

function shares(members: Members = {}, told: unknown = [[1_911, "acme"]], signer: TestKey = beta): Buffer {
  const who = { kind: "shares", subject: `${hour}/beta`, authority: "route", issuer: "beta" };
  const week = { issued: NOW, expires: NOW + 7 * DAY };
  return make.record({ ...who, ...week, body: { shares: told }, ...members }, [signer]);
}

const relays = [["alpha", 3, 12, 3_456, 3_500]];
const sums = { partition: "north", receipts: 3, missing: 0, relays, rest: [0, 0, 0] };

function usageOf(members: Members = {}, body: Members = {}, signer: TestKey = alpha): Buffer {
  const who = { kind: "usage", scope: "org/acme", subject: `${hour}/alpha`, authority: "observer", issuer: "alpha" };
  return make.record({ ...who, ...life, body: { ...sums, ...body }, ...members }, [signer]);
}

const observer = make.role("alpha/observer/north");
const observed = { held: [...held, observer] };
const numbered = (count: number, row: (at: number) => unknown): readonly unknown[] =>
  Array.from({ length: count }, (_, at) => row(at));

export const usage: readonly Case[] = [
  accept("a receipt", receipt()),
  accept("a receipt of nothing", receipt({}, { peers: [], coordinators: [], passed: [], own: [] })),
  accept("the last part of a receipt", receipt({ subject: `${hour}/7/alpha` })),
  accept(
    "a receipt of rows of nobody's share and by nobody's permits",
    receipt({}, { passed: [[0, 1, 0, 0, 0, 1, 1]] }),
  ),
  accept("a receipt of the most that a row may have", receipt({}, { passed: [[0, 1, 0, 0, 0, 10 ** 15, 10 ** 15]] })),
  accept("a receipt of 512 rows", receipt({}, { passed: numbered(512, (at) => [0, 1, 0, at, 0, 1, 1]), own: [] })),
  refuse("body", "a receipt of 513 rows", receipt({}, { passed: numbered(513, (at) => [0, 1, 0, at, 0, 1, 1]) })),
  refuse("body", "a receipt with a row twice", receipt({}, { passed: [passed[0], [...passed[0]!.slice(0, 5), 1, 1]] })),
  refuse(
    "body",
    "a receipt with its own row twice",
    receipt({}, { own: [own[0], [...own[0]!.slice(0, 3), 1, 1, 1, 1]] }),
  ),
  refuse("body", "a receipt of a neighbour that it has not", receipt({}, { passed: [[0, 2, 1, 1, 3, 1, 1]] })),
  refuse("body", "a receipt of a coordinator that it has not", receipt({}, { passed: [[0, 1, 2, 1, 3, 1, 1]] })),
  refuse(
    "body",
    "a receipt of its own connections by a neighbour that it has not",
    receipt({}, { own: [[2, 1, 3, 1, 1, 1, 1]] }),
  ),
  refuse("body", "a receipt of less than nothing", receipt({}, { passed: [[0, 1, 1, 1, 3, "-1", 1]] })),
  refuse(
    "body",
    "a receipt of more than a terabit a second",
    receipt({}, { passed: [[0, 1, 1, 1, 3, 1, 10 ** 15 + 1]] }),
  ),
  refuse("body", "a receipt of the share 4,096", receipt({}, { passed: [[0, 1, 1, 4_096, 3, 1, 1]] })),
  refuse("body", "a receipt of a class that relays do not carry", receipt({}, { passed: [[0, 1, 1, 1, 5, 1, 1]] })),
  refuse("body", "a receipt of one neighbour twice", receipt({}, { peers: ["beta", "beta"] })),
  refuse("body", "a receipt that does not say what was left out", receipt({}, { left: undefined })),
  refuse("body", "a receipt that says more", receipt({}, { parties: ["acme"] })),
  refuse("body", "a void receipt", receipt({ void: true, body: {} })),
  refuse("subject", "a receipt of an hour that is no number", receipt({ subject: "now/0/alpha" })),
  refuse("subject", "a receipt of an hour with a zero in front", receipt({ subject: "01/0/alpha" })),
  refuse("subject", "the ninth part of a receipt", receipt({ subject: `${hour}/8/alpha` })),
  refuse("subject", "a receipt without a part", receipt({ subject: `${hour}/alpha` })),
  refuse("subject", "a receipt of another node", receipt({ subject: `${hour}/0/beta` })),
  refuse("subject", "a receipt of a node whose name ends alike", receipt({ subject: `${hour}/0/x/alpha` })),
  refuse("scope", "a receipt of an organization", receipt({ scope: "org/acme" })),
  refuse(
    "issuer",
    "a receipt of a node without a record",
    receipt({ subject: `${hour}/0/gamma`, issuer: "gamma" }, {}, gamma),
  ),
  refuse("unknown-key", "a receipt by another key", receipt({}, {}, beta)),
  refuse("lifetime", "a receipt for 401 days", receipt({ expires: NOW + 401 * DAY })),
  accept("shares of an hour", shares()),
  accept(
    "a share of two organizations, and an organization with two",
    shares({}, [
      [1, "a"],
      [1, "b"],
      [2, "a"],
    ]),
  ),
  accept(
    "256 shares",
    shares(
      {},
      numbered(256, (at) => [at + 1, "acme"]),
    ),
  ),
  refuse(
    "body",
    "257 shares",
    shares(
      {},
      numbered(257, (at) => [at + 1, "acme"]),
    ),
  ),
  refuse("body", "the share of nobody", shares({}, [[0, "acme"]])),
  refuse(
    "body",
    "a share of an organization twice",
    shares({}, [
      [1, "acme"],
      [1, "acme"],
    ]),
  ),
  refuse("body", "a share of an organization with a wrong name", shares({}, [[1, "Acme"]])),
  refuse(
    "issuer",
    "shares by a node that coordinates nothing",
    shares({ issuer: "alpha", subject: `${hour}/alpha` }, [], alpha),
  ),
  refuse("subject", "shares of another coordinator", shares({ subject: `${hour}/alpha` })),
  refuse("subject", "shares of a part", shares({ subject: `${hour}/0/beta` })),
  refuse("authority", "shares by the authority of a node", shares({ authority: "node" })),
  refuse("lifetime", "shares for 8 days", shares({ expires: NOW + 8 * DAY })),
  accept("usage of an organization", usageOf(), observed),
  accept("usage of no organization", usageOf({ scope: "cluster" }), observed),
  accept("usage by an observer of the organization", usageOf(), {
    held: [alphaNode, make.role("alpha/observer/north", { scope: "org/acme" })],
  }),
  accept("usage of 256 rows", usageOf({}, { relays: numbered(256, (at) => [`r${at}`, 0, 1, 1, 1]) }), observed),
  refuse("body", "usage of 385 rows", usageOf({}, { relays: numbered(385, (at) => [`r${at}`, 0, 1, 1, 1]) }), observed),
  refuse(
    "body",
    "usage with a relay and a class twice",
    usageOf({}, { relays: [...relays, ["alpha", 3, 1, 1, 1]] }),
    observed,
  ),
  refuse("body", "usage that names an origin", usageOf({}, { origins: ["beta"] }), observed),
  refuse("issuer", "usage by a node that observes nothing", usageOf()),
  refuse("issuer", "usage by an observer of another partition", usageOf(), {
    held: [...held, make.role("alpha/observer/south")],
  }),
  refuse("issuer", "usage of another organization by an organization's observer", usageOf({ scope: "org/other" }), {
    held: [alphaNode, make.role("alpha/observer/north", { scope: "org/acme" })],
  }),
  refuse("subject", "usage in another observer's slot", usageOf({ subject: `${hour}/beta` }), observed),
  refuse("authority", "usage by the authority of a node", usageOf({ authority: "node" }), observed),
  refuse("unknown-key", "usage by another key than the observer's", usageOf({}, {}, beta), observed),
  refuse("lifetime", "usage for 401 days", usageOf({ expires: NOW + 401 * DAY }), observed),
];
