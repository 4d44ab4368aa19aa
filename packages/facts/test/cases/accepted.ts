/** Records that are accepted. */
import { PAYLOAD_SIZE_MAX } from "../../src/limits.ts";
import type { RootBody } from "../../src/root-body.ts";
import { testKey } from "../keys.ts";
import * as make from "../records.ts";
import { DAY, MINUTE, NOW, alpha, gamma, control, auto, stranger, update } from "../records.ts";
import {
  type Case,
  accept,
  alphaNode,
  at,
  checkpoint,
  development,
  held,
  leader,
  ofPrograms,
  passedOn,
  programs,
  root1,
  root2,
  signatureBroken,
  unknownKind,
} from "./scene.ts";

const padding = PAYLOAD_SIZE_MAX - make.payload({ kind: "weather", subject: "sun/rain", body: { pad: "" } }).length;

const byControl = (members: make.Members): Buffer => make.role("gamma/service-host/north", members);

const someone = [...auto, control[0]!];
/** A renewal by programs, and with it the record that people have signed. */
export const renewal = (members: make.Members): Buffer => make.service({ epoch: 5, ...members }, {}, someone);
export const renewed = [make.service({}), renewal({})];
const moved = (members: make.Members): Buffer => make.service(members, { mode: "leader" });

const programsBody = (count: number): RootBody => {
  const keys = Array.from({ length: count }, (_, at) => testKey(`program ${at}`));
  return make.rootBody({ authorities: { root: make.listOf(make.root1, 2), control: make.listOf(control, 3, keys) } });
};

