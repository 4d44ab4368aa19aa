/** A running issuer: the core, the CA folder, the lists, and the server with a certificate of its own. */
import { mkdirSync } from "node:fs";
import type { Server } from "node:https";
import {
  type Clocks,
  formatPrincipal,
  HeldTrust,
  Holdings,
  IdentityError,
  revocationFolder,
} from "@florenetes/identity";
import {
  type AuthorityRecord,
  type CertificateAuthority,
  type EnrollmentWish,
  findOrphans,
  type IssuedCertificate,
  Issuer,
  type IssuerRefusal,
  type IssuerTrust,
  type IssuingDecision,
  makeKey,
  readTokens,
  type RenewalWish,
  tokenIdOf,
} from "@florenetes/identity/authority";
import { createRateLimitedLog, type Logger, type RateLimitedLog } from "@florenetes/process-kit";
import { monotonicNow } from "@florenetes/scheduling";
import { ISSUER_NAME } from "../renewal/issuer-name.ts";
import type { IssuerConfig } from "./issuer-config.ts";
import { HeldQuestions } from "./held-questions.ts";
import {
  type IssuerAnswer,
  type ListsWish,
  openIssuerServer,
  type Reply,
  type ServerIdentity,
} from "./issuer-server.ts";
import { ISSUER_LOOK_MS } from "./limits.ts";
import { NodeRecords } from "./node-records.ts";
import { ToldLists } from "./told-lists.ts";

const DAY_MS = 86_400_000;

const CANNOT_ISSUE: IssuerRefusal = {
  code: "ERR_ISSUER_BUSY",
  text: "the issuer cannot issue at present: its log says why",
};

export class RunningIssuer implements Disposable {
  readonly #config: IssuerConfig;
  readonly #ca: CertificateAuthority;
  readonly #holdings: Holdings;
  readonly #core: Issuer;
  readonly #log: Logger;
  readonly #limited: RateLimitedLog;
  readonly #told: ToldLists;
  /** Undefined: nobody knows nodes here. */
  readonly #nodes: NodeRecords | undefined;
  /** Nodes that have the lists as they are, and wait for others. */
  readonly #waiting = new HeldQuestions<Reply>();
  #server: Server | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** When the server's certificate is made anew, and when its CA is warned of next; milliseconds since 1970. */
  #renewAt = 0;
  #warnAt = 0;

  private constructor(config: IssuerConfig, ca: CertificateAuthority, holdings: Holdings, log: Logger) {
    this.#config = config;
    this.#ca = ca;
    this.#holdings = holdings;
    this.#core = new Issuer(config);
    this.#log = log;
    this.#limited = createRateLimitedLog(log);
    const { agent, cluster } = config;
    this.#nodes = agent === undefined ? undefined : new NodeRecords({ agent, cluster });
    this.#told = new ToldLists([config.trust, ca.folder]);
  }

  /** Rejects with an IdentityError, or the system's error of listening. */
  static async open(config: IssuerConfig, ca: CertificateAuthority, log: Logger): Promise<RunningIssuer> {
    const trust = new HeldTrust(config.trust, config.cluster);
    const stateFolder = revocationFolder(config.state, config.cluster);
    mkdirSync(stateFolder, { recursive: true });
    const holdings = await Holdings.open({
      cluster: config.cluster,
      identities: [],
      trust,
      stateFolder,
      policy: { isRequired: config.isListRequired, graceMs: config.listGraceMs },
      expiryWarningMs: config.warningMs,
      wallClock: () => new Date(),
      log,
    });
    const issuer = new RunningIssuer(config, ca, holdings, log);
    try {
      await issuer.#start();
    } catch (error) {
      issuer[Symbol.dispose]();
      throw error;
    }
    return issuer;
  }

  /** Reads roots and lists again. */
  async reload(): Promise<void> {
    await this.#holdings.reload();
    this.#server?.setSecureContext(this.#makeIdentity());
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#server?.close();
    this.#server?.closeAllConnections();
    this.#holdings.close();
  }

