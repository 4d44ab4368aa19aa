import { createHash } from "node:crypto";
import { createReadStream, rmSync } from "node:fs";
import { EXIT_CODES, isOperatorError, OperatorError } from "@florenetes/operator-text";
import type { ProcessTime } from "@florenetes/scheduling";
import {
  downloadTarget,
  type ReadOptions,
  type RepositoryErrorCode,
  type RepositoryReader,
  type RepositorySource,
  type TargetFile,
} from "../../repository/index.ts";
import { SOURCE_ERRORS, type SourceErrorCode } from "../errors.ts";
import { GiverTrace } from "../giver-trace.ts";
import { SourceError } from "../source-error.ts";
import type { SourceFault, SourceKind, SourceRanking } from "../source-ranking.ts";

export interface FirstOfOptions {
  readonly ranking: SourceRanking;
  /** The source of a name that the ranking has. */
  readonly sourceOf: (name: string) => RepositorySource;
  readonly time: ProcessTime;
  /** Brings the ranking up to date, before sources are asked. */
  readonly prepare?: (signal: AbortSignal) => Promise<void>;
  /** Is told of each fault of a source. */
  readonly onFault?: (name: string, fault: SourceFault, error: Error) => void;
}

export interface FirstOfDownload {
  readonly signal: AbortSignal;
  /** Is told whom it is read from, each time that this is another source. */
  readonly onSource?: (name: string) => void;
}

/** How the octets of one file are come by. */
interface Course {
  readonly trace: GiverTrace;
  /** Sources that have failed for this file, or do not have it. */
  readonly over: Set<string>;
  /** Sources that come last. */
  readonly suspects: ReadonlySet<string>;
  /** The length of the file; undefined: it is not known. */
  readonly length: number | undefined;
  /** Whether what one source has given is gone on with from another. */
  readonly isMixed: boolean;
  /** Sources whose octets were wrong. */
  readonly liars: Set<string>;
  /** Why sources do not give it, for people. */
  readonly reasons: Map<string, string>;
  readonly onSource?: ((name: string) => void) | undefined;
}

/**
 * Many sources as one: the first of them that does not fail. A file that stops is gone on with from the next. Where its octets are wrong, it is fetched anew
 * from single sources, and then it is known who has lied.
 */
export class FirstOf implements RepositorySource {
  readonly #options: FirstOfOptions;

  constructor(options: FirstOfOptions) {
    this.#options = options;
  }

  /** Reads a file from the first source that has it. @throws OperatorError ERR_RELEASE_SOURCES */
  async read(path: string, options: ReadOptions): Promise<AsyncIterable<Uint8Array> | undefined> {
    await this.#options.prepare?.(options.signal);
    return this.#open(path, options, newCourse());
  }

  /**
   * Refreshes what is known of the repository, from one source after the other until one brings what is enough.
   *
   * @param isEnough is asked after each refresh; without it the first that does not fail is enough
   * @param kind sources of this kind alone are asked
   * @throws OperatorError ERR_RELEASE_SOURCES, or the reader's where no source brought anything better
   */
  async refresh(
    reader: Pick<RepositoryReader, "refresh">,
    signal: AbortSignal,
    isEnough: () => Promise<boolean> = async () => true,
    kind?: SourceKind,
  ): Promise<void> {
    const { ranking, prepare, sourceOf, time } = this.#options;
    await prepare?.(signal);
    let isRefreshed = false;
    let failure: unknown;
    for (const name of ranking.order(time.now(), kind)) {
      signal.throwIfAborted();
      try {
        await reader.refresh(sourceOf(name), signal);
        isRefreshed = true;
        if (!(await isEnough())) continue;
        ranking.handleSuccess(name);
        return;
      } catch (error) {
        signal.throwIfAborted();
        failure ??= error;
        this.#handleFault(name, faultOf(error), error as Error);
      }
    }
    if (!isRefreshed) throw failure ?? noSource(new Map());
  }

