import { FORWARDING_DROP_NAMES } from "@florenetes/forwarding";
import { describe, expect, test } from "vitest";
import { findCause, type FoundPath } from "../../src/trace/findings.ts";
import type { ToldLink, ToldVertex } from "../../src/trace/told-vertex.ts";
import type { ServiceCheck, TraceHop } from "../../src/trace/trace-report.ts";

const linkTo = (peer: string, more: Partial<ToldLink> = {}): ToldLink => ({
  peer,
  isUp: true,
  sinceMs: 60_000,
  mtu: 1_400,
  preferredMtu: 1_400,
  ...more,
});

/** A vertex that leads on to the next one, or to the service. */
function told(vertex: string, from: string, next: string | undefined, more: Partial<ToldVertex> = {}): ToldVertex {
  const head = { vertex, clock: 0, cause: 10, label: 2, word: 1, inLink: linkTo(from), isPermitted: true };
  return next === undefined
    ? { ...head, meaning: "service", service: "web", outLink: undefined, ...more }
    : { ...head, meaning: "link", service: "", outLink: linkTo(next), ...more };
}

const unanswered = { told: null, received: 0 };

/** The path home – relay – site, of which one thing is another than it should be. */
function pathWith(hop: number, more: Partial<TraceHop>, first: Partial<ToldLink> = {}): FoundPath {
  const whole = [told("relay", "home", "site"), told("site", "relay", undefined)];
  const hops = whole.map((vertex, index): TraceHop => ({
    hop: index + 1,
    label: [203, 900][index]!,
    told: vertex,
    stopped: null,
    proof: "unsigned",
    sent: 3,
    received: 3,
    rttMs: null,
    clockMs: 0,
    large: null,
    ...(index === hop ? more : {}),
  }));
  const firstLink = { ...linkTo("relay", first), name: "relay", code: "PEER_SILENT", text: "nothing was heard" };
  return { vertex: "home", firstLink, hops, service: "web" };
}

function check(code: string, text = ""): ServiceCheck {
  return { service: "web", as: "user/alice", code, text, ms: 4 };
}

const noAnswer = check("WAITING");
const causeOf = (name: string): number => FORWARDING_DROP_NAMES.indexOf(name);
const stopped = (name: string, more: Partial<ToldVertex> = {}): Partial<TraceHop> => ({
  ...unanswered,
  stopped: { ...told("core", "relay", "site"), cause: causeOf(name), label: 107, ...more },
});
const untold = { meaning: "untold", outLink: undefined, service: "" } as const;

describe("a path is found", () => {
  test.each([
    ["whole", pathWith(0, {}), check("ANSWERED"), "reached", "service web answers in 4.0 ms"],
    ["whole, where no service is asked", pathWith(0, {}), null, "reached", "the whole way is there"],
    [
      "whole, where a vertex is silent",
      pathWith(0, unanswered),
      check("ANSWERED"),
      "reached",
      "service web answers in 4.0 ms",
    ],
    ["refused", pathWith(0, {}), check("NOT_ALLOWED"), "refused", "service web refuses user/alice: NOT_ALLOWED"],
    [
      "without a target",
      pathWith(0, {}),
      check("TARGET_DOWN", "ECONNREFUSED"),
      "targetDown",
      "the target of service web is down (ECONNREFUSED)",
    ],
    [
      "whole, with a silent service",
      pathWith(0, {}),
      noAnswer,
      "broken",
      "the whole way is there, but service web at site does not answer",
    ],
    [
      "down at its first link",
      pathWith(0, {}, { isUp: false }),
      noAnswer,
      "broken",
      "link home–relay is down for 1 min (PEER_SILENT: nothing was heard)",
    ],
    [
      "with an unknown label",
      pathWith(0, { told: told("relay", "home", undefined, { ...untold, meaning: "unknown" }) }),
      noAnswer,
      "broken",
      "unknown label 203 at relay on the link from home",
    ],
    [
      "without a transit pair",
      pathWith(0, { told: told("relay", "home", "site", { isPermitted: false }) }),
      noAnswer,
      "broken",
      "transit home–site is not permitted at relay",
    ],
    [
      "with a link that is down",
      pathWith(0, { told: told("relay", "home", "site", { outLink: linkTo("site", { isUp: false }) }) }),
      noAnswer,
      "broken",
      "link relay–site is down for 1 min",
    ],
    [
      "too short",
      pathWith(1, { told: told("site", "relay", "far") }),
      noAnswer,
      "broken",
      "label 900 at site leads to far, and not to a service",
    ],
    [
      "too long",
      pathWith(0, { told: told("relay", "home", undefined) }),
      noAnswer,
      "broken",
      "label 203 at relay is of service web, and not of a link",
    ],
    [
      "to another service",
      pathWith(1, { told: told("site", "relay", undefined, { service: "db" }) }),
      noAnswer,
      "broken",
      "label 900 at site is of service db, and not of web",
    ],
    [
      "silent behind a vertex",
      pathWith(1, unanswered),
      noAnswer,
      "broken",
      "no answer from site: packets are lost on link relay–site, which is up at relay for 1 min, or site does not answer",
    ],
    [
      "cut off within an LSP",
      pathWith(1, stopped("linkDown", { outLink: linkTo("site", { isUp: false }) })),
      noAnswer,
      "broken",
      "link core–site is down for 1 min",
    ],
    [
      "with an unknown label within an LSP",
      pathWith(1, stopped("unknownLabel", { ...untold, meaning: "unknown" })),
      noAnswer,
      "broken",
      "unknown label 107 at core on the link from relay",
    ],
    [
      "with a drop of another cause",
      pathWith(1, stopped("hopLimit", untold)),
      noAnswer,
      "broken",
      "core drops packets with label 107: hopLimit",
    ],
    [
      "with a black hole",
      pathWith(1, { large: { size: 1_400, sent: 2, received: 0 } }),
      check("ANSWERED"),
      "broken",
      "packets of 1400 bytes are lost on link relay–site, which says that it carries them; smaller ones get through",
    ],
  ] as const)("%s", (_, path, service, outcome, text) => {
    expect(findCause(path, service)).toEqual({ outcome, text });
  });
});
