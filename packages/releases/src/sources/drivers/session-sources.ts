import { connectSession, type WorkloadSession } from "@florenetes/data-session/workload";
import { EXIT_CODES, OperatorError } from "@florenetes/operator-text";
import type { ProcessTime } from "@florenetes/scheduling";
import type { RepositoryReader, TargetFile } from "../../repository/index.ts";
import { SOURCE_ERRORS, type SourceErrorCode } from "../errors.ts";
import { MEASURE_MS, MEASURED_AT_ONCE, SESSION_AGE_MS } from "../limits.ts";
import { sourcesAmong } from "../source-names.ts";
import { type SourceFault, type SourceKind, SourceRanking, type SourceStatus } from "../source-ranking.ts";
import { FirstOf, type FirstOfDownload } from "./first-of.ts";
import { HttpSource } from "./http-source.ts";

export interface SessionSourcesOptions {
  /** Path of the cluster vertex's socket of data sessions. */
  readonly sessions: string;
  /** The name of this program, for people. */
  readonly name: string;
  readonly time: ProcessTime;
  /** The service that this process serves itself: it is never asked. */
  readonly own?: string;
  /** Further headers of each request, by the source's kind. */
  readonly headersOf?: (service: string) => Readonly<Record<string, string>>;
  readonly onFault?: (service: string, fault: SourceFault, error: Error) => void;
  /** Is told how many octets have come from a source. */
  readonly onOctets?: (service: string, octets: number) => void;
}

/**
 * The stores and caches that a data session with the node's cluster vertex leads to: the services `update-store`, `update-store.<name>` and
 * `update-cache.<node>`.
 */
export class SessionSources implements AsyncDisposable {
  readonly #options: SessionSourcesOptions;
  readonly #ranking = new SourceRanking();
  readonly #first: FirstOf;
  readonly #sources = new Map<string, HttpSource>();
  /** Caches to which a way was opened over this session. */
  #measured = new Set<string>();
  #session: { readonly opened: Promise<WorkloadSession>; readonly since: number } | undefined;
  #preparing: Promise<void> | undefined;

  constructor(options: SessionSourcesOptions) {
    this.#options = options;
    const { time, onFault } = options;
    this.#first = new FirstOf({
      ranking: this.#ranking,
      sourceOf: (service) => this.#sourceOf(service),
      time,
      prepare: () => (this.#preparing ??= this.#prepare().finally(() => (this.#preparing = undefined))),
      ...(onFault && { onFault }),
    });
  }

  /** Refreshes a reader by these sources (`FirstOf.refresh`). @throws OperatorError ERR_RELEASE_SESSION, too */
  refresh(
    reader: Pick<RepositoryReader, "refresh">,
    signal: AbortSignal,
    isEnough?: () => Promise<boolean>,
    kind?: SourceKind,
  ): Promise<void> {
    return this.#first.refresh(reader, signal, isEnough, kind);
  }

  /** Downloads a target from these sources (`FirstOf.download`). @throws OperatorError ERR_RELEASE_SESSION, too */
  download(target: TargetFile, file: string, options: FirstOfDownload): Promise<void> {
    return this.#first.download(target, file, options);
  }

  /** The sources that there are, for people. */
  status(): readonly SourceStatus[] {
    return this.#ranking.status(this.#options.time.now());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const session = this.#session;
    this.#session = undefined;
    await session?.opened.then((opened) => opened.close()).catch(() => undefined);
  }

  async #prepare(): Promise<void> {
    const session = await this.#open();
    const { own } = this.#options;
    // A vertex that has too many services to tell them tells none: then there is the store.
    const services = session.services ?? ["update-store"];
    this.#ranking.handleSources(sourcesAmong(services, own));
    for (const [service, { roundTripMs }] of session.routes) {
      if (roundTripMs > 0) this.#ranking.handleRoundTrip(service, roundTripMs);
    }
    await this.#measure(session);
  }

  /** The session, opened anew where it is old: those that go on over the former one keep it until they are over. */
  async #open(): Promise<WorkloadSession> {
    const { sessions, name, time } = this.#options;
    const former = this.#session;
    if (former !== undefined && time.now() - former.since < SESSION_AGE_MS) {
      const session = await former.opened.catch(() => undefined);
      if (session !== undefined && !session.closed) return session;
    }
    const opened = connectSession(sessions, { name });
    this.#session = { opened, since: time.now() };
    this.#measured = new Set();
    former?.opened.then((session) => session.closed || session.goAway()).catch(() => undefined);
    try {
      const session = await opened;
      session.on("route", ({ service, roundTripMs }) => {
        if (roundTripMs > 0) this.#ranking.handleRoundTrip(service, roundTripMs);
      });
      return session;
    } catch (cause) {
      this.#session = undefined;
      const code: SourceErrorCode = "ERR_RELEASE_SESSION";
      throw new OperatorError(code, `no data session: ${(cause as Error).message}`, {
        advice: SOURCE_ERRORS[code].advice,
        where: { file: sessions },
        exitCode: EXIT_CODES.unreachable,
        cause,
      });
    }
  }

  /** Opens a way to caches of which no round trip is known, once for each session: then the vertex tells it. */
  async #measure(session: WorkloadSession): Promise<void> {
    const unknown = this.#ranking.unmeasured(this.#options.time.now()).filter((name) => !this.#measured.has(name));
    const services = unknown.slice(0, MEASURED_AT_ONCE);
    for (const service of services) this.#measured.add(service);
    const signal = AbortSignal.timeout(MEASURE_MS);
    await Promise.all(services.map((service) => this.#measureOne(session, service, signal)));
  }

  async #measureOne(session: WorkloadSession, service: string, signal: AbortSignal): Promise<void> {
    const told = Promise.withResolvers<void>();
    const listen = (route: { readonly service: string; readonly roundTripMs: number }): void => {
      if (route.service === service && route.roundTripMs > 0) told.resolve();
    };
    session.on("route", listen);
    signal.addEventListener("abort", () => told.resolve(), { once: true });
    try {
      const stream = await session.open(service, { class: "bulk", signal });
      stream.on("error", () => told.resolve());
      await told.promise;
      stream.destroy();
    } catch {
      // Whoever asks this cache for something learns why it is not there.
    } finally {
      session.off("route", listen);
    }
  }

  #sourceOf(service: string): HttpSource {
    const known = this.#sources.get(service);
    if (known !== undefined) return known;
    const { time, headersOf, onOctets } = this.#options;
    const source = new HttpSource({
      connect: async (signal) => (await this.#open()).open(service, { class: "bulk", signal }),
      time,
      headers: headersOf?.(service) ?? {},
      ...(onOctets && { onOctets: (octets: number) => onOctets(service, octets) }),
    });
    this.#sources.set(service, source);
    return source;
  }
}