  /**
   * Downloads a target into a file, or goes on with what is there of it. A source whose octets are wrong is known then, and left alone.
   *
   * @throws OperatorError ERR_RELEASE_SOURCES, ERR_RELEASE_FILE
   */
  async download(target: TargetFile, file: string, { signal, onSource }: FirstOfDownload): Promise<void> {
    await this.#options.prepare?.(signal);
    const mixed = { ...newCourse(target.length), onSource };
    const wrong = await this.#attempt(target, file, signal, mixed);
    const parts = mixed.trace.parts();
    if (wrong === undefined) return this.#judgeParts(mixed, target, file);
    const suspects = new Set(parts.map(({ source }) => source));
    const last = parts.at(-1);
    if (last !== undefined && last.from === 0 && last.to >= target.length) this.#blame(last.source, mixed, wrong);
    await this.#downloadFromOne(target, file, signal, { ...mixed, suspects, isMixed: false });
    await this.#judgeParts(mixed, target, file, wrong);
  }

  /** Downloads from single sources, one after the other: whose octets are wrong has lied. */
  async #downloadFromOne(target: TargetFile, file: string, signal: AbortSignal, course: Course): Promise<void> {
    for (;;) {
      const one = { ...course, trace: new GiverTrace() };
      try {
        const wrong = await this.#attempt(target, file, signal, one);
        if (wrong === undefined) return;
        for (const { source } of one.trace.parts()) this.#blame(source, course, wrong);
      } catch (error) {
        // The next one would go on with what this source has left.
        rmSync(file, { force: true });
        if (!isNoSource(error) || this.#next(course) === undefined) throw error;
      }
    }
  }

  /** Downloads once. Resolves with the error where octets are wrong. */
  async #attempt(target: TargetFile, file: string, signal: AbortSignal, course: Course): Promise<Error | undefined> {
    const source: RepositorySource = { read: (path, options) => this.#open(path, options, course) };
    try {
      // Each source is watched for itself, and may take its time to the first octet.
      await downloadTarget(target, source, file, { signal, minimumRate: 0 });
      for (const { source: name } of course.trace.parts()) this.#options.ranking.handleSuccess(name);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      if (!isOperatorError(error) || !WRONG_OCTETS.has(error.code)) throw error;
      return error;
    }
  }

  #blame(name: string, course: Course, error: Error): void {
    course.liars.add(name);
    course.over.add(name);
    course.reasons.set(name, error.message);
    this.#handleFault(name, "lying", error);
  }

  /** Holds what was given in vain against the whole file. Where nothing was given twice, all of it is in the file. */
  async #judgeParts(course: Course, target: TargetFile, file: string, wrong?: Error): Promise<void> {
    const parts = course.trace.parts();
    const given = parts.reduce((sum, { from, to }) => sum + to - from, 0);
    if (wrong === undefined && given <= target.length) return;
    for (const { source, from, to, sha256 } of parts) {
      if (course.liars.has(source)) continue;
      const hash = createHash("sha256");
      for await (const chunk of createReadStream(file, { start: from, end: to - 1 })) hash.update(chunk as Buffer);
      if (hash.digest("hex") === sha256) continue;
      const message = `octets ${from} to ${to} were not those of ${target.name}`;
      this.#blame(source, course, wrong ?? new SourceError("ERR_RELEASE_SOURCE_ANSWER", "lying", message));
    }
  }

  /** Opens a file at the first source that has it; undefined: all that answer do not. */
  async #open(path: string, options: ReadOptions, course: Course): Promise<AsyncIterable<Uint8Array> | undefined> {
    let hasFailed = false;
    for (;;) {
      const name = this.#next(course);
      if (name === undefined) {
        if (course.length === undefined && course.reasons.size > 0 && !hasFailed) return undefined;
        throw noSource(course.reasons);
      }
      try {
        course.onSource?.(name);
        const octets = await this.#options.sourceOf(name).read(path, options);
        if (octets !== undefined) return this.#readOn(name, octets, path, options, course);
        course.over.add(name);
        course.reasons.set(name, "it has not this file");
      } catch (error) {
        options.signal.throwIfAborted();
        hasFailed = true;
        this.#handleReadFault(name, error, course);
      }
    }
  }

  async *#readOn(
    name: string,
    octets: AsyncIterable<Uint8Array>,
    path: string,
    options: ReadOptions,
    course: Course,
  ): AsyncGenerator<Uint8Array> {
    const end = Math.min(options.offset + options.lengthMax, course.length ?? Number.POSITIVE_INFINITY);
    let offset = options.offset;
    try {
      for await (const chunk of octets) {
        course.trace.handleOctets(name, offset, chunk);
        offset += chunk.length;
        yield chunk;
      }
      if (course.length === undefined || offset >= end) return;
      throw new SourceError("ERR_RELEASE_SOURCE_ANSWER", "lying", "its file is shorter than the one that was signed");
    } catch (error) {
      options.signal.throwIfAborted();
      this.#handleReadFault(name, error, course);
      if (!course.isMixed) throw noSource(course.reasons);
    }
    const rest = { ...options, offset, lengthMax: options.lengthMax - (offset - options.offset) };
    const next = await this.#open(path, rest, course);
    if (next === undefined) throw noSource(course.reasons);
    yield* next;
  }

  #next({ over, suspects }: Pick<Course, "over" | "suspects">): string | undefined {
    const { ranking, time } = this.#options;
    const names = ranking.order(time.now()).filter((name) => !over.has(name));
    return names.find((name) => !suspects.has(name)) ?? names[0];
  }

  #handleReadFault(name: string, error: unknown, course: Course): void {
    const fault = faultOf(error);
    course.over.add(name);
    course.reasons.set(name, (error as Error).message);
    this.#handleFault(name, fault, error as Error);
  }

  #handleFault(name: string, fault: SourceFault, error: Error): void {
    const { ranking, time, onFault } = this.#options;
    const retryAfterMs = error instanceof SourceError ? error.retryAfterMs : undefined;
    ranking.handleFault(name, fault, time.now(), retryAfterMs);
    onFault?.(name, fault, error);
  }
}

