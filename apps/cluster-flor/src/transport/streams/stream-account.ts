import type { Counts, RateLimitedLog } from "@florenetes/process-kit";
import type { AccessRoute } from "./access-sink.ts";
import { Code, CodeCounts, codeName, codeText, whoMends } from "../codes.ts";

/** How many streams (workload connections) are and were. */
export interface StreamCounts {
  readonly open: number;
  readonly total: number;
  /** Refused, by stable reason. */
  readonly refused: Counts;
  /** Accepted, and ended by neither workload: by stable reason, such as `revoked`. */
  readonly cut: Counts;
}

/** Counts of the data thread, which never fall. `refused` and `cut` are pairs: a code, and how many. */
export interface LaneStreamCounts {
  readonly open: number;
  readonly total: number;
  readonly refused: readonly number[];
  readonly cut: readonly number[];
}

const noLaneCounts: LaneStreamCounts = { open: 0, total: 0, refused: [], cut: [] };

/** Counts the streams of one tunnel or one service, and says why any were refused. */
export class StreamAccount {
  /** How long its workloads wait at most for a connection, and for a sign of its far end; undefined: as long as is usual. 0: not at
   *  all where it is known that nobody is reached. */
  connectWaitMs: number | undefined;
  /** Tells why nobody is reached, for people; "" where that is not known. */
  whyUnanswered: () => string = () => "";
  /** The route of its streams, for the access log; undefined: no records are kept of streams that were never opened. */
  route: () => AccessRoute | undefined = () => undefined;
  readonly #log: RateLimitedLog;
  readonly #end: "originator" | "acceptor";
  /** The log names the account by these. */
  readonly fields: Readonly<Record<string, string>>;
  readonly #refused = new CodeCounts();
  readonly #cut = new CodeCounts();
  /** Streams that the data thread has counted. */
  #ofLane: LaneStreamCounts = noLaneCounts;
  #open = 0;
  #total = 0;

  /** @param fields what the log shall name it by; `end` says whether the streams are opened here, or accepted. */
  constructor(log: RateLimitedLog, fields: Readonly<Record<string, string>>, end: "originator" | "acceptor") {
    this.#log = log;
    this.fields = fields;
    this.#end = end;
  }

  handleOpened(): void {
    this.#open++;
    this.#total++;
  }

  /** A stream that was opened is over; `isRefused`: before it was answered. */
  handleDone(code: number, isRefused: boolean): void {
    this.#open--;
    if (code === Code.done || code === Code.workloadReset) return;
    if (isRefused) this.#note(code, "", undefined);
    else this.#cut.add(code);
  }

  /** More about the end of a stream, for people: the text, or what is known beside the code. */
  readonly explain = (code: number, text: string): string =>
    text === "" && code === Code.noAnswer ? this.whyUnanswered() : text;

  /** A stream was refused before it was opened; `peer`: the principal that wanted it, at a service. */
  handleRefused(code: number, text: string, peer?: string): void {
    this.#total++;
    this.#note(code, text, peer);
  }

  handleLaneFigures(counts: LaneStreamCounts): void {
    this.#ofLane = counts;
  }

  get counts(): StreamCounts {
    const { open, total, refused, cut } = this.#ofLane;
    return {
      open: this.#open + open,
      total: this.#total + total,
      refused: this.#refused.toJSON(refused),
      cut: this.#cut.toJSON(cut),
    };
  }

  #note(code: number, text: string, peer: string | undefined): void {
    this.#refused.add(code);
    this.logRefused(code, text, peer);
  }

  /** Says why one was refused: a warning, unless only the other end can mend it. `peer`: see `handleRefused`. */
  logRefused(code: number, text: string, peer: string | undefined): void {
    const reason = codeName(code);
    const name = Object.values(this.fields).join(" ");
    const { service } = this.fields;
    const whose = `${peer === undefined ? "" : ` of ${peer}`}${service === undefined ? "" : ` to service ${service}`}`;
    const mender = whoMends(code);
    const isOthers = mender !== undefined && mender !== this.#end;
    const place = this.#end === "originator" ? "on the service's node" : "where it comes from";
    const advice = isOthers ? ` (to be mended ${place})` : "";
    this.#log[isOthers ? "info" : "warn"](
      { code: "STREAM_REFUSED", reason, ...this.fields },
      `a workload connection${whose} was refused: ${codeText(code, this.explain(code, text))}${advice}`,
      peer ?? name,
      `${name} ${reason}`,
    );
  }
}
