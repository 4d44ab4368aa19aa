/** Reports, profiles, leases and permits. */
import type { TestKey } from "../keys.ts";
import * as make from "../records.ts";
import { alpha, beta, DAY, gamma, type Members, MINUTE, NOW } from "../records.ts";
import { accept, alphaNode, betaNode, type Case, held, refuse } from "./scene.ts";

const life = { issued: NOW - MINUTE, expires: NOW + MINUTE };
const link = { label: 16, peer: "beta", figures: [1_000, 50, 0, 100_000, 0, 1_400, 0] };
const use = { service: "web", scope: "org/acme", host: "gamma", classes: ["bulk"], rate: 500 };
const nothing = {
  links: [],
  load: { cpu: 1, memory: 2, sockets: 3 },
  metered: false,
  nat: "none",
  endpoints: [],
  carried: [],
  routes: [],
  uses: [],
  versions: [],
};

export function report(key: TestKey, members: Members = {}, body: Members = {}): Buffer {
  const who = { kind: "report", subject: key.name, authority: "node", issuer: key.name };
  return make.record({ ...who, ...life, body: { ...nothing, ...body }, ...members }, [key]);
}

const fixed = { charging: true, network: "wired", metered: false, foreground: true };
const plain = { device: fixed, software: { version: "1.2.3" }, contracts: [] };

function profile(key: TestKey, members: Members = {}, body: Members = {}): Buffer {
  const who = { kind: "profile", subject: key.name, authority: "node", issuer: key.name };
  return make.record({ ...who, ...life, body: { ...plain, ...body }, ...members }, [key]);
}

const onDevice = (members: Members): Members => ({ device: { ...fixed, ...members } });
const feed = { of: "feed", lowest: 1, highest: 3 };

const linked = (members: Members): Members => ({ links: [{ ...link, ...members }] });
const figures = (at: number, value: unknown): Members => linked({ figures: link.figures.with(at, value as number) });

const route = {
  link: 16,
  labels: [17, 900],
  via: ["beta", "gamma"],
  mtu: 1_400,
  cost: 1_500,
  why: [{ of: "length", value: 2, cost: 1_500 }],
};

export function lease(members: Members = {}, body: Members = {}, signer = beta): Buffer {
  const who = { kind: "lease", subject: "alpha/web/gamma/beta", authority: "route", issuer: "beta" };
  const about = { classes: ["reliable"], rate: 1_000, routes: [route], ...body };
  return make.record({ ...who, ...life, body: about, ...members }, [signer]);
}

const routed = (members: Members): Members => ({ routes: [{ ...route, ...members }] });

export function permits(members: Members = {}, pairs: unknown = [[16, 17, 1_000]], signer = beta): Buffer {
  const who = { kind: "permits", subject: "alpha/beta", authority: "route", issuer: "beta" };
  const body = { sets: [{ classes: ["reliable", "bulk"], pairs }] };
  return make.record({ ...who, ...life, body, ...members }, [signer]);
}

const set = { classes: ["reliable", "bulk"], pairs: [[16, 17, 1_000]] };
const setsOf = (...sets: readonly Members[]): Buffer =>
  permits({ body: { sets: sets.map((each) => ({ ...set, ...each })) } });
const pairsFrom = (from: number, count: number): readonly unknown[] =>
  Array.from({ length: count }, (_, at) => [from + at, 2_000, 1]);

/** An organization's coordinator. */
const ofAcme = [
  alphaNode,
  betaNode,
  make.role("beta/route-coordinator/north", { scope: "org/acme" }, { actions: ["lease"], services: [] }),
];
const many = Array.from({ length: 129 }, (_, label) => ({ ...link, label }));