export const accepted: readonly Case[] = [
  accept("a policy", make.record({ epoch: 2 })),
  accept("a policy of an organization", make.record({ scope: "org/acme", subject: "org/acme", body: { hold: 0 } })),
  accept(
    "seeds",
    make.record({
      kind: "seeds",
      subject: "seeds",
      body: { seeds: [{ node: "alpha", key: alpha.key, endpoints: [make.endpoint] }] },
    }),
  ),
  accept("a node", make.node(gamma)),
  accept("a role", make.role("gamma/relay/north")),
  accept("a role for an organization", make.role("gamma/entry/north", { scope: "org/acme" })),
  accept("a role that its holder passes on", passedOn()),
  accept("a role that its holder takes back", passedOn(make.voided(30, {}))),
  accept("a service", make.service()),
  accept(
    "a service that the policy leaves to another quorum",
    make.service({ subject: "updates", authority: "update" }, {}, update),
  ),
  accept("a token", make.token()),
  accept("a token for as many nodes as there may be", make.token({}, { count: 256 })),
  accept("a token that lives for 7 days", make.token({ expires: NOW - MINUTE + 7 * DAY })),
  accept("a token that people have signed, and a program", make.token({}, {}, [...control, auto[0]!])),
  accept("a token that is taken back", make.token(make.voided(7, { epoch: 2 })), { held: [...held, make.token()] }),
  accept("a token that people give a later end", make.token({ epoch: 2, expires: NOW + 2 * DAY }), {
    held: [...held, make.token()],
  }),
  accept("a budget", make.budget()),
  accept(
    "a budget with a limit of a later version, at its highest, and one of nothing",
    make.budget(
      { expires: NOW - MINUTE + 90 * DAY },
      {
        limits: [
          { of: "later", most: 2 ** 53 - 1 },
          { of: "joins", most: 0 },
        ],
        shares: "off",
      },
    ),
  ),
  accept("a budget with as many limits as there may be", make.budget({}, { limits: make.limits(16) })),
  accept("a budget without limits", make.budget({}, { limits: [] })),
  accept("a budget that is taken back", make.budget(make.voided(90, { epoch: 2 })), {
    held: [...held, make.budget()],
  }),
  accept("keys of programs for a budget again", make.budget({ epoch: 2 }, {}, [...auto, control[0]!]), {
    held: [...held, make.budget()],
  }),
  accept("an announce", make.announce(alpha)),
  accept(
    "an announce with IPv6, a name and a call of its own",
    make.announce(
      alpha,
      {},
      {
        endpoints: [
          { ...make.endpoint, endpoint: "udp://[2001:db8::1]:4433", reach: "local", segment: "lan-1" },
          { ...make.endpoint, id: "b", endpoint: "udp://edge-1.example:65535", reach: "reflexive", provider: "isp" },
          { id: "c", carrier: "quic", reach: "reverse", priority: 0, weight: 0 },
        ],
        services: [{ service: "web", label: 777, load: 100 }],
        capabilities: ["relaying"],
      },
    ),
  ),
  accept(
    "an announce over another carrier, where no policy is against it",
    make.announce(alpha, {}, { endpoints: [{ ...make.endpoint, carrier: "serial", endpoint: "/dev/ttyS0" }] }),
    { held: [alphaNode] },
  ),
  accept("a leader", leader()),
  accept("a checkpoint", checkpoint()),
  accept("a void node", make.node(alpha, make.voided(400, { epoch: 2 }))),
  accept("a node let in again", make.node(alpha, { epoch: 3 }), {
    held: [...held, make.node(alpha, make.voided(400, { epoch: 2 }))],
  }),
  accept("a kind of a later version", unknownKind()),
  accept(
    "more signatures than it takes, by a stranger, too, and the last one wrong",
    signatureBroken(make.record({ epoch: 2 }, [stranger, ...control, auto[0]!])),
  ),
  accept(
    "the next root by two of three, and a wrong signature behind them",
    signatureBroken(make.root(make.rootBody(), { epoch: 2 })),
  ),
  accept(
    "16 signatures",
    make.record({ epoch: 2 }, [...control, ...Array.from({ length: 13 }, (_, at) => testKey(`stranger ${at}`))]),
  ),
  accept("8 levels", unknownKind({ body: { a: [[[[[[]]]]]] } })),
  accept("a payload of 16,384 octets", unknownKind({ body: { pad: "x".repeat(padding) } })),
  accept("a void record of a later version", unknownKind(make.voided(400, {}))),
  accept("an announce that is void", make.announce(alpha, { ...make.voided(0, {}), expires: NOW + 14 * MINUTE })),
  accept("another payload of an epoch that is held", make.record({ body: { hold: 1 } })),
  accept(
    "keys of programs for a renewal that changes nothing",
    make.node(alpha, { epoch: 2 }, {}, [...auto, control[0]!]),
  ),
  accept(
    "keys of programs for the first record of a node of the lowest tier",
    make.node(gamma, {}, { "trust-tier": 0 }, [...auto, control[0]!]),
  ),
  accept("issued almost 5 minutes from now", make.record({ epoch: 2, issued: NOW + 5 * MINUTE })),
  accept(
    "a development root's node, which announces its own address",
    make.announce(alpha, {}, at("udp://127.0.0.1:4433")),
    { roots: [development], development: true },
  ),
  accept("the next root", root2),
  accept("a root of more than 16 KiB", make.root(make.rootBody({ "x509-roots": ["A".repeat(16_384)] }), { epoch: 2 })),
  accept("the next root, which has ended since", root2, { now: NOW + 350 * DAY }),
  accept("keys that the next root has left out, within its grace", make.record({ epoch: 2 }), {
    roots: [root1, root2],
  }),
  accept("a role by the control quorum below the one that a holder passes on", byControl({}), {
    held: [...held, passedOn({ epoch: 7 })],
  }),
  accept("a role by the control quorum, of the epoch of the one that a holder passes on", byControl({ epoch: 7 }), {
    held: [...held, passedOn({ epoch: 7 })],
  }),
  accept("a role by the control quorum below a holder's void", byControl({}), {
    held: [...held, passedOn(make.voided(30, { epoch: 7 }))],
  }),
  accept("a void role by the control quorum below the one that a holder passes on", byControl(make.voided(30, {})), {
    held: [...held, passedOn({ epoch: 7 })],
  }),
  accept("a service by people below its renewal by programs", moved({ epoch: 2 }), { held: [...held, ...renewed] }),
  accept("a second renewal by programs, of the record that people have signed", renewal({ epoch: 6 }), {
    held: [...held, ...renewed],
  }),
  accept("a renewal by programs of the epoch of another one", renewal({ generation: 2 }), {
    held: [...held, ...renewed],
  }),
  accept("a root with as many keys of programs as have to sign", make.root(programsBody(3), { epoch: 2 })),
  accept("a root with as many keys of programs as a list may have", make.root(programsBody(29), { epoch: 2 })),
  accept("a renewal by programs alone", make.node(alpha, { epoch: 2 }, {}, programs), { roots: [ofPrograms] }),
  accept(
    "a renewal by programs alone that ends later",
    make.node(alpha, { epoch: 2, expires: NOW + 2 * DAY }, {}, programs),
    {
      roots: [ofPrograms],
    },
  ),
  accept("a node of the lowest tier by programs alone", make.node(gamma, {}, { "trust-tier": 0 }, programs), {
    roots: [ofPrograms],
  }),
];
