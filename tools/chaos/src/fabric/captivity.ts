import type { Judgement } from "../verdict.ts";
import { CAPTURED, SPARE_HOST } from "./terrain.ts";

/** Whoever came to a host that no record names. The vertex there looks at its targets, so that connections without a byte are nobody's. */
export interface Decoy {
  connections: number;
  bytes: number;
}

/** The outcome of a coordinator that an attacker had. */
export interface Captivity {
  /** How often each lie got each word of the node that it was told to. */
  readonly words: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Words that were not due. */
  readonly odd: readonly string[];
  /** Services whose packets took a route that no other coordinator had leased, in the end. */
  readonly misled: readonly string[];
  readonly decoy: Decoy;
  /** Processes of the captured node whose memory had what users send. */
  readonly seen: readonly string[];
  /** At how many of all looks the same search found it at an origin. */
  readonly atOrigin: number;
  readonly looks: number;
  /** Packets that the captured node got for others. */
  readonly passed: number;
}

/** Judges that nobody was led astray for good, came to a wrong host or was read, and that each lie got its word. */
export function judgeCaptivity({ words, odd, misled, decoy, seen, atOrigin, looks, passed }: Captivity): Judgement {
  const count = (ofWord: (word: string) => boolean): number =>
    [...words.values()].flatMap((each) => [...each]).reduce((sum, [word, n]) => (ofWord(word) ? sum + n : sum), 0);
  const taken = count((word) => word === "taken");
  const refused = count((word) => word !== "taken");
  const untold = taken === 0 || refused === 0;
  return {
    name: `the captured coordinator ${CAPTURED}`,
    figures:
      `${taken} lies in order were taken, ${refused} refused; ${passed} packets of users came to ${CAPTURED}; ` +
      `${decoy.connections} connections at a wrong host; what users send was in no memory there, and at ${atOrigin} of ${looks} looks at the origin`,
    findings: [
      ...(untold ? ["it was not heard: its lies got no word"] : []),
      ...new Set(odd),
      ...misled.map((service) => `it leads ${service} in the end`),
      ...(decoy.connections > 0
        ? [
            `${SPARE_HOST} got ${decoy.connections} connections and ${decoy.bytes} bytes for services that it does not host`,
          ]
        : []),
      ...seen.map((process) => `what users send was in the memory of ${process}`),
      ...(atOrigin === 0 ? ["the search finds nothing at the origin either"] : []),
    ],
  };
}

/** The words that the lies got, as lines for people. */
export function captivityLines({ words }: Captivity): string[] {
  return [...words]
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([what, its]) => `lie ${what}: ${[...its].map(([word, count]) => `${word} ${count}`).join(", ")}`);
}
