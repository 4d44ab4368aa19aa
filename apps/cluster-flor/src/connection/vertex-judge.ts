import { type Holdings, formatPrincipal, judgePeer, refusalCodeOf } from "@florenetes/identity";
import type { PeerAccepted, PeerJudge, PeerQuestion, PeerRefused } from "@florenetes/portal-api";
import type { ProcessTime } from "@florenetes/scheduling";
import type { RunningConfig } from "../config/running-config.ts";
import { pinsOfLinks } from "../config/vertex-pins.ts";

export interface VertexJudgeOptions {
  /** The config that runs. */
  readonly config: () => Pick<RunningConfig, "cluster" | "expiryGraceMs" | "pins" | "links">;
  readonly holdings: Pick<Holdings, "roots" | "revocations">;
  readonly time: Pick<ProcessTime, "now" | "wallClock">;
}

/** Judges vertices of the cluster, for link vertices that ask, by the roots, the lists and the pins that this vertex holds. */
export class VertexJudge implements PeerJudge {
  readonly #options: VertexJudgeOptions;
  #changes = 1;

  constructor(options: VertexJudgeOptions) {
    this.#options = options;
  }

  get generation(): number {
    return this.#options.holdings.roots === undefined ? 0 : this.#changes;
  }

  /** The roots, the CRLs, the pins or the rules may have changed. */
  handleChange(): void {
    this.#changes++;
  }

  judge({ peer, chain, isOpen }: PeerQuestion): PeerAccepted | PeerRefused {
    const { config, holdings, time } = this.#options;
    const { cluster, expiryGraceMs, pins, links } = config();
    const { roots: trustBundlePem = "", revocations } = holdings;
    const expected = { trustBundlePem, cluster, kinds: ["vertex"] as const, ...(peer !== "" && { name: peer }) };
    const at = { wall: time.wallClock(), monotonic: time.now() };
    const rules = { revocations, expiryGraceMs, pins: pinsOfLinks(pins, links.values()) };
    const judged = judgePeer(chain, expected, rules, at, { isOpen });
    if ("why" in judged) return { code: refusalCodeOf(judged), text: judged.text };
    const { principal, term } = judged;
    return {
      principal: formatPrincipal(principal),
      name: principal.name,
      goodUntil: term.until.getTime(),
      graceMs: expiryGraceMs,
    };
  }
}
