import assert from "node:assert";
import type { Credentials } from "@florenetes/identity";
import { NOT_IN_HEAP, type Timed, TimerTable } from "@florenetes/scheduling";
import type { QuicConfig } from "@florenetes/quic";
import { Code, type ConnectionEnd, isJudgement, type Refusal } from "../codes.ts";
import type { ConnectionPlace, ConnectionRole } from "../connections/connection-role.ts";
import type { EndConnection } from "../connections/end-connection.ts";
import { EngineConnection } from "../connections/engine-connection.ts";
import type { Route } from "../routes/route-table.ts";
import type { RouteSwitched } from "../routes/switch-log.ts";
import { isOfLaterLife, isRestart } from "../peers/lives.ts";
import { carriageOf, type Hello } from "../messages.ts";
import type { DatagramDrops } from "../datagrams/flow-account.ts";
import type { PathPlace, PathUser } from "../paths/path-size.ts";
import type { Proof } from "../peers/principals.ts";
import { quicConfig } from "../connections/quic-settings.ts";
import { Absence, type AbsenceFacts } from "./absence.ts";
import { Attempt } from "./attempt.ts";
import { AttemptPace } from "./attempt-pace.ts";
import { Beside, idBeside } from "./beside.ts";
import { judgeEnd, switchReasonOf } from "./end-verdict.ts";
import { HeldClients, heldWhereBulk } from "./held-clients.ts";
import { IdleWatch } from "./idle-watch.ts";
import type { ClientsOwner, TrunkClients } from "./trunk-clients.ts";
import type { TrunkHost } from "./trunk-host.ts";
import type { TrunkOptions } from "./trunk-options.ts";
import { TrunkLog } from "./trunk-log.ts";
import { TrunkWay } from "./trunk-way.ts";

/** The timers of a trunk: each begins an attempt. */
const Timer = {
  /** The trunk has no connection, or a successor could not be made: another attempt begins. */
  attempt: 0,
  /** The present connection gets a successor. */
  rotate: 1,
  /** Connections that are used up get one more beside them. */
  beside: 2,
} as const;
const TIMER_COUNT = 3;

/**
 * The way from one principal to one service over one path, in one traffic class, with datagrams cut or not: a connection, its successor
 * while it is being made, and its predecessors whose streams have not ended yet. The connection is always kept, or made when a client comes and closed when
 * it has been unused for a while. One whose streams are used up gets others beside it.
 *
 *     client ──▶ current, or one beside it, with room? ──yes──▶ a stream on it
 *                   │ no
 *                   ▼
 *               waiting ──attempt established──▶ a stream on it
 *                   └──refused, or too late──▶ reset
 *
 * Where its path leads nowhere yet, it makes no attempts, and workloads wait for another path. While the trunk's own certificate is revoked or has
 * ended, it makes none, and no workload waits.
 */
export class Trunk implements ConnectionRole<EngineConnection>, ClientsOwner, PathUser, Timed {
  deadline: number = Number.POSITIVE_INFINITY;
  heapIndex: number = NOT_IN_HEAP;
  readonly isAcceptor = false;
  readonly datagramDrops: DatagramDrops;
  readonly options: TrunkOptions;
  readonly clients: TrunkClients;
  readonly absence: Absence;
  isStopped = false;
  /** Counts the switches to other routes. */
  switches = 0;
  lastSwitch: RouteSwitched | undefined;
  /** Counts how often workloads began to wait as no connection had room for one more stream. */
  usedUp = 0;

  #standby: Trunk | undefined;
  /** How often workloads began to wait for room at former standby hosts, and at the present one before it was taken. */
  #usedUpThere = 0;
  #usedUpBefore = 0;
  readonly #idle = new IdleWatch();
  readonly #host: TrunkHost<Trunk>;
  readonly #log: TrunkLog;
  #credentials: Credentials;
  /** The principal and certificates of `#credentials`. */
  #own: Proof;
  #config: QuicConfig;
  readonly #way: TrunkWay;
  #attempt: EngineConnection | undefined;
  /** The last attempt's settings, and what the far end has proven in it. */
  #lastAttempt: Attempt | undefined;
  /** Whether the attempt is for a connection beside the current one, and not for its successor. */
  #isAttemptBeside = false;
  #current: EndConnection | undefined;
  readonly #beside = new Beside();
  /** Connections whose far end says nothing, though it owes an answer. */
  readonly #silent = new WeakSet<EndConnection>();
  /** Predecessors of the current connection whose streams have not ended. */
  readonly #draining = new Set<EndConnection>();
  readonly #timers = new TimerTable(TIMER_COUNT);
  readonly #pace: AttemptPace;
  #hasStarted = false;
  /** When an attempt that nothing has answered is given up for one over another route. */
  #silentUntil = Number.POSITIVE_INFINITY;

