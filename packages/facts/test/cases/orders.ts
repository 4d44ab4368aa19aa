/** Orders for nodes that nobody can log in to, and what became of them. */
import type { TestKey } from "../keys.ts";
import * as make from "../records.ts";
import { alpha, beta, control, DAY, HOUR, type Members, MINUTE, NOW, update } from "../records.ts";
import { accept, type Case, held, refuse } from "./scene.ts";

const life = { issued: NOW, expires: NOW + 24 * HOUR };

function order(members: Members = {}, body: Members = {}, signers: readonly TestKey[] = control): Buffer {
  const who = { kind: "order", scope: "cluster", subject: "alpha", authority: "control" };
  return make.record({ ...who, ...life, body: { action: "report", ...body }, ...members }, signers);
}

const word = { order: "5b".repeat(32), action: "restart", state: "done", text: "the units were started anew" };

function outcome(members: Members = {}, body: Members = {}, signer: TestKey = alpha): Buffer {
  const who = { kind: "outcome", subject: "alpha", authority: "node", issuer: "alpha" };
  const week = { issued: NOW, expires: NOW + 7 * DAY };
  return make.record({ ...who, ...week, body: { ...word, ...body }, ...members }, [signer]);
}

const good = (name: string, octets: Buffer): Case => accept(name, octets, { held });
const bad = (reason: Parameters<typeof refuse>[0], name: string, octets: Buffer): Case =>
  refuse(reason, name, octets, { held });

export const orders: readonly Case[] = [
  good("an order", order()),
  good("an order to go back", order({}, { action: "back" })),
  good("an order of an organization's node", order({ scope: "org/acme" }, { action: "rejoin" })),
  good("a void order", order(make.voided(1, { issued: NOW - MINUTE }))),
  bad("body", "an order for anything else", order({}, { action: "shell" })),
  bad("body", "an order with an argument", order({}, { action: "restart", unit: "sshd" })),
  bad("subject", "an order for two nodes", order({ subject: "alpha/beta" })),
  bad("lifetime", "an order for more than a day", order({ expires: NOW + 25 * HOUR })),
  bad("quorum", "an order that one has signed", order({}, {}, control.slice(0, 1))),
  bad("authority", "an order by another quorum", order({ authority: "update" }, {}, update)),
  good("an outcome", outcome()),
  good("an outcome with a code", outcome({}, { state: "refused", code: "ERR_FABRIC_ORDER_NO_UPDATER" })),
  good("an outcome with the longest report", outcome({}, { action: "report", report: "x".repeat(8_192) })),
  bad("body", "an outcome with a longer report", outcome({}, { action: "report", report: "x".repeat(8_193) })),
  bad("body", "an outcome with a sentence too long", outcome({}, { text: "x".repeat(513) })),
  bad("body", "an outcome whose sentence has an end of line", outcome({}, { text: "one\ntwo" })),
  bad("body", "an outcome whose report is no ASCII", outcome({}, { report: "\u00e4" })),
  bad("body", "an outcome of no order", outcome({}, { order: "5b" })),
  bad("body", "an outcome in a state that there is not", outcome({}, { state: "perhaps" })),
  bad("body", "an outcome with a code of digits", outcome({}, { code: "ERR_1" })),
  bad("subject", "an outcome by another node", outcome({ issuer: "beta" }, {}, beta)),
  bad("lifetime", "an outcome for more than a week", outcome({ expires: NOW + 8 * DAY })),
];
