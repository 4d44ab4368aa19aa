/** Joins of the cluster `demo`, and what has to come of them, as tests and vectors have them. */
import { hash } from "node:crypto";
import { recordIdOf, readEnvelope } from "../../src/envelope.ts";
import { formatTime } from "../../src/fields.ts";
import { admittedNode } from "../../src/joins/admitted-node.ts";
import { readJoinAnswer, writeJoinAnswer } from "../../src/joins/join-answer.ts";
import { type JoinMembers, joinToBeSigned, writeJoin, writeJoinPayload, writeJoinText } from "../../src/joins/join.ts";
import type { JoinReason } from "../../src/joins/join-reasons.ts";
import { readToken, type Token } from "../../src/joins/token.ts";
import { factOf } from "../held.ts";
import { type TestKey } from "../keys.ts";
import {
  alpha,
  DAY,
  endpoint,
  gamma,
  MINUTE,
  type Members,
  node,
  NOW,
  record,
  role,
  service,
  tokenKey,
  token as tokenRecord,
  voided,
} from "../records.ts";

export const joinVectorsFile: URL = new URL("../../vectors/joins.json", import.meta.url);

/** The token whose seed is 32 times the octet 7. */
export const sevens: Token = readToken(tokenTextOf(Buffer.alloc(32, 7)))!;

function tokenTextOf(seed: Buffer): string {
  const check = hash("sha256", Buffer.concat([Buffer.from("FLORENETES TOKEN\0"), seed]), "buffer").subarray(0, 4);
  return `flor-token-${Buffer.concat([seed, check]).toString("base64url")}`;
}

type Signing = Pick<TestKey, "key" | "sign">;

/** A join of gamma by the token of `records.ts`, unless it is said otherwise. */
export function join(members: Partial<JoinMembers> = {}, byNode: Signing = gamma, byToken: Signing = tokenKey): Buffer {
  const all = { cluster: "demo", node: "gamma", key: byNode.key, token: byToken.key, time: NOW - MINUTE, ...members };
  return signed(writeJoinPayload(all), byNode, byToken);
}

function signed(payload: Uint8Array, byNode: Signing = gamma, byToken: Signing = tokenKey): Buffer {
  const octets = joinToBeSigned(payload);
  return writeJoin({ payload, byNode: byNode.sign(octets), byToken: byToken.sign(octets) });
}

/** A join whose signatures are of another one. */
function resigned(members: Partial<JoinMembers>): Buffer {
  const wrong = join(members);
  return Buffer.concat([wrong.subarray(0, -128), join().subarray(-128)]);
}

export interface JoinCase {
  readonly name: string;
  readonly join: Buffer;
  readonly held: readonly Uint8Array[];
  readonly now: number;
  /** The nodes that the token has let in so far: keys by names. */
  readonly admitted: Readonly<Record<string, string>>;
  /** The nodes that other tokens have let in so far. */
  readonly others: Readonly<Record<string, string>>;
  readonly outcome: "joined" | "admissible" | JoinReason;
}

type Changes = Partial<Pick<JoinCase, "held" | "now" | "admitted" | "others">>;

const jn = (outcome: JoinCase["outcome"], name: string, octets: Buffer, changes: Changes = {}): JoinCase => {
  return { name, join: octets, held: [tokenRecord()], now: NOW, admitted: {}, others: {}, outcome, ...changes };
};

const two = [tokenRecord({}, { count: 2 })];
const gammaAs = (members: Members, body: Members = {}): Uint8Array =>
  node(gamma, members, { "trust-tier": 0, ...body });

const seedsOf = (name: string, { key }: TestKey): Uint8Array =>
  record({ kind: "seeds", subject: "seeds", body: { seeds: [{ node: name, key, endpoints: [endpoint] }] } });

