/** Follows the revocation lists of an issuer: what is published there is in force on this node some seconds later. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isOperatorError, formatDuration } from "@florenetes/operator-text";
import { createRateLimitedLog, type Logger, type RateLimitedLog } from "@florenetes/process-kit";
import { monotonicNow } from "@florenetes/scheduling";
import type { FLOR_ERRORS } from "../error-codes.ts";
import { attempt } from "./attempt.ts";
import { openFolders, putLists } from "./bring-lists.ts";
import { waitForLists } from "./issuer-client.ts";
import { ListPace } from "./list-pace.ts";
import type { IssuerPlace, RenewalConfig } from "./renewal-config.ts";

/** The hash of no lists: an issuer tells at once what it has, also where it has none. */
const NOTHING_KNOWN = "";
const UNREACHABLE = "ERR_FLOR_ISSUER_UNREACHABLE" satisfies keyof typeof FLOR_ERRORS;
/** Faults are told so often at most. */
const TOLD_MS = 60_000;

export class ListFollower {
  readonly #config: RenewalConfig;
  readonly #issuer: IssuerPlace;
  readonly #log: Logger;
  readonly #limited: RateLimitedLog;
  readonly #pace: ListPace;
  /** SHA-256 of the lists that the issuer told last. */
  #known = NOTHING_KNOWN;
  /** The identity that asks, by its number: the next one where the issuer refuses it. */
  #asker = 0;

  constructor(issuer: IssuerPlace, config: RenewalConfig, log: Logger) {
    this.#issuer = issuer;
    this.#config = config;
    this.#log = log;
    this.#limited = createRateLimitedLog(log, { intervalMs: TOLD_MS });
    this.#pace = new ListPace(config.staleAfterMs, monotonicNow());
  }

  /** Whether the issuer has not answered for too long. */
  get isStale(): boolean {
    return this.#pace.isStale(monotonicNow());
  }

  /** Goes on until the signal comes. Rejects with mistakes of the program alone. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#warn();
      const now = monotonicNow();
      const due = Math.min(this.#pace.nextAt, this.#pace.warnsAt);
      if (now < due) await sleep(Math.ceil(due - now), undefined, { signal }).catch(() => undefined);
      else if (now >= this.#pace.nextAt) await this.#ask(signal);
    }
  }

  #warn(): void {
    const silentMs = this.#pace.pollWarning(monotonicNow());
    if (silentMs === undefined) return;
    const { host, port } = this.#issuer;
    const text = `the issuer at ${host}, port ${port} has not answered for ${formatDuration(silentMs)}: what was revoked since then is not known here`;
    this.#log.warn({ code: "LISTS_STALE", host, port, silentMs: Math.round(silentMs) }, text);
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const folders = await openFolders(this.#config);
    const asker = folders[this.#asker % folders.length];
    if (asker === undefined) {
      this.#limited.warn(
        { code: "LISTS_NOT_TAKEN" },
        "no identity folder is in order, by which the issuer can be asked",
      );
      return this.#pace.handleRefused(monotonicNow());
    }
    this.#pace.handleAsked(monotonicNow());
    const pem = await attempt(() => waitForLists(this.#issuer, asker.credentials, this.#known, signal)).catch(
      (error) => {
        if (!signal.aborted) throw error;
      },
    );
    if (signal.aborted) return;
    if (pem instanceof Error) return this.#fail(pem, folders.length);
    const isNew = pem !== undefined && this.#know(pem);
    if (isNew && (await this.#take(pem)) === "refused") {
      this.#known = NOTHING_KNOWN;
      return this.#pace.handleRefused(monotonicNow());
    }
    if (this.#pace.handleAnswer(isNew, monotonicNow()))
      this.#log.info({ code: "LISTS_HEARD", ...this.#issuer }, "the issuer answers again");
  }

  /** Returns whether these are other lists than before. */
  #know(pem: string): boolean {
    const hash = createHash("sha256").update(pem).digest("hex");
    const isNew = hash !== this.#known;
    this.#known = hash;
    return isNew;
  }

  async #take(pem: string): Promise<"taken" | "refused"> {
    // An identity may have been renewed while the question waited.
    const { folders, problems } = await putLists(await openFolders(this.#config), pem);
    for (const folder of folders) this.#log.info({ code: "LISTS_TAKEN", folder }, "a newer revocation list is there");
    for (const { message } of problems)
      this.#limited.warn({ code: "LISTS_NOT_TAKEN" }, `lists are not taken: ${message}`);
    return problems.length > 0 ? "refused" : "taken";
  }

  #fail(error: Error, askers: number): void {
    const reason = isOperatorError(error) ? error.code : "";
    this.#limited.warn({ code: "LISTS_NOT_HEARD", reason }, error.message, "", reason);
    if (reason === UNREACHABLE) return this.#pace.handleUnreachable(Math.random(), monotonicNow());
    this.#asker = (this.#asker + 1) % askers;
    // Another identity of this node may be one that the issuer answers.
    if (this.#asker === 0) this.#pace.handleRefused(monotonicNow());
  }
}