  async #start(): Promise<void> {
    this.#server = await openIssuerServer({
      listen: this.#config.listen,
      identity: this.#makeIdentity(),
      renew: (wish) => this.#renew(wish),
      renewEnded: (wish) => this.#renewEnded(wish),
      check: (wish) => this.#check(wish),
      lists: (wish, reply) => this.#tellLists(wish, reply),
      roots: () => this.#roots,
      enroll: (wish) => this.#enroll(wish),
      onFault: (error) => this.#log.error({ code: "ISSUER_FAULT", err: error }, "a request could not be answered"),
    });
    this.#server.on("error", (error) =>
      this.#log.error({ code: "ISSUER_FAULT", err: error }, "the server has a fault"),
    );
    this.#holdings.watch({ handleCredentials: () => undefined, handleRevocations: () => this.#revokeOrphans() });
    this.#revokeOrphans();
    this.#timer = setInterval(() => this.#look(), ISSUER_LOOK_MS);
    this.#look();
  }

  #renew(wish: RenewalWish): IssuerAnswer {
    const decide = (record: AuthorityRecord, at: Clocks): IssuingDecision | IssuerRefusal =>
      this.#core.handleRequest(wish, { ...this.#trust, record }, at);
    return this.#issue(decide, "ISSUER_RENEWED", "an identity is renewed");
  }

  async #renewEnded(wish: RenewalWish): Promise<IssuerAnswer> {
    // The agent is asked neither for a stranger nor for what another issuer has made.
    const known = this.#try("read its record", () => this.#ca.record);
    if (known === undefined) return CANNOT_ISSUE;
    const peer = this.#core.judgeEnded(wish.chain, { ...this.#trust, record: known }, clocks());
    if ("code" in peer) return this.#refused(peer);
    const nodeFault = await this.#nodes?.faultOf(peer.principal);
    const decide = (record: AuthorityRecord, at: Clocks): IssuingDecision | IssuerRefusal =>
      this.#core.handleEndedRequest(wish, { ...this.#trust, record, nodeFault }, at);
    return this.#issue(decide, "ISSUER_RENEWED_ENDED", "an identity that had ended is renewed");
  }

  #enroll({ secret, request }: EnrollmentWish): IssuerAnswer {
    const id = tokenIdOf(secret);
    const tokens = this.#try("read its tokens", () => readTokens(this.#ca.folder)) ?? [];
    // The author has proven nothing: only a token that is there is worth a turn in the folder.
    const token = tokens.find((each) => each.id === id);
    if (token === undefined)
      return this.#refused({ code: "ERR_ISSUER_TOKEN", text: "the token is none of this issuer" });
    const decide = (record: AuthorityRecord, at: Clocks): IssuingDecision | IssuerRefusal =>
      this.#core.handleEnrollment(token, request, { record }, at);
    return this.#issue(decide, "ISSUER_ENROLLED", "a token was used for a first certificate");
  }

  /** Decides by the record, and issues; nothing is answered that is not recorded. */
  #issue(
    decide: (record: AuthorityRecord, at: Clocks) => IssuingDecision | IssuerRefusal,
    code: "ISSUER_RENEWED" | "ISSUER_RENEWED_ENDED" | "ISSUER_ENROLLED",
    text: string,
  ): IssuerAnswer {
    const at = new Date();
    let outcome: IssuedCertificate | IssuerRefusal;
    try {
      outcome = this.#ca.decide((record) => decide(record, { ...clocks(), wall: at }), at);
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      const { code, message } = error;
      this.#limited.error({ code: "ISSUER_FAILED", reason: code, ...error.where }, `cannot issue: ${message}`);
      return CANNOT_ISSUE;
    }
    if ("code" in outcome) return this.#refused(outcome);
    const { principal, serial, notAfter } = outcome;
    const fields = { principal: formatPrincipal(principal), serial, notAfter: notAfter.toISOString() };
    this.#log.info({ code, ...fields }, text);
    return { chain: outcome.certificateChainPem };
  }

  #check({ chain }: Pick<RenewalWish, "chain">): IssuerAnswer {
    const refusal = this.#core.handleCheck(chain, this.#trust, clocks());
    return refusal === undefined ? {} : this.#refused(refusal);
  }

  /** Tells a node the lists: at once, or as soon as there are others than it knows. */
  #tellLists({ chain, known }: ListsWish, reply: Reply): (() => void) | undefined {
    this.#try("read its lists", () => this.#lookAtLists());
    const isKnown = known === this.#told.hash;
    const asked = this.#core.handleListsAsked(chain, isKnown, this.#trust, clocks());
    if ("code" in asked) {
      reply(this.#refused(asked));
      return undefined;
    }
    if (!isKnown) {
      reply(this.#told.answer);
      return undefined;
    }
    const { keyHash } = asked;
    for (const other of this.#waiting.hold(keyHash, reply, monotonicNow())) other({});
    return () => this.#waiting.forget(keyHash, reply);
  }

  /** Tells nodes that wait when there are other lists, or they have waited for long enough. */
  #lookAtLists(): void {
    if (this.#told.look()) for (const reply of this.#waiting.takeAll()) reply(this.#told.answer);
    for (const reply of this.#waiting.takeDue(monotonicNow())) reply({});
  }

  #refused({ code: reason, text }: IssuerRefusal): IssuerAnswer {
    this.#limited.warn({ code: "ISSUER_REFUSED", reason, text }, "a request is refused", "", reason);
    return { code: reason, text };
  }

  get #trust(): IssuerTrust {
    return { trustBundlePem: this.#roots, revocations: this.#holdings.revocations };
  }

  get #roots(): string {
    return this.#holdings.roots!;
  }

  /** Nodes know the issuer by a certificate of its own, which nobody but this process holds. */
  #makeIdentity(): ServerIdentity {
    const at = new Date();
    const key = makeKey();
    const { publicKeyInfo } = key;
    const { lifeMs } = this.#config;
    const own = this.#ca.certify({ kind: "service", name: ISSUER_NAME, publicKeyInfo, lifeMs }, at);
    this.#renewAt = (at.getTime() + own.validUntil.getTime()) / 2;
    return { key: Buffer.from(key.pem).toString(), cert: own.certificateChainPem };
  }

  #look(): void {
    const now = Date.now();
    const { notAfter } = this.#ca.authority;
    this.#try("renew its own certificate", () => {
      if (now >= this.#renewAt) this.#server?.setSecureContext(this.#makeIdentity());
    });
    this.#try("read its lists", () => this.#lookAtLists());
    if (now < notAfter.getTime() - this.#config.warningMs || now < this.#warnAt) return;
    this.#warnAt = now + DAY_MS;
    const end = notAfter.toISOString();
    this.#log.warn(
      { code: "ISSUER_ENDS_SOON", notAfter: end },
      `the issuer's CA ends on ${end.slice(0, 10)}, and all that it has issued with it: make another one with flor ca intermediate`,
    );
  }

  /** Certificates that came from one that another CA has revoked are revoked, too, by this CA's own list. */
  #revokeOrphans(): void {
    const orphans = findOrphans(this.#ca.record, this.#holdings.revocations, new Date());
    if (orphans.length === 0) return;
    this.#try("revoke", () => {
      const { list } = this.#ca.revoke(orphans.map(({ serial }) => ({ serial })));
      for (const { serial, principal } of orphans) {
        this.#log.warn(
          { code: "ISSUER_REVOKED", serial, principal, list: list.number },
          "a renewed certificate is revoked, as the one from which it came is: bring the issuer's list to the nodes",
        );
      }
    });
  }

  /** Does something that the CA folder or a file of lists may refuse. Returns undefined then: that is logged, and tried again. */
  #try<Result>(what: string, action: () => Result): Result | undefined {
    try {
      return action();
    } catch (error) {
      if (!(error instanceof IdentityError)) throw error;
      this.#limited.error({ code: "ISSUER_FAILED", reason: error.code }, `cannot ${what}: ${error.message}`);
      return undefined;
    }
  }
}

function clocks(): Clocks {
  return { wall: new Date(), monotonic: monotonicNow() };
}
