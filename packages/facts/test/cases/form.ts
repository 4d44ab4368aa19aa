/** Records whose form is wrong, whatever else is known. */
import * as make from "../records.ts";
import { DAY, MINUTE, NOW, alpha, beta, control, auto } from "../records.ts";
import {
  type Case,
  altered,
  at,
  checkpoint,
  cut,
  edited,
  endpoints,
  inText,
  leader,
  raw,
  refuse,
  unknownKind,
} from "./scene.ts";

export const form: readonly Case[] = [
  refuse("too-large", "a payload of 16,385 octets", raw("", 16_385)),
  refuse("too-large", "a root's payload of 65,537 octets", raw('{"authority":"root",', 65_537)),
  refuse("too-large", "a length that lies by gigabytes", altered(make.record({}), 1, 0x80)),
  refuse("envelope", "nothing", Buffer.alloc(0)),
  refuse("envelope", "version 2", altered(make.record({}), 0, 2)),
  refuse("envelope", "version 2 with a length by gigabytes", altered(altered(make.record({}), 1, 0x80), 0, 2)),
  refuse("envelope", "cut off within a signature", cut(make.record({}), -1)),
  refuse("envelope", "cut off behind the payload", cut(make.record({}, []), -1)),
  refuse("envelope", "an octet too many", Buffer.concat([make.record({}), Buffer.of(0)])),
  refuse(
    "envelope",
    "17 signatures",
    Buffer.concat([
      altered(make.record({}, []), -1, 17),
      ...Array.from({ length: 17 }, (_, at) => Buffer.alloc(96, at)),
    ]),
  ),
  refuse(
    "envelope",
    "two signatures of one key",
    Buffer.concat([altered(make.record({}, []), -1, 2), Buffer.alloc(2 * 96)]),
  ),
  refuse("not-canonical", "no JSON", raw("{")),
  refuse("not-canonical", "no object", raw("[]")),
  refuse("not-canonical", "white space", edited({}, '"body":', '"body": ')),
  refuse(
    "not-canonical",
    "members in another order",
    edited({}, '"authority":"control","body":{}', '"body":{},"authority":"control"'),
  ),
  refuse("not-canonical", "a doubled member", edited({}, '"epoch":1', '"epoch":1,"epoch":1')),
  refuse("not-canonical", "an escape too many", edited({}, '"control"', '"c\\u006fntrol"')),
  refuse("not-canonical", "minus zero", edited({}, '"generation":1', '"generation":-0')),
  refuse("not-canonical", "a negative number", edited({}, '"generation":1', '"generation":-1')),
  refuse("not-canonical", "a fraction", edited({}, '"generation":1', '"generation":1.5')),
  refuse("not-canonical", "1.0", edited({}, '"generation":1', '"generation":1.0')),
  refuse("not-canonical", "2^53", edited({}, '"generation":1', '"generation":9007199254740992')),
  refuse("not-canonical", "a number without end", edited({}, '"generation":1', `"generation":${"9".repeat(5_000)}`)),
  refuse("not-canonical", "NaN", edited({}, '"generation":1', '"generation":NaN')),
  refuse("not-canonical", "an exponent", edited({}, '"generation":1', '"generation":1e400')),
  refuse("not-canonical", "half of a surrogate pair", edited({}, '"control"', '"\\ud800"')),
  refuse("not-canonical", "a byte order mark", raw(Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), make.payload({})]))),
  refuse(
    "not-canonical",
    "octets that are no UTF-8",
    raw(Buffer.from(inText(make.payload({})).replace("control", "c\xff"), "latin1")),
  ),
  refuse(
    "not-canonical",
    "an overlong form of UTF-8",
    raw(Buffer.from(inText(make.payload({})).replace("control", "c\xc0\x80"), "latin1")),
  ),
  refuse("not-canonical", "4,000 lists within each other", raw("[".repeat(4_000) + "]".repeat(4_000))),
  refuse("not-canonical", "9 levels", edited({ kind: "weather" }, '"body":{}', '"body":{"a":[[[[[[[]]]]]]]}')),
  refuse("cluster", "another cluster", make.record({ cluster: "other" })),
  refuse("cluster", "no cluster", raw("{}")),
  refuse("unknown-schema", "schema 2", edited({}, '"schema":1', '"schema":2')),
  refuse("unknown-schema", "no schema", edited({}, ',"schema":1', "")),
  refuse(
    "body",
    "one node as two signers of the log",
    make.record({
      body: {
        log: {
          name: "log-1",
          signers: [
            { node: "alpha", key: alpha.key },
            { node: "alpha", key: beta.key },
          ],
        },
      },
    }),
  ),
  refuse(
    "body",
    "a void record of a later version that says something",
    unknownKind({ ...make.voided(400, {}), body: { any: 1 } }),
  ),
  refuse(
    "body",
    "seeds with another member",
    make.record({ kind: "seeds", subject: "seeds", body: { seeds: [], more: 1 } }),
  ),
  refuse("body", "a role without a depth", make.role("gamma/relay/north", {}, { depth: undefined })),
  refuse("body", "a leader that names nobody", leader({ body: {} })),
  refuse("body", "a checkpoint without a head", checkpoint({}, { head: undefined })),
  refuse("lifetime", "a void record of a later version that lives shorter", unknownKind(make.voided(399, {}))),
  refuse("too-many-endpoints", "65 endpoints", make.announce(alpha, {}, { endpoints: endpoints(65) })),
  refuse("body", "an unknown member", edited({}, '"generation":1', '"extra":1,"generation":1')),
  refuse("body", "epoch 0", make.record({ epoch: 0 })),
  refuse("body", "a time without milliseconds", edited({}, '.000Z"', 'Z"')),
  refuse("body", "a day that is not in the calendar", edited({}, "2026-11-25", "2026-02-30")),
  refuse("body", "a leap second", edited({}, "11:59:00.000Z", "11:59:60.000Z")),
  refuse("body", "a time before 1970", edited({}, "2026-11-25", "1969-11-25")),
  refuse("body", "an end before the beginning", make.record({ expires: NOW - 2 * MINUTE })),
  refuse("body", "void: false", make.record({ void: false })),
  refuse("body", "a void record that says something", make.record({ ...make.voided(90, {}), body: { hold: 1 } })),
  refuse("body", "a void root", make.root(make.rootBody(), make.voided(400, { epoch: 2 }))),
  refuse("body", "a void checkpoint", checkpoint(make.voided(1, {}))),
  refuse("body", "an unknown member of a body", make.record({ body: { colour: "red" } })),
  refuse("body", "a member named __proto__", edited({}, '"body":{}', '"body":{"__proto__":{}}')),
  refuse("body", "a name in capitals", make.node(alpha, {}, { organization: "Acme" })),
  refuse("body", "a key of 31 octets", make.node(alpha, {}, { key: "00".repeat(31) })),
  refuse("body", "nine aliases", make.service({}, { aliases: Array.from({ length: 9 }, (_, at) => `a${at}`) })),
  refuse("body", "two endpoints of one id", make.announce(alpha, {}, { endpoints: [make.endpoint, make.endpoint] })),
  refuse(
    "body",
    "a call of its own with an endpoint",
    make.announce(alpha, {}, { endpoints: [{ ...make.endpoint, reach: "reverse" }] }),
  ),
  refuse(
    "body",
    "a root that one key of two may sign",
    make.root(
      make.rootBody({
        authorities: { root: make.listOf(make.root1.slice(0, 2), 1), control: make.listOf(control, 2) },
      }),
      { epoch: 2 },
    ),
  ),
  refuse(
    "body",
    "a root with half of the keys",
    make.root(
      make.rootBody({
        authorities: { root: make.listOf([...make.root1, alpha], 2), control: make.listOf(control, 2) },
      }),
      { epoch: 2 },
    ),
  ),
  refuse(
    "body",
    "one key under two names",
    make.root(
      make.rootBody({
        authorities: {
          root: make.listOf([make.root1[0]!, { ...make.root1[0]!, name: "other" }, make.root1[1]!], 2),
          control: make.listOf(control, 2),
        },
      }),
      { epoch: 2 },
    ),
  ),
  refuse(
    "body",
    "one key in two authorities",
    make.root(
      make.rootBody({ authorities: { root: make.listOf(make.root1, 2), control: make.listOf(make.root1, 2) } }),
      { epoch: 2 },
    ),
  ),
  refuse(
    "body",
    "a quorum of programs",
    make.root(
      make.rootBody({
        authorities: { root: make.listOf(make.root1, 2), control: make.listOf(control.slice(0, 1), 2, auto) },
      }),
      { epoch: 2 },
    ),
  ),
  refuse(
    "body",
    "half of the keys of people, beside programs",
    make.root(
      make.rootBody({
        authorities: {
          root: make.listOf(make.root1, 2),
          control: make.listOf([...control, alpha], 2, auto),
        },
      }),
      { epoch: 2 },
    ),
  ),
  refuse(
    "body",
    "a root key of a program",
    make.root(
      make.rootBody({
        authorities: { root: make.listOf(make.root1, 2, auto.slice(0, 1)), control: make.listOf(control, 2) },
      }),
      { epoch: 2 },
    ),
  ),
  refuse("expired", "ended now", make.record({ epoch: 2, issued: NOW - DAY, expires: NOW })),
  refuse(
    "future",
    "issued 5 minutes and a millisecond from now",
    make.record({ epoch: 2, issued: NOW + 5 * MINUTE + 1 }),
  ),
  refuse("lifetime", "a policy for 91 days", make.record({ epoch: 2, expires: NOW + 91 * DAY })),
  refuse(
    "lifetime",
    "a void node for a day less than a node may live",
    make.node(alpha, make.voided(399, { epoch: 2 })),
  ),
  refuse("lifetime", "a kind of a later version for 401 days", unknownKind({ expires: NOW + 401 * DAY })),
  refuse("no-endpoints", "an announce that leads nowhere", make.announce(alpha, {}, { endpoints: [] })),
  refuse("too-many-endpoints", "17 endpoints", make.announce(alpha, {}, { endpoints: endpoints(17) })),
  refuse(
    "carrier",
    "a carrier that the policy forbids",
    make.announce(alpha, {}, { endpoints: [{ ...make.endpoint, carrier: "serial" }] }),
  ),
  ...[
    "udp://127.0.0.1:4433",
    "udp://[::1]:4433",
    "udp://0.0.0.0:4433",
    "udp://224.0.0.1:4433",
    "udp://[::]:4433",
    "udp://[ff02::1]:4433",
    "udp://[::ffff:7f00:1]:4433",
    "udp://192.0.2.1",
    "udp://192.0.2.1:0",
    "udp://192.0.2.1:65536",
    "udp://192.0.2:4433",
    "udp://192.0.2.01:4433",
    "udp://localhost:4433",
    "udp://Edge:4433",
    "udp://-edge:4433",
    "udp://[fe80::1%eth0]:4433",
    "tcp://192.0.2.1:4433",
    "udp://[2001:db8:::1]:4433",
  ].map((text) => refuse("bad-address", text, make.announce(alpha, {}, at(text)))),
];