export const routes: readonly Case[] = [
  accept("a report", report(alpha)),
  accept(
    "a report that says all that there is",
    report(
      alpha,
      {},
      {
        links: [link, { ...link, label: 17, tag: "b", provider: "isp" }],
        offer: { classes: ["reliable"], rate: 10_000, price: 1 },
        battery: 90,
        metered: true,
        endpoints: [{ id: "a", health: "good" }],
        carried: [{ permit: "ab".repeat(32), bytes: [1, 2, 3, 4, 5] }],
        routes: [
          {
            lease: "cd".repeat(32),
            coordinator: "gamma",
            route: 3,
            measured: [
              [9_000, 0],
              [0, 1_000_000],
            ],
          },
        ],
        uses: [use, { ...use, host: "delta" }, { ...use, scope: "cluster" }],
        versions: [{ of: "policy", version: 7 }],
      },
    ),
  ),
  accept("a report of 128 links", report(alpha, {}, { links: many.slice(1) })),
  refuse("body", "a report of 129 links", report(alpha, {}, { links: many })),
  refuse("body", "a report with a label twice", report(alpha, {}, { links: [link, { ...link, tag: "b" }] })),
  ...[60_000_001, 60_000_001, 1_000_001, 1_000_000_001, 101, 65_536, 256].map((value, at) =>
    refuse("body", `a link whose figure ${at} is too high`, report(alpha, {}, figures(at, value))),
  ),
  refuse("body", "a link with a figure too few", report(alpha, {}, linked({ figures: link.figures.slice(1) }))),
  refuse("body", "a link with a figure that is a text", report(alpha, {}, figures(0, "1"))),
  refuse("body", "a link with a member that is not known", report(alpha, {}, linked({ speed: 1 }))),
  refuse("body", "an offer of no class", report(alpha, {}, { offer: { classes: [], rate: 1, price: 0 } })),
  refuse(
    "body",
    "a route that was measured and lost more than all",
    report(
      alpha,
      {},
      { routes: [{ lease: "cd".repeat(32), coordinator: "gamma", route: 0, measured: [[0, 1_000_001]] }] },
    ),
  ),
  refuse(
    "body",
    "a report that asks for one host of a service twice",
    report(alpha, {}, { uses: [use, { ...use, rate: 1 }] }),
  ),
  refuse(
    "body",
    "a report that asks for a service without a host",
    report(alpha, {}, { uses: [{ ...use, host: undefined }] }),
  ),
  refuse("body", "a void report", report(alpha, { void: true, body: {} })),
  refuse("lifetime", "a report that lives for more than 15 minutes", report(alpha, { expires: NOW + 14 * MINUTE + 1 })),
  refuse("subject", "a report about another node", report(alpha, { subject: "beta" })),
  refuse("scope", "a report of an organization", report(alpha, { scope: "org/acme" })),
  refuse("authority", "a report by a coordinator's right", report(beta, { authority: "route" })),
  refuse("issuer", "a report of a node that is not known", report(gamma)),

  accept("a profile", profile(alpha)),
  accept(
    "a profile of a phone",
    profile(
      alpha,
      {},
      {
        ...onDevice({ battery: 44, charging: false, network: "cellular", metered: true, foreground: false }),
        software: { version: "1.2.3", commit: "0123456789abcdef" },
        contracts: [feed, { of: "facts", lowest: 1, highest: 1 }],
      },
    ),
  ),
  ...[101, "44", null].map((battery) =>
    refuse("body", `a device whose charge is ${JSON.stringify(battery)}`, profile(alpha, {}, onDevice({ battery }))),
  ),
  refuse("body", "a device on a network that is not known", profile(alpha, {}, onDevice({ network: "5g" }))),
  refuse("body", "a device that is metered by a number", profile(alpha, {}, onDevice({ metered: 0 }))),
  refuse("body", "a device of which it is not said whether it charges", profile(alpha, {}, { device: {} })),
  refuse("body", "a device with a tier", profile(alpha, {}, onDevice({ tier: 9 }))),
  refuse("body", "software whose commit is a word", profile(alpha, {}, { software: { version: "1", commit: "head" } })),
  refuse("body", "a contract twice", profile(alpha, {}, { contracts: [feed, { ...feed, highest: 4 }] })),
  refuse("body", "a contract that ends before it begins", profile(alpha, {}, { contracts: [{ ...feed, lowest: 4 }] })),
  refuse(
    "body",
    "17 contracts",
    profile(alpha, {}, { contracts: Array.from({ length: 17 }, (_, at) => ({ ...feed, of: `c${at}` })) }),
  ),
  refuse("body", "a void profile", profile(alpha, { void: true, body: {} })),
  refuse(
    "lifetime",
    "a profile that lives for more than 15 minutes",
    profile(alpha, { expires: NOW + 14 * MINUTE + 1 }),
  ),
  refuse("subject", "a profile of another node", profile(alpha, { subject: "beta" })),
  refuse("scope", "a profile of an organization", profile(alpha, { scope: "org/acme" })),
  refuse("authority", "a profile by the control quorum", profile(alpha, { authority: "control", issuer: undefined })),

  accept("a lease", lease()),
  accept("a lease of an organization, by its coordinator", lease({ scope: "org/acme" }), { held: ofAcme }),
  accept("a lease of four routes", lease({}, { routes: [route, route, route, route] })),
  accept("a lease of the lowest share", lease({}, { share: 1 })),
  accept("a lease of the highest share", lease({}, { share: 4_095 })),
  ...[0, 4_096, "7", null].map((share) =>
    refuse("body", `a lease of the share ${JSON.stringify(share)}`, lease({}, { share })),
  ),
  accept("a lease that is taken back", lease({ void: true, expires: NOW + 9 * MINUTE, body: {} })),
  refuse("body", "a lease without a route", lease({}, { routes: [] })),
  refuse("body", "a lease of five routes", lease({}, { routes: Array.from({ length: 5 }, () => route) })),
  refuse("body", "a route with 17 labels", lease({}, routed({ labels: Array(17).fill(1), via: Array(17).fill("a") }))),
  refuse("body", "a route with a node without a label", lease({}, routed({ labels: [900] }))),
  refuse("body", "a route of no links", lease({}, routed({ labels: [], via: [] }))),
  refuse("lifetime", "a lease that lives for more than 10 minutes", lease({ expires: NOW + 9 * MINUTE + 1 })),
  refuse("lifetime", "a void lease that lives for less", lease({ void: true, body: {} })),
  refuse("expired", "a lease that has ended", lease(), { now: NOW + MINUTE }),
  refuse("issuer", "a lease by a node that coordinates nothing", lease({ issuer: "alpha" }, {}, alpha)),
  refuse("issuer", "a lease of the cluster by an organization's coordinator", lease(), { held: ofAcme }),
  refuse("issuer", "a lease by a coordinator that was taken back", lease(), {
    held: [...held, make.role("beta/route-coordinator/north", make.voided(30, { epoch: 2 }))],
  }),
  refuse("issuer", "a lease by a coordinator of another partition than its own", lease(), {
    held: [alphaNode, betaNode, make.role("beta/route-coordinator/south")],
  }),
  refuse("subject", "a lease in another coordinator's slot", lease({ subject: "alpha/web/gamma/alpha" })),
  refuse("subject", "a lease that names no coordinator", lease({ subject: "alpha/web/gamma" })),
  refuse("unknown-key", "a lease signed by another node", lease({}, {}, alpha)),
  refuse("authority", "a lease of the control quorum", lease({ authority: "control", issuer: undefined })),

  accept("permits", permits()),
  accept("permits of nothing", permits({}, [])),
  accept("permits by shares", setsOf({}, { share: 1 }, { share: 4_095 }, { share: 1, classes: ["bulk"] })),
  accept("permits of 136 sets", setsOf(...Array.from({ length: 136 }, (_, at) => ({ share: at + 1 })))),
  ...[0, 4_096, "7", null].map((share) =>
    refuse("body", `permits of the share ${JSON.stringify(share)}`, setsOf({ share })),
  ),
  refuse("body", "permits of one share twice for the same classes", setsOf({ share: 7 }, { share: 7 })),
  refuse(
    "body",
    "permits without share twice, with the classes in another order",
    setsOf({}, { classes: ["bulk", "reliable"] }),
  ),
  refuse("body", "permits of 137 sets", setsOf(...Array.from({ length: 137 }, (_, at) => ({ share: at + 1 })))),
  refuse("body", "449 pairs in two sets", setsOf({ pairs: pairsFrom(0, 224) }, { share: 7, pairs: pairsFrom(0, 225) })),
  accept("permits that are taken back", permits({ void: true, expires: NOW + 9 * MINUTE, body: {} })),
  refuse("body", "a pair with the higher label first", permits({}, [[17, 16, 1]])),
  refuse("body", "a pair of one link", permits({}, [[16, 16, 1]])),
  refuse("body", "a pair without a rate", permits({}, [[16, 17]])),
  refuse(
    "body",
    "449 pairs",
    permits(
      {},
      Array.from({ length: 449 }, (_, at) => [at, 1_000, 1]),
    ),
  ),
  refuse("subject", "permits in another coordinator's slot", permits({ subject: "alpha/alpha" })),
  refuse("subject", "permits that name an origin", permits({ subject: "alpha/gamma/beta" })),
  refuse("lifetime", "permits for a day", permits({ expires: NOW + DAY })),
];
