/** Records in good form that do not follow what is held, that may not say what they say, or lack signatures. */
import { writeEnvelope } from "../../src/envelope.ts";
import { renewal, renewed } from "./accepted.ts";
import * as make from "../records.ts";
import { DAY, MINUTE, NOW, alpha, beta, gamma, control, auto, stranger, update } from "../records.ts";
import {
  type Case,
  alphaNode,
  betaNode,
  checkpoint,
  development,
  held,
  leader,
  ofPrograms,
  passedOn,
  policy,
  programs,
  refuse,
  rest,
  root1,
  root2,
  signatureBroken,
  unknownKind,
} from "./scene.ts";

const twice = make.record({ epoch: 5 });
export const place: readonly Case[] = [
  refuse("duplicate", "a record that is held", policy),
  refuse("duplicate", "the root of today", root1),
  refuse("older", "a lower epoch", make.record({ epoch: 4 }), { held: [...held, twice] }),
  refuse("older", "another root of the version of today", make.root(make.rootBody({ grace: 0 }))),
  refuse("older", "the root before", root1, { roots: [root1, root2] }),
  refuse("voided", "the epoch of a void record", make.node(alpha, { epoch: 2 }, { "trust-tier": 2 }), {
    held: [...held, make.node(alpha, make.voided(400, { epoch: 2 }))],
  }),
  refuse("gap", "a root that leaves a version out", make.root(make.rootBody(), { epoch: 3 })),
];

/** All programs, and one person less than a quorum. */
const captured = [...programs, ...rest];
const noCoordinator = [alphaNode, betaNode, policy];
export const rights: readonly Case[] = [
  refuse("development", "a record by a development root", make.record({ epoch: 2 }), { roots: [development] }),
  refuse("development", "a next root for development", make.root(make.rootBody({ mode: "development" }), { epoch: 2 })),
  refuse("authority", "a policy of the update quorum", make.record({ epoch: 2, authority: "update" }, update)),
  refuse(
    "authority",
    "a service of the update quorum without a policy",
    make.service({ authority: "update" }, {}, update),
  ),
  refuse(
    "authority",
    "a service of the control quorum that is the update quorum's",
    make.service({ subject: "updates" }),
  ),
  refuse(
    "authority",
    "an organization's service of which only the cluster's policy speaks",
    make.service({ subject: "updates", scope: "org/acme", authority: "update" }, {}, update),
  ),
  refuse("authority", "an authority that the root has not", unknownKind({ authority: "storage" })),
  refuse("authority", "an authority that there is not", make.record({ epoch: 2, authority: "nobody" })),
  refuse(
    "authority",
    "a kind of a later version by a node",
    unknownKind({ authority: "node", issuer: "alpha" }, [alpha]),
  ),
  refuse(
    "authority",
    "a control record under a root that has ended",
    make.record({ epoch: 2, issued: NOW + 349 * DAY, expires: NOW + 351 * DAY }),
    { now: NOW + 350 * DAY },
  ),
  refuse(
    "authority",
    "a root by the control quorum",
    make.root(make.rootBody(), { epoch: 2, authority: "control" }, control),
  ),
  refuse(
    "authority",
    "a relay's role that a holder passes on",
    make.role("gamma/relay/north", { authority: "holder", issuer: "alpha" }, {}, [alpha]),
  ),
  refuse("authority", "a role of the control quorum's that a holder takes over", passedOn({ epoch: 2 }), {
    held: [...held, make.role("gamma/service-host/north")],
  }),
  refuse("authority", "a checkpoint by another policy", checkpoint({}, { policy: 2 })),
  refuse("scope", "a node of an organization's scope", make.node(gamma, { scope: "org/acme" })),
  refuse("issuer", "an issuer beside a quorum", make.record({ epoch: 2, issuer: "alpha" })),
  refuse("issuer", "an announce without an issuer", make.announce(alpha, { issuer: undefined })),
  refuse("issuer", "a node that is not known", make.announce(gamma)),
  refuse("issuer", "a node whose record is void", make.announce(alpha), {
    held: [...held, make.node(alpha, make.voided(400, { epoch: 2 }))],
  }),
  refuse(
    "issuer",
    "a node whose record has ended",
    make.announce(alpha, { issued: NOW + 2 * DAY, expires: NOW + 2 * DAY + MINUTE }),
    { now: NOW + 2 * DAY },
  ),
  refuse("issuer", "a leader by a node that coordinates nothing", leader(), { held: noCoordinator }),
  refuse(
    "issuer",
    "a role for oneself",
    make.role("alpha/service-host/north", { epoch: 2, authority: "holder", issuer: "alpha" }, {}, [alpha]),
    { held: [alphaNode] },
  ),
  refuse(
    "issuer",
    "a role for oneself by whom it was passed on to",
    passedOn({ epoch: 2, issuer: "gamma" }, {}, [gamma]),
    { held: [...held, make.node(gamma), passedOn()] },
  ),
  refuse("issuer", "a role passed on by a node that does not hold it", passedOn({ issuer: "beta" }, {}, [beta])),
  refuse("subject", "an announce about another node", make.announce(alpha, { subject: "beta" })),
  refuse("subject", "a policy of the cluster with the scope of an organization", make.record({ scope: "org/acme" })),
  refuse("subject", "a token under a name", make.token({ subject: "token" })),
  refuse("scope", "a token of an organization's scope", make.token({ scope: "org/acme" })),
  refuse("voided", "a token that was taken back", make.token(), { held: [...held, make.token(make.voided(7, {}))] }),
  refuse("subject", "a role without a partition", make.role("gamma/relay")),
  refuse("subject", "a checkpoint of another log", checkpoint({ subject: "log-2" })),
  refuse("depth", "a role passed on by a holder who may not", passedOn(), {
    held: [alphaNode, make.role("alpha/service-host/north")],
  }),
  refuse("depth", "a role passed on that may be passed on", passedOn({}, { depth: 1 })),
  refuse("depth", "a role passed on with another service", passedOn({}, { services: ["web", "shop"] })),
  refuse("depth", "a role passed on with another action", passedOn({}, { actions: ["serve", "manage"] })),
  refuse("depth", "a role passed on that outlives its holder's", passedOn({ expires: NOW + 2 * DAY })),
];

