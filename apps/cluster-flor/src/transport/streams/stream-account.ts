import type { Counts, RateLimitedLog } from "@florenetes/process-kit";
import type { AccessRoute } from "./access-sink.ts";
import { Code, CodeCounts, codeName, codeText, whoMends } from "../codes.ts";

/** The numbers of streams (workload connections), present and past. */
export interface StreamCounts {
  readonly open: number;
  readonly total: number;
  /** Refused, by stable reason. */
  readonly refused: Counts;
  /** Accepted streams that neither workload has ended: by stable reason, such as `revoked`. */
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

/** Counts the streams of one tunnel or one service, and logs why any were refused. */
export class StreamAccount {
  /**
   * How long workloads wait at most for a connection, and for an answer of the far end; undefined: the default. 0: not
   * at all while the far end is known to be out of reach.
   */
  connectWaitMs: number | undefined;
  /** Why the far end cannot be reached, for people; "" when not known. */
  whyUnanswered: () => string = () => "";
  /** The route of the streams, for the access log; undefined: streams that were never opened get no records. */
  route: () => AccessRoute | undefined = () => undefined;
  /** Called when the target of a service has not taken a stream. */
  onTargetFailed: () => void = () => {};
  readonly #log: RateLimitedLog;
  readonly #end: "originator" | "acceptor";
  /** The names of the account in the log. */
  readonly fields: Readonly<Record<string, string>>;
  readonly #refused = new CodeCounts();
  readonly #cut = new CodeCounts();
  /** Streams that the data thread has counted. */
  #ofLane: LaneStreamCounts = noLaneCounts;
  #open = 0;
  #total = 0;

  /** @param fields the names of the account in the log; `end` says whether the streams are opened here, or accepted. */
  constructor(log: RateLimitedLog, fields: Readonly<Record<string, string>>, end: "originator" | "acceptor") {
    this.#log = log;
    this.fields = fields;
    this.#end = end;
  }

  handleOpened(): void {
    this.#open++;
    this.#total++;
  }

  /** An opened stream is over; `isRefused`: before it was answered. */
  handleDone(code: number, isRefused: boolean): void {
    this.#open--;
    if (code === Code.done || code === Code.workloadReset) return;
    if (isRefused) this.#note(code, "", undefined);
    else this.#cut.add(code);
  }

  /** More about the end of a stream, for people: the text, or what is known beside the code. */
  readonly explain = (code: number, text: string): string =>
    text === "" && code === Code.noAnswer ? this.whyUnanswered() : text;

  /** A stream was refused before it was opened; `peer`: at a service, the principal that asked for it. */
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

  /** Logs why a stream was refused: a warning, unless only the other end can mend the cause. `peer`: see `handleRefused`. */
  logRefused(code: number, text: string, peer: string | undefined): void {
    if (code === Code.targetDown || code === Code.targetTimeout) this.onTargetFailed();
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