const NO_SOURCE: SourceErrorCode = "ERR_RELEASE_SOURCES";

/** Codes of a download whose octets are not those that were signed. */
const WRONG_OCTETS: ReadonlySet<string> = new Set<RepositoryErrorCode>(["ERR_RELEASE_TARGET", "ERR_RELEASE_TOO_LONG"]);

/** The faults of a source by what readers say of its files. Other errors are none of a source's. */
const FAULTS: Readonly<Partial<Record<string, SourceFault>>> = {
  ERR_RELEASE_EXPIRED: "stale",
  ERR_RELEASE_ROLLED_BACK: "stale",
  ERR_RELEASE_MIXED: "stale",
  ERR_RELEASE_SOURCE: "lost",
  ERR_RELEASE_TOO_SLOW: "slow",
  ERR_RELEASE_FORM: "lying",
  ERR_RELEASE_TOO_LONG: "lying",
  ERR_RELEASE_SIGNATURES: "lying",
  ERR_RELEASE_KEY_TWICE: "lying",
  ERR_RELEASE_TARGET: "lying",
} satisfies Partial<Record<RepositoryErrorCode, SourceFault>>;

/** The fault of a source by the error that came of it. @throws the error, where it is no source's */
function faultOf(error: unknown): SourceFault {
  if (error instanceof SourceError) return error.fault;
  const fault = isOperatorError(error) ? FAULTS[error.code] : undefined;
  if (fault === undefined) throw error;
  return fault;
}

function newCourse(length?: number): Course {
  const sets = { over: new Set<string>(), suspects: new Set<string>(), liars: new Set<string>() };
  return { ...sets, trace: new GiverTrace(), length, isMixed: true, reasons: new Map() };
}

function isNoSource(error: unknown): boolean {
  return isOperatorError(error) && error.code === NO_SOURCE;
}

function noSource(reasons: ReadonlyMap<string, string>): OperatorError {
  const told = [...reasons].map(([name, reason]) => `${name}: ${reason}`).join("; ");
  const message = told === "" ? "no store and no cache may be asked at present" : `no source gives it (${told})`;
  return new OperatorError(NO_SOURCE, message, {
    advice: SOURCE_ERRORS.ERR_RELEASE_SOURCES.advice,
    exitCode: EXIT_CODES.unreachable,
  });
}
