import { FORWARDING_DROP_NAMES } from "@florenetes/forwarding";
import { describe, expect, test } from "vitest";
import { findWrongClock } from "../../src/trace/clocks.ts";
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
    ? { ...head, meaning: "service", service: "web", outLink: undefined, outReason: undefined, ...more }
    : { ...head, meaning: "link", service: "", outLink: linkTo(next), outReason: undefined, ...more };
}

const unanswered = { told: null, received: 0 };

/** The path home – relay – site, with one change of a hop or of the first link. */
function pathWith(hop: number, more: Partial<TraceHop>, first: Partial<ToldLink> = {}): FoundPath {
  const whole = [told("relay", "home", "site"), told("site", "relay", undefined)];
  const hops = whole.map((vertex, index): TraceHop => ({
    hop: index + 1,
    label: [203, 900][index]!,
    told: vertex,
    stopped: null,
    proof: "unsigned",
    proofText: "",
    sent: 3,
    received: 3,
    rttMs: null,
    clockMs: 0,
    large: null,
    ...(index === hop ? more : {}),
  }));
  const firstLink = { ...linkTo("relay", first), name: "relay", code: "PEER_SILENT", text: "nothing was heard" };
  return { vertex: "home", firstLink, hops, service: "web", problem: undefined };
}

function check(code: string, text = "", problem = ""): ServiceCheck {
  return { service: "web", as: "user/alice", code, text, problem, ms: 4 };
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
    [
      "with somebody who lies, before all else",
      pathWith(0, { proof: "forged", proofText: "an answer that names relay is signed by site" }),
      check("ANSWERED"),
      "broken",
      "somebody on the way lies: an answer that names relay is signed by site, at hop 1",
    ],
    [
      "whole, with a certificate that is not accepted here",
      pathWith(1, { proof: "refused", proofText: "REVOKED: it is revoked" }),
      check("ANSWERED"),
      "reached",
      "service web answers in 4.0 ms; the certificate of site is not accepted (REVOKED: it is revoked)",
    ],
    ["whole", pathWith(0, {}), check("ANSWERED"), "reached", "service web answers in 4.0 ms"],
    ["whole, where no service is asked", pathWith(0, {}), null, "reached", "the whole way is there"],
    [
      "whole, where a vertex is silent",
      pathWith(0, unanswered),
      check("ANSWERED"),
      "reached",
      "service web answers in 4.0 ms",
    ],
    [
      "followed by a tunnel that does not run",
      { ...pathWith(0, unanswered), problem: "the tunnel is down (ERR_X: no)" },
      null,
      "broken",
      "the tunnel is down (ERR_X: no)",
    ],
    [
      "followed by a user whose certificate has ended",
      pathWith(0, {}),
      check("EXPIRED", "our certificate has ended", "our certificate has ended"),
      "refused",
      "user/alice opens no connections: our certificate has ended",
    ],
    [
      "whole, to a vertex whose clock is a day behind",
      pathWith(1, { clockMs: -86_400_000 }),
      check("HANDSHAKE_REFUSED"),
      "refused",
      "service web refuses user/alice: HANDSHAKE_REFUSED; the clock of site is 24 h behind that of home",
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
      "with a link that is down for a certificate",
      pathWith(0, {
        told: told("relay", "home", "site", {
          outLink: linkTo("site", { isUp: false }),
          outReason: { code: "UNTRUSTED_BY_PEER", text: "the other end trusts another CA" },
        }),
      }),
      noAnswer,
      "broken",
      "link relay–site is down for 1 min (UNTRUSTED_BY_PEER: the other end trusts another CA)",
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
      "no answer from site: packets are lost on link relay–site in one direction or both, which is up at relay for 1 min, or site does not answer",
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

describe("a clock is found wrong", () => {
  const DAY_MS = 86_400_000;
  test.each<[string, readonly (number | null)[], string | undefined]>([
    ["at none, while they differ by less than a minute", [59_000, -59_000], undefined],
    ["at none, where none is known", [null, null], undefined],
    [
      "here, where all others agree against it",
      [DAY_MS, DAY_MS + 500],
      "the clock of home, this vertex, is 24 h behind those of relay and site",
    ],
    ["at one that alone is ahead", [3, DAY_MS], "the clock of site is 24 h ahead of that of home"],
    ["at the only one that is known", [null, -DAY_MS], "the clock of site is 24 h behind that of home"],
    [
      "at each of two that differ",
      [-120_000, DAY_MS],
      "the clock of relay is 2 min behind that of home, and the clock of site is 24 h ahead of that of home",
    ],
  ])("%s", (_, clocks, text) => {
    const hops = pathWith(0, {}).hops.map((hop, index) => ({ ...hop, clockMs: clocks[index]! }));
    expect(findWrongClock("home", hops)).toBe(text);
  });
});