export const signatures: readonly Case[] = [
  refuse("unknown-key", "two of three, and a stranger", make.record({ epoch: 2 }, [...rest, stranger])),
  refuse("unknown-key", "an announce signed by another node", make.announce(alpha, {}, {}, [beta])),
  refuse(
    "unknown-key",
    "keys that the next root has left out, behind its grace",
    make.record({ epoch: 2, issued: NOW + 8 * DAY, expires: NOW + 9 * DAY }),
    { roots: [root1, root2], now: NOW + 8 * DAY },
  ),
  refuse(
    "unknown-key",
    "the next root, signed by its own quorum alone",
    make.root(make.rootBody({}, [alpha, beta, gamma]), { epoch: 2 }, [alpha, beta]),
  ),
  refuse(
    "unknown-key",
    "the next root, signed by the quorum before alone",
    make.root(make.rootBody({}, [alpha, beta, gamma]), { epoch: 2 }),
  ),
  refuse("signature", "a signature with one bit changed", signatureBroken(make.record({ epoch: 2 }))),
  refuse(
    "signature",
    "signatures of another payload",
    writeEnvelope({
      payload: make.payload({ epoch: 2 }),
      signatures: control.map(({ keyId, sign }) => ({ keyId, octets: sign(make.payload({ epoch: 2 })) })),
    }),
  ),
  refuse("signature", "too few signatures, one of them wrong", signatureBroken(make.record({ epoch: 2 }, rest))),
  refuse("unknown-key", "an announce by a key that the node had before", make.announce(alpha), {
    held: [...held, make.node(alpha, { epoch: 2 }, { key: gamma.key })],
  }),
  refuse("quorum", "a checkpoint by half of the signers", checkpoint({}, { policy: 2 }, [alpha]), {
    held: [
      ...held,
      make.record({
        epoch: 2,
        body: { log: { name: "log-1", signers: [alpha, beta].map(({ name, key }) => ({ node: name, key })) } },
      }),
    ],
  }),
  refuse("quorum", "two of three", make.record({ epoch: 2 }, rest)),
  refuse("quorum", "no signature", make.record({ epoch: 2 }, [])),
  refuse("quorum", "keys of programs for a change", make.record({ epoch: 2 }, [...auto, control[0]!])),
  refuse("quorum", "keys of programs for a node of a higher tier", make.node(gamma, {}, {}, [...auto, control[0]!])),
  refuse(
    "quorum",
    "keys of programs for another key of a node",
    make.node(alpha, { epoch: 2 }, { "trust-tier": 0, key: beta.key }, [...auto, control[0]!]),
  ),
  refuse(
    "quorum",
    "keys of programs for what has ended",
    make.node(alpha, { epoch: 2, issued: NOW + 2 * DAY, expires: NOW + 3 * DAY }, {}, [...auto, control[0]!]),
    { now: NOW + 2 * DAY },
  ),
  refuse(
    "quorum",
    "keys of programs for a second payload of an epoch",
    make.node(alpha, { generation: 2 }, {}, [...auto, control[0]!]),
  ),
  refuse(
    "quorum",
    "keys of programs for a void record",
    make.node(alpha, make.voided(400, { epoch: 2 }), {}, [...auto, control[0]!]),
  ),
  refuse("quorum", "a token by keys of programs", make.token({}, {}, [...auto, control[0]!])),
  refuse("quorum", "a renewal of a token by keys of programs", make.token({ epoch: 2 }, {}, [...auto, control[0]!]), {
    held: [...held, make.token()],
  }),
  refuse("quorum", "a checkpoint by one signer of three", checkpoint({}, {}, [alpha])),
  refuse("older", "a renewal by programs below another one", renewal({ epoch: 4 }), { held: [...held, ...renewed] }),
  refuse("quorum", "a renewal by programs of what people have changed since", renewal({ epoch: 6 }), {
    held: [...held, ...renewed, make.service({ epoch: 2 }, { mode: "leader" })],
  }),
  refuse("quorum", "a renewal by programs whose record people have taken back", renewal({ epoch: 6 }), {
    held: [...held, ...renewed, make.service(make.voided(30, { epoch: 2 }))],
  }),
  ...(
    [
      ["a change", make.record({ epoch: 2 }, captured)],
      ["a role", make.role("gamma/relay/north", {}, {}, captured)],
      ["a service", make.service({}, {}, captured)],
      ["a token", make.token({}, {}, captured)],
      ["a node above the lowest tier", make.node(gamma, {}, {}, captured)],
      ["another key of a node", make.node(alpha, { epoch: 2 }, { key: beta.key }, captured)],
      ["a void record", make.node(alpha, make.voided(400, { epoch: 2 }), {}, captured)],
      [
        "a renewal that ends before what people have signed",
        make.node(alpha, { epoch: 2, expires: NOW + DAY - 1 }, {}, captured),
      ],
    ] as const
  ).map(([what, octets]) =>
    refuse("quorum", `as many programs as have to sign, and all people but one, for ${what}`, octets, {
      roots: [ofPrograms],
    }),
  ),
];