export const joinCases: readonly JoinCase[] = [
  jn("admissible", "a node with a token", join()),
  jn("admissible", "a node that asks again", join({ time: NOW }), { admitted: { gamma: gamma.key } }),
  jn("admissible", "the second of two nodes", join(), { held: two, admitted: { alpha: alpha.key } }),
  jn("admissible", "a join that is 5 minutes old", join({ time: NOW - 5 * MINUTE })),
  jn("joined", "a node that has its record", join(), { held: [tokenRecord(), gammaAs({})] }),
  jn("joined", "a node that people have approved meanwhile", join(), { held: [tokenRecord(), node(gamma)] }),
  jn("form", "no octets", Buffer.alloc(0)),
  jn("form", "a later version", Buffer.concat([Buffer.of(2), join().subarray(1)])),
  jn("form", "an octet too many", Buffer.concat([join(), Buffer.of(0)])),
  jn("form", "an octet too few", join().subarray(0, -1)),
  jn("form", "white space in the payload", signed(Buffer.from(`${payloadText()} `))),
  jn("form", "a member too many", signed(Buffer.from(payloadText().replace("{", '{"colour":"red",')))),
  jn("form", "a member missing", signed(Buffer.from(payloadText().replace(/"time":"[^"]*",/, "")))),
  jn("form", "a name that is none", signed(Buffer.from(payloadText().replace('"gamma"', '"../etc"')))),
  jn("form", "a payload that is too large", signed(Buffer.alloc(513, "x"))),
  jn("cluster", "another cluster", join({ cluster: "other" })),
  jn("time", "a join of yesterday", join({ time: NOW - DAY })),
  jn("time", "a join of tomorrow", join({ time: NOW + DAY })),
  jn("unknown-token", "a token without a record", join(), { held: [] }),
  jn("unknown-token", "another token", join({}, gamma, sevens)),
  jn("void-token", "a token that was taken back", join(), {
    held: [tokenRecord(), tokenRecord(voided(7, { epoch: 2 }))],
  }),
  jn("void-token", "a token that was taken back, and that nobody else remembers", join(), {
    held: [tokenRecord(voided(7, { epoch: 2 }))],
  }),
  jn("ended-token", "a token that has ended", join({ time: NOW + 2 * DAY }), { now: NOW + 2 * DAY }),
  jn("signature", "another key than the one that was let in", resigned({ key: alpha.key })),
  jn("signature", "another name", resigned({ node: "delta" })),
  jn("signature", "another time", resigned({ time: NOW })),
  jn("signature", "a node's key that the bearer does not have", join({ key: alpha.key })),
  jn("signature", "a token's key that the bearer does not have", join({ token: tokenKey.key }, gamma, sevens)),
  jn("name", "the name of a node with another key", join({ node: "alpha" }), { held: [tokenRecord(), node(alpha)] }),
  jn("name", "the name of a node that was taken back", join(), {
    held: [tokenRecord(), gammaAs({}), gammaAs(voided(400, { epoch: 2 }))],
  }),
  jn("name", "the name of a node whose record has ended", join(), {
    held: [tokenRecord(), gammaAs({ expires: NOW - 1 })],
  }),
  jn("name", "the name of a node that is on its way in", join(), { held: two, admitted: { gamma: alpha.key } }),
  jn("name", "a name that has a role, and no record of a node", join(), {
    held: [tokenRecord(), role("gamma/update-cache/north")],
  }),
  jn("name", "a name whose role was taken back", join(), {
    held: [tokenRecord(), role("gamma/update-cache/north", voided(400, { epoch: 2 }))],
  }),
  jn("name", "the name of a service's host, and no record of a node", join(), {
    held: [tokenRecord(), service({}, { hosts: [{ node: "gamma", priority: 1, weight: 1 }] })],
  }),
  jn("name", "the name of a seed with another key", join(), { held: [tokenRecord(), seedsOf("gamma", alpha)] }),
  jn("admissible", "the name of a seed with this key", join(), { held: [tokenRecord(), seedsOf("gamma", gamma)] }),
  jn("name", "a name that another token has given to another key", join(), { others: { gamma: alpha.key } }),
  jn("admissible", "a node that comes with a second token", join(), { others: { gamma: gamma.key } }),
  jn("used-up", "a second node with a token for one", join(), { admitted: { alpha: alpha.key } }),
];

/** Answers to joins, and octets that are none. */
const refusal = (text: string): Buffer => Buffer.concat([Buffer.of(2), Buffer.from(text)]);

export const answers: readonly { readonly name: string; readonly octets: Buffer }[] = [
  { name: "joined", octets: writeJoinAnswer({ outcome: "joined", record: gammaAs({}) }) },
  { name: "one of two programs has signed", octets: writeJoinAnswer({ outcome: "waits", signed: 1, needed: 2 }) },
  { name: "refused", octets: writeJoinAnswer({ outcome: "refused", reason: "used-up" }) },
  {
    name: "refused by a budget",
    octets: writeJoinAnswer({
      outcome: "refused",
      reason: "quota",
      quota: { of: "joins", used: 5, most: 5, seconds: 1_800 },
    }),
  },
  { name: "refused by a budget that says nothing", octets: refusal("quota") },
  { name: "refused by a budget of something else", octets: refusal("quota leases 5 5 0") },
  { name: "refused by a budget with a number too few", octets: refusal("quota nodes 5 5") },
  { name: "refused by a budget with a number in another form", octets: refusal("quota nodes 05 5 0") },
  { name: "refused by a budget with a number above 2^53 - 1", octets: refusal("quota nodes 9007199254740992 5 0") },
  { name: "no octets", octets: Buffer.alloc(0) },
  { name: "joined without a record", octets: Buffer.of(0) },
  { name: "a number missing", octets: Buffer.of(1, 1) },
  { name: "a number too many", octets: Buffer.of(1, 1, 2, 3) },
  { name: "no reason", octets: Buffer.of(2) },
  { name: "another reason", octets: Buffer.concat([Buffer.of(2), Buffer.from("weather")]) },
  { name: "another outcome", octets: Buffer.of(3) },
];

function readAnswer(octets: Buffer): object {
  const answer = readJoinAnswer(octets);
  if (answer?.outcome !== "joined") return answer ?? { outcome: "none" };
  return { outcome: answer.outcome, record: Buffer.from(answer.record).toString("base64") };
}

/** Texts that are no tokens, by what is wrong with them. */
export const wrongTokens: Readonly<Record<string, string>> = {
  "a letter mistyped": sevens.text.replace("H", "h"),
  "a letter too few": sevens.text.slice(0, -1),
  "two letters swapped": sevens.text.replace(/(.)(.)$/, "$2$1"),
  "in capitals": sevens.text.toUpperCase(),
  "without its beginning": sevens.text.slice("flor-token-".length),
  "a word before it": `token ${sevens.text}`,
};

function payloadText(): string {
  return join().subarray(3, -128).toString();
}

/** The text of the published file. */
export function joinVectorsText(): string {
  const base64 = (octets: Uint8Array): string => Buffer.from(octets).toString("base64");
  const issued = factOf(tokenRecord());
  const admitted = admittedNode(issued, { node: "gamma", key: gamma.key });
  const envelope = readEnvelope(admitted);
  const shown = {
    tokens: [{ seed: "07".repeat(32), text: sevens.text, key: sevens.key, id: sevens.keyId }],
    wrongTokens: Object.entries(wrongTokens).map(([name, text]) => ({ name, text })),
    text: { octets: base64(join()), text: writeJoinText(join()) },
    admitted: {
      token: base64(tokenRecord()),
      node: "gamma",
      key: gamma.key,
      record: base64(admitted),
      id: typeof envelope === "string" ? envelope : recordIdOf(envelope.payload),
    },
    answers: answers.map(({ name, octets }) => ({ name, octets: octets.toString("hex"), ...readAnswer(octets) })),
    judged: joinCases.map(({ name, join: octets, held, now, admitted: names, others, outcome }) => ({
      name,
      now: formatTime(now),
      held: held.map(base64),
      admitted: names,
      others,
      join: base64(octets),
      outcome,
    })),
  };
  return `${JSON.stringify(shown, undefined, 1)}\n`;
}