  constructor(host: TrunkHost<Trunk>, options: TrunkOptions) {
    this.datagramDrops = options.datagramDrops;
    this.#host = host;
    this.options = options;
    const facts = { rttMs: () => this.roundTripMs ?? 0, hasConnection: () => this.#isConnected };
    const wayOptions = {
      carriage: options,
      ...facts,
      onSwitched: (switched: RouteSwitched) => this.#handleSwitched(switched),
    };
    this.#way = new TrunkWay(options.place, wayOptions, host.now());
    this.#pace = new AttemptPace(host.limits, host.roundTrips);
    this.#log = new TrunkLog(host.log.limited, options);
    this.#credentials = options.credentials;
    this.#own = host.principals.own(options.credentials);
    this.#config = quicConfig(options.credentials, this.#way.size.payloadMax, 0, host.limits);
    this.clients = heldWhereBulk(host.clientsOf(this), options.trafficClass);
    this.absence = new Absence({
      path: options.path,
      silenceMs: host.limits.unreachableMs,
      facts: () => this.#absenceFacts(host.now()),
      onChange: (isUnreachable) => this.clients.handleUnreachable(isUnreachable),
    });
    if (options.problem !== undefined) this.clients.handleUnreachable(true);
  }

  /** All connections of the trunk, of whatever age. */
  get #connections(): readonly EndConnection[] {
    return [this.#attempt, this.#current, ...this.#beside.all, ...this.#draining].filter(
      (connection) => connection !== undefined,
    );
  }

  /** Whether the trunk has no connection that could take streams, and makes none. */
  get #isIdle(): boolean {
    return this.#current === undefined && this.#attempt === undefined;
  }

  /** The trunk to the standby host, over which new streams go while this one's host is silent; undefined: they go over this one. */
  get standby(): Trunk | undefined {
    return this.#standby;
  }

  set standby(standby: Trunk | undefined) {
    this.#usedUpThere += (this.#standby?.usedUp ?? 0) - this.#usedUpBefore;
    this.#usedUpBefore = standby?.usedUp ?? 0;
    this.#standby = standby;
  }

  /** Whether the trunk is to have a connection. */
  get isNeeded(): boolean {
    return this.#idle.isForEver || this.#current !== undefined || this.clients.areWaiting;
  }

  /** True while a workload waits, or predecessors drain: a service that was restarted with another key cannot end those by a stateless reset. */
  get isWatchful(): boolean {
    return this.#draining.size > 0 || this.clients.areWaiting;
  }

  start(now: number): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#timers.set(Timer.attempt, this.#firstAttemptAt(now));
    this.handleTimeout(now);
  }

  /** Keeps an unused connection for so long from now on. */
  keepFor(ms: number, now: number): void {
    this.#idle.keepFor(ms);
    if (this.#current !== undefined) this.#idle.start(now);
    if (!this.#hasStarted || this.isStopped) return;
    if (this.#isIdle) this.#timers.setEarlier(Timer.attempt, this.#firstAttemptAt(now));
    this.handleTimeout(now);
  }

  /** The route that connections use now; undefined: the path has one way alone. */
  get route(): Route | undefined {
    return this.#way.route;
  }

  /** When the last stream was opened, or its connection was made; -Infinity: there was none. */
  get usedAt(): number {
    return this.#idle.usedAt;
  }

  get hasStreams(): boolean {
    return this.#connections.some((connection) => connection.hasStreams);
  }

  /** Whether the trunk has stopped, and has no connection left. */
  get isOver(): boolean {
    return this.isStopped && this.#connections.length === 0;
  }

  /** Connections use that path from now on, and their streams go on. */
  handlePath(path: PathPlace, now: number): void {
    if (this.#way.replace(path, now)) this.#move(now);
    else if (this.#way.takeShare()) for (const connection of this.#connections) connection.relabel(this.#way.way);
    // An unknown size is told as soon as it has been found.
    if (!this.#way.size.isUnknown) this.handlePathSize(now);
    this.#tryAgain(now);
  }

  handleRoutes(now: number): void {
    if (this.#way.handleRoutes(now)) this.#move(now);
    this.#arm();
  }

  /** The credentials with which new connections are made. */
  get credentials(): Credentials {
    return this.#credentials;
  }

  /** Whether new streams reach the far end, as far as is known: it has greeted on the present connection, and is not silent. */
  get isReady(): boolean {
    const current = this.#current;
    return current?.peerHello !== undefined && !this.#silent.has(current);
  }

  handleSilent(connection: EndConnection, now: number): void {
    this.#silent.add(connection);
    if (connection === (this.#current ?? this.#attempt)) this.options.onSilent(now);
  }

  /** A draining connection says of the way what a current one would, where there is none. */
  handleUnanswered(connection: EndConnection, unansweredMs: number, now: number): void {
    if (connection === this.#attempt && !this.#isConnected) {
      this.#silentUntil = connection.startedAt + (this.#way.attemptMs ?? Number.POSITIVE_INFINITY);
    } else if (connection === (this.#current ?? [...this.#draining][0])) {
      if (this.#way.handleUnanswered(unansweredMs, now)) this.#move(now);
    }
    this.#arm();
  }

  handleAnswered(connection: EndConnection, now: number): void {
    this.#silent.delete(connection);
    if (connection === this.#attempt) this.#silentUntil = Number.POSITIVE_INFINITY;
    else this.#way.handleAnswered(now);
    if (connection === this.#current) this.options.onHeard(now);
    this.#arm();
  }

  /** A connection's packets never become larger. So a connection whose path has another size now gets a successor, at once if it is
   *  unused; and connections whose packets do not arrive any more go on with smaller ones. */
  handlePathSize(now: number): void {
    const { size } = this.#way;
    const { payloadMax } = size;
    for (const connection of this.#connections) {
      if (!size.isCarried(connection.payloadMax)) connection.shrink(payloadMax);
    }
    if (this.isStopped) return;
    if (this.#current === undefined && this.#pace.isNew) this.#timers.set(Timer.attempt, now);
    if (payloadMax !== this.#config.sendPayloadMax) {
      this.#config = { ...this.#config, receivePayloadMax: payloadMax, sendPayloadMax: payloadMax };
      const current = this.#current;
      if (current !== undefined) this.#timers.setEarlier(Timer.rotate, this.#pace.resizableAt(current.hasStreams, now));
    }
    this.handleTimeout(now);
  }

  /** A mark on a packet that is larger than the path's present size tells nothing new. */
  handleSizeDoubt(connection: EndConnection, byEnd: boolean, now: number): void {
    const { size } = this.#way;
    if (!byEnd && connection.payloadMax > size.payloadMax) return;
    size.handleDoubt(connection.payloadMax, now);
  }

  /** Takes no more clients, and closes the connection when its streams have ended. */
  stop(): void {
    this.isStopped = true;
    this.clients.refuse(Code.stopping, "");
    for (const connection of [this.#attempt, this.#current, ...this.#beside.all]) connection?.drain();
    this.#arm();
  }

  /** Makes connections with these credentials from now on. The present connection gets a successor, and a refused attempt another try. */
  handleCredentials(credentials: Credentials, now: number): void {
    this.#credentials = credentials;
    this.#own = this.#host.principals.own(credentials);
    this.#config = { ...this.#config, credentials };
    this.#tryAgain(now);
    if (this.#current !== undefined && !this.isStopped) {
      this.#timers.setEarlier(Timer.rotate, this.#pace.renewableAt(now));
      this.#arm();
    }
  }

  /** Other CRLs or another config are in force: an attempt that the former ones refused gets another try. */
  handleOtherRules(now: number): void {
    this.#tryAgain(now);
  }

  /** Why the trunk makes no connections now, for people; "" when it does. */
  get problem(): string {
    return this.refusal?.text ?? this.options.problem ?? "";
  }

  get refusal(): Refusal | undefined {
    return this.#host.principals.ownRefusalOf(this.#own);
  }

  handleRenewal(connection: EndConnection, now: number): void {
    const isMeant = connection === this.#current || this.#beside.all.includes(connection);
    if (!isMeant || this.isStopped) return;
    this.#timers.setEarlier(Timer.rotate, this.#pace.renewableAt(now));
    this.#arm();
  }

  handlePressure(connection: EndConnection, now: number): void {
    if (connection === this.#current && this.clients instanceof HeldClients) this.#setCurrent(connection);
    this.handleTimeout(now);
  }

  /** If there is a connection already, its clients are about to have it. */
  handleWaiting(now: number): void {
    this.options.onWaiting(now);
    this.hasten(now);
  }

  /** Workloads wait for a connection, be it elsewhere: an attempt is made at once, unless there was one a moment ago. */
  hasten(now: number): void {
    if (this.#isIdle && !this.isStopped) this.#timers.setEarlier(Timer.attempt, this.#pace.earliest);
    this.#attempt?.touch();
    this.handleTimeout(now);
  }

  handleUsedUp(now: number): void {
    this.usedUp++;
    this.#beside.handleUse(now);
    this.#log.handleUsedUp(1 + this.connectionsBeside);
    // A successor has room, too.
    if (this.#attempt === undefined) {
      if (this.#timers.isSet(Timer.attempt)) this.#timers.setEarlier(Timer.attempt, this.#pace.renewableAt(now));
      else this.#timers.setEarlier(Timer.beside, this.#besideAt(now));
    }
    // The clients are in the middle of a call.
    this.#arm();
  }

  handleRoom(): void {
    this.clients.handleRoom();
  }

  /** Figures of room for streams for the status, together with those at the standby hosts that had new streams of this trunk. */
  get rooms(): { readonly connectionsBeside: number; readonly streamsUsedUp: number } {
    const { connectionsBeside = 0, usedUp = 0 } = this.#standby ?? {};
    const there = this.#usedUpThere + usedUp - this.#usedUpBefore;
    return { connectionsBeside: this.connectionsBeside + connectionsBeside, streamsUsedUp: this.usedUp + there };
  }

  /** The number of connections that take new streams beside the current one. */
  get connectionsBeside(): number {
    return this.#beside.all.length;
  }

  handleOpened(streams: number, now: number): void {
    this.#way.size.handleUse(now);
    this.#idle.handleUse(now);
    if (this.#current !== undefined && this.#silent.has(this.#current)) this.options.onWaiting(now);
    // Until the successor is there, the connection takes more than its share.
    if (streams < this.#host.limits.streamsPerConnection || this.#timers.isSet(Timer.attempt)) return;
    this.#startAttempt(now);
  }

  handleTimeout(now: number): void {
    if (this.#way.handleTimeout(now)) this.#move(now);
    if (now >= this.#silentUntil) {
      this.#silentUntil = Number.POSITIVE_INFINITY;
      if (this.#way.handleAttemptFailed("timeout", now)) this.#move(now);
    }
    this.clients.handleTimeout(now);
    const current = this.#current;
    if (current !== undefined && this.#idle.isOver(this.#isInUse(current), now)) this.#letGo(current, now);
    this.#letGoBeside(now);
    if (this.#timers.takeDue(Timer.beside, now)) this.#startBeside(now);
    if (now >= this.#timers.next && !this.isStopped) this.#startAttempt(now);
    this.#arm();
  }

  handleLinkUp(link: number, now: number): void {
    if (link !== this.#way.way.outLink || !this.#timers.isSet(Timer.attempt)) return;
    this.absence.handleHope();
    this.#timers.set(Timer.attempt, this.#firstAttemptAt(now));
    this.handleTimeout(now);
  }

  /** The far end opens no streams. */
  acceptStreams(): undefined {
    return undefined;
  }

  /** The far end was judged within the handshake, but other CRLs or pins may have come into force since. */
  handleEstablished(connection: EngineConnection, now: number): Proof | Refusal {
    const proof = this.#lastAttempt?.proof;
    assert(proof !== undefined, "a handshake goes on only when the far end has been judged");
    const refusal = this.#host.principals.refusalOf(connection.own, proof);
    if (refusal !== undefined) return refusal;
    // If there is no other connection, this one is used at once: the first streams leave with the end of the handshake.
    if (this.#current === undefined && !this.clients.areServedLate) this.#promote(connection, now);
    return proof;
  }

  /** The far end's hello shows that it has accepted this end's certificate, which TLS alone does not tell. */
  handleHello(connection: EngineConnection, hello: Hello, now: number): undefined {
    this.#silent.delete(connection);
    if (connection === this.#attempt) this.#promote(connection, now);
    this.#pace.handleMeasured(connection, this.#way.way, now);
    this.absence.handleHope();
    this.#way.handleAnswered(now);
    // A stateless reset would tell as well, but not if the service was restarted with another key.
    for (const old of this.#draining) {
      const life = old.peerHello;
      if (life !== undefined && isRestart(life, hello)) old.close(Code.done, "restarted", now, "reset");
    }
    this.#log.handleUp(hello.vertex);
    this.options.onHeard(now);
    this.#host.news?.handleTrunk(this);
    return undefined;
  }

  handleHandedOver(from: EndConnection, to: EndConnection): void {
    if (from === this.#current) this.#setCurrent(to);
    else if (this.#beside.replace(from, to)) this.#setCurrent(this.#current);
  }

  /** The originator's own workloads open the streams: an acceptor that resets them, or has them fail, is not judged. */
  handleFailedStreams(): void {}
  handleReset(): void {}

  /** Connects again after the end of a connection if one is needed, as `EndVerdict` says; a predecessor needs no successor. */
  handleClosed(connection: EndConnection, end: ConnectionEnd, now: number): void {
    // A predecessor that ends by a judgement is logged, though its successor goes on.
    if (this.#draining.delete(connection) && isJudgement(end.code)) this.#log.handleDown(end);
    if (this.#beside.remove(connection)) return this.#handleBesideClosed(connection, end, now);
    const isCurrent = connection === this.#current;
    if (!isCurrent && connection !== this.#attempt) return;
    if (isCurrent) {
      // Connections that are judged in the same moment take no place.
      const isUnfit = (each: EndConnection) => this.#host.principals.refusalOf(each.own, each.peerProof) !== undefined;
      for (const unfit of this.#beside.takeThose(isUnfit)) this.#draining.add(unfit);
      this.#setCurrent(this.#beside.takeFirst());
      if (this.#current !== undefined) return this.#handleReplaced(connection, end, now);
      this.#timers.stop(Timer.rotate);
      this.#idle.stop();
      this.options.onDown(now);
    } else {
      this.#pace.handleMeasured(this.#attempt!, this.#way.way, now);
      this.#attempt = undefined;
      this.#silentUntil = Number.POSITIVE_INFINITY;
    }
    if (this.isStopped) return;
    if (this.#isAttemptBeside && this.#current !== undefined) return this.#handleNoneBeside(end, now);
    const age = { isCurrent, isOutdated: connection.own !== this.#own };
    const verdict = judgeEnd(connection, end, age);
    const isMoved = verdict.isFailure && !this.#isConnected && this.#way.handleAttemptFailed(switchReasonOf(end), now);
    // Another route may lead to the far end.
    const isRefused = verdict.isRefused && !isMoved;
    const isFailure = verdict.isFailure && !isMoved;
    const { wasUp } = verdict;
    if (wasUp) this.absence.handleHeard(now - connection.stats(now).silentMs);
    if (isRefused && this.#isIdle) this.options.onRefused(now);
    if (isRefused && this.#attempt === undefined && !this.clients.areUsedUp) this.clients.refuse(end.code, end.text);
    // If no connection is always kept, nothing is known of the next attempt.
    if (isFailure && this.#isIdle) this.absence.handleFailure(end, this.#idle.isForEver);
    if (wasUp || isRefused) this.#log.handleDown(end);
    const isEager = (wasUp && !isRefused) || isMoved || this.clients.areWaiting;
    if (wasUp && now - connection.startedAt >= this.#host.limits.retryMsMax) this.#pace.shorten();
    this.#timers.set(Timer.attempt, this.#pace.nextAt(isEager, now));
    this.#arm();
    this.#host.news?.handleTrunk(this);
  }

  /** Packets take another way from now on. The far end of a handshake would not follow it: an attempt begins anew. */
  #move(now: number): void {
    const { way } = this.#way;
    const attempt = this.#attempt;
    for (const connection of this.#connections) if (connection !== attempt) connection.relabel(way);
    if (attempt === undefined) return;
    this.#silentUntil = Number.POSITIVE_INFINITY;
    this.#attempt = undefined;
    attempt.close(Code.done, "another route", now);
    if (this.#isAttemptBeside) this.#timers.set(Timer.beside, this.#besideAt(now));
    else this.#timers.set(Timer.attempt, this.#pace.earliest);
  }

  /** The oldest connection beside the current one has taken its place. */
  #handleReplaced(former: EndConnection, end: ConnectionEnd, now: number): void {
    if (!this.isStopped) {
      this.absence.handleHeard(now - former.stats(now).silentMs);
      this.#log.handleDown(end);
      this.#host.news?.handleTrunk(this);
    }
    if (this.#current !== undefined && this.#silent.has(this.#current)) this.options.onSilent(now);
    else this.options.onHeard(now);
    this.#arm();
  }

  #handleBesideClosed(connection: EndConnection, end: ConnectionEnd, now: number): void {
    this.#beside.handleEnded(connection, now);
    if (!this.isStopped && end.code !== Code.done) this.#log.handleDown(end);
    this.#setCurrent(this.#current);
    this.#arm();
  }

  /** When one more connection may be made beside those that there are. */
  #besideAt(now: number): number {
    return Math.max(this.#pace.renewableAt(now), this.#beside.notBefore);
  }

  /** An attempt at one more connection has failed: workloads wait for room on those that there are. */
  #handleNoneBeside(end: ConnectionEnd, now: number): void {
    this.#log.handleNoneBeside(end);
    this.#beside.handleFailed(now);
    this.#timers.set(Timer.beside, this.#besideAt(now));
    this.#arm();
  }

  /** Whether the trunk has a connection, of whatever age, whose packets ask for an answer. */
  get #isConnected(): boolean {
    return this.#current !== undefined || this.#draining.size > 0;
  }

  /** The round trip of its connections, in milliseconds; undefined: none is up. */
  get roundTripMs(): number | undefined {
    const connection = this.#current ?? [...this.#draining][0];
    return connection?.stats(this.#host.now()).rttMs;
  }

  #handleSwitched(switched: RouteSwitched): void {
    this.switches++;
    this.lastSwitch = switched;
    this.#log.handleSwitched(switched);
    this.#host.news?.handleSwitched(this, switched);
  }

  #absenceFacts(now: number): AbsenceFacts {
    const isLinkUp = this.#host.origin.isUp(this.#way.way.outLink);
    const isBusy = this.hasStreams || this.clients.areWaiting;
    return { problem: this.problem, isLinkUp, traffic: this.#current?.stats(now), isBusy, now };
  }

  #startAttempt(now: number): void {
    this.#timers.stopAll();
    // An attempt at a connection beside the current one becomes one at its successor.
    this.#isAttemptBeside = false;
    if (!this.isNeeded && !this.#isConnected) this.#way.handleUnneeded();
    if (this.#attempt !== undefined || !this.isNeeded) return;
    const { pathSizeMs, retryMsMax } = this.#host.limits;
    if (this.#way.size.isWaitedFor) return this.#timers.set(Timer.attempt, now + pathSizeMs);
    if (!this.#host.origin.isUp(this.#way.way.outLink) && !this.clients.areWaiting)
      // `handleLinkUp` comes before this.
      return this.#timers.set(Timer.attempt, now + retryMsMax);
    const unfit = this.refusal;
    if (unfit !== undefined) return this.clients.refuse(unfit.code, this.problem);
    if (this.options.problem !== undefined) return;
    this.#connect(now);
  }

  /** Makes one more connection, if workloads still wait for room, and the trunk may have one more. */
  #startBeside(now: number): void {
    const isWanted = this.clients.areUsedUp && !this.#beside.isFull && !this.isStopped && this.refusal === undefined;
    if (!isWanted || this.#current === undefined || this.#attempt !== undefined) return;
    this.#isAttemptBeside = true;
    this.#connect(now);
  }

  #connect(now: number): void {
    const { engine, principals } = this.#host;
    this.#pace.handleAttempt(now);
    const place = this.#newPlace();
    const { isBound } = this.#way;
    const whom = { principals, service: this.options.service, isBound, rttMs: place.handshake?.rttMs };
    const attempt = new Attempt({ ...whom, config: this.#config, credentials: this.#credentials });
    this.#lastAttempt = attempt;
    const quic = engine.connect(attempt.settings, new Uint8Array(0), now);
    this.#attempt = new EngineConnection(this.#host, this, quic, place, now);
    this.#host.addOriginated(this.#attempt, this);
    this.#attempt.touch();
  }

  #newPlace(): ConnectionPlace {
    const payloadMax = this.#config.sendPayloadMax;
    const { way } = this.#way;
    const whose = { own: this.#own, carriage: carriageOf(this.options), handshake: this.#pace.termsOf(way) };
    const id = this.#host.newConnectionId();
    const beside = this.#isAttemptBeside ? this.#current : undefined;
    return { ...(beside === undefined ? id : idBeside(id, beside)), way, payloadMax, ...whose };
  }

  #isInUse(current: EndConnection): boolean {
    return current.hasStreams || this.#beside.hasStreams || this.clients.areWaiting;
  }

  /** The last connection beside the current one was not used for long enough. */
  #letGoBeside(now: number): void {
    const unused = this.#beside.takeIdle(now);
    if (unused === undefined) return;
    this.#draining.add(unused);
    this.#setCurrent(this.#current);
    unused.drain();
  }

  /** No connection was used for long enough. */
  #letGo(connection: EndConnection, now: number): void {
    this.#timers.stopAll();
    this.#idle.stop();
    const unused = [connection, ...this.#beside.takeAll()];
    for (const each of unused) this.#draining.add(each);
    this.#setCurrent(undefined);
    for (const each of unused) each.drain();
    this.options.onDown(now);
    this.#attempt?.close(Code.done, "idle", now);
    this.#log.handleIdle();
  }

  #promote(connection: EngineConnection, now: number): void {
    this.#attempt = undefined;
    const current = this.#current;
    if (current === undefined) {
      this.#idle.start(now);
    } else if (this.#isAttemptBeside && !isOfLaterLife(connection, current)) {
      // Streams are opened on it as soon as it is handed over.
      this.#beside.add(connection, now);
      return this.#arm();
    } else {
      for (const former of [current, ...this.#beside.takeAll()]) {
        this.#draining.add(former);
        former.drain();
      }
    }
    const isOutdated = this.#lastAttempt?.config !== this.#config;
    this.#timers.set(Timer.rotate, isOutdated ? this.#pace.renewableAt(now) : now + this.#host.limits.connectionAgeMs);
    if (this.isStopped) connection.drain();
    this.#setCurrent(connection);
    this.#arm();
  }

  #setCurrent(connection: EndConnection | undefined): void {
    this.#current = connection;
    this.clients.handleCurrent(connection, this.#beside.all);
  }

  /** The reason for a refusal may be gone: another attempt is made soon. */
  #tryAgain(now: number): void {
    this.absence.handleHope();
    this.#pace.shorten();
    if (this.isStopped || !this.#isIdle) return;
    this.#timers.setEarlier(Timer.attempt, this.#pace.renewableAt(now));
    this.#arm();
  }

  /** The first connection should be made for the path's size, which is known in a moment. */
  #firstAttemptAt(now: number): number {
    const isPatient = this.#way.size.isUnknown && !this.clients.areWaiting;
    return isPatient ? now + this.#host.limits.pathSizeMs : now;
  }

  #arm(): void {
    const idle = Math.min(this.#idle.nextTimeout, this.#beside.nextTimeout);
    const deadline = Math.min(this.#timers.next, this.clients.nextTimeout(), idle);
    // Connections of a stopped trunk, whose streams go on, leave a route that fails.
    const routesAt = Math.min(this.#way.nextTimeout(this.#host.now()), this.#silentUntil);
    this.#host.setDeadline(this, this.isStopped ? routesAt : Math.min(deadline, routesAt));
  }
}
