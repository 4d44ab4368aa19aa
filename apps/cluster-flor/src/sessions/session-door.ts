import type { PlaceHolder, SharedPlaces } from "@florenetes/scheduling";
import { type NodePressure, SessionCode, type SessionEvent, StreamKind } from "@florenetes/data-session";
import type { Counts, RateLimitedLog } from "@florenetes/process-kit";
import { isOperatorError } from "@florenetes/operator-text";
import type { AllowedWorkloads, SessionConfig } from "../config/cluster-config.ts";
import { Code, type Refusal } from "../transport/codes.ts";
import type { Listener, LocalNetwork, LocalSocket, WorkloadCredentials } from "../transport/streams/local-network.ts";
import { BridgedFlow } from "./bridged-flow.ts";
import { BridgedStream } from "./bridged-stream.ts";
import { REFUSALS_MAX } from "./limits.ts";
import { type RouteFacts, RouteNews } from "./route-news.ts";
import { resetFor, sessionEndName } from "./session-end.ts";
import type { SessionTrunks } from "./session-trunks.ts";
import {
  type SessionClosed,
  VertexSession,
  type VertexSessionHost,
  type VertexSessionOwner,
  deafOwner,
} from "./vertex-session.ts";

/** A place of a stream that a workload has opened. */
export interface OpenedPlace extends PlaceHolder {
  readonly session: VertexSession;
  readonly stream: number;
}

export interface SessionDoorHost extends VertexSessionHost {
  /** The places of all streams of all sockets. */
  readonly places: SharedPlaces<OpenedPlace>;
  readonly local: LocalNetwork;
  readonly log: RateLimitedLog;
  /** The resource that one more session would find used up, in words for people; undefined: none. */
  readonly shortage: string | undefined;
  /** The pressure of this vertex; undefined: not worth telling. */
  readonly pressure: NodePressure | undefined;
}

export interface SessionDoorOptions {
  readonly config: SessionConfig;
  /** The principal that its workloads stand for, as `<kind>/<name>`. */
  readonly as: string;
  /** The services that its streams may name. */
  readonly services: readonly SessionTrunks[];
  /** Why no streams may be opened as that principal now; undefined: they may. */
  readonly refusal: () => Refusal | undefined;
}

/** Why a process may not speak here, in words for people; undefined: it may. */
function notAllowed(who: WorkloadCredentials | undefined, allow: AllowedWorkloads): string | undefined {
  if (who === undefined) return "the system does not say whose process this is";
  const { pid, uid, gid, groups } = who;
  if (allow.users.includes(uid) || groups.some((group) => allow.groups.includes(group))) return undefined;
  return `process ${pid} of user ${uid} and group ${gid} is not on the list`;
}

const placeLost = "sessions have as many streams open as they may, and its place went to others, which have fewer";

/** A session, and the process that speaks on it. */
interface Guest {
  readonly session: VertexSession;
  readonly who: WorkloadCredentials;
  readonly places: Map<number, OpenedPlace>;
  /** The groups whose places the workload's streams share. */
  readonly groups: readonly string[];
  isReady: boolean;
}

/** A socket at which workloads speak data sessions, with its sessions. */
export class SessionDoor {
  readonly #host: SessionDoorHost;
  #options: SessionDoorOptions;
  readonly #services = new Map<string, SessionTrunks>();
  readonly #routes = new Map<SessionTrunks, RouteNews>();
  readonly #guests = new Set<Guest>();
  #refusing = 0;
  #listener: Listener | undefined;
  /** Why the socket does not listen, for people; "" when no failure is known. */
  #failure = "";
  #isDraining = false;
  #total = 0;
  readonly #refused = new Map<string, number>();
  readonly #ended = new Map<string, number>();

  constructor(host: SessionDoorHost, options: SessionDoorOptions) {
    this.#host = host;
    this.#options = options;
    this.#setServices();
  }

  get options(): SessionDoorOptions {
    return this.#options;
  }

  /**
   * Another config is in force. Sessions keep their streams. Sessions of processes that may no longer speak here end at
   * once; when the socket stands for another principal, present sessions open no new streams.
   */
  reconfigure(options: SessionDoorOptions): void {
    const { as } = this.#options;
    this.#options = options;
    this.#setServices();
    for (const { session, who } of this.#guests) {
      const unwanted = notAllowed(who, options.config.allow);
      if (unwanted !== undefined) session.close(Code.notAllowed, unwanted);
      else if (as !== options.as) session.goAway(SessionCode.stopping, `this socket stands for ${options.as} now`);
    }
  }

  /** Rejects with OperatorError when the socket cannot be opened. */
  listen(): Promise<Listener> {
    const { listen: path, mode, owner } = this.options.config;
    return this.#host.local.listen({
      address: { kind: "unix", path },
      mode,
      owner,
      onConnection: (socket, askWho) => this.#handleConnection(socket, askWho()),
    });
  }

  handleListening(listener: Listener): void {
    if (this.#isDraining) return listener.close();
    this.#listener = listener;
    this.#failure = "";
  }

  handleListenFailed(error: Error): void {
    const { message } = error;
    this.#failure = isOperatorError(error) ? `${error.code}: ${message}` : message;
  }

  /** Whether the socket should listen, and does not. */
  get isDown(): boolean {
    return !this.#isDraining && !this.isListening;
  }

  /** Why the socket does not listen, or why it refuses workloads, for people; "" when neither. */
  get problem(): string {
    return this.#failure === "" ? (this.options.refusal()?.text ?? "") : this.#failure;
  }

  get isListening(): boolean {
    return this.#listener !== undefined;
  }

  get sessions(): Iterable<Guest> {
    return this.#guests;
  }

  get open(): number {
    return this.#guests.size;
  }

  /** Refused and ended sessions, by the name of the code, and the number of all sessions. */
  get counts(): { readonly total: number; readonly refused: Counts; readonly ended: Counts } {
    return { total: this.#total, refused: Object.fromEntries(this.#refused), ended: Object.fromEntries(this.#ended) };
  }

  /**
   * Refuses new sessions, and new streams of present sessions, which close when their streams are over.
   *
   * @param why For the workloads.
   */
  drain(why = "the vertex stops"): void {
    this.#isDraining = true;
    this.#listener?.close();
    this.#listener = undefined;
    for (const { session } of this.#guests) session.goAway(SessionCode.stopping, why);
  }

  /** Ends all sessions now. */
  close(): void {
    for (const { session } of this.#guests) session.leave();
  }

  /** Sends workloads elsewhere, by GOAWAY, when the certificate is revoked or has ended. */
  checkPrincipal(): void {
    if (this.#guests.size === 0) return;
    const refusal = this.options.refusal();
    if (refusal === undefined) return;
    for (const { session } of this.#guests) session.goAway(refusal.code, refusal.text ?? refusal.reason);
  }

  /** @param factsOf Returns the state of the route to a service; undefined: no workload has used it yet. */
  tellRoutes(factsOf: (trunks: SessionTrunks) => RouteFacts | undefined): void {
    for (const [trunks, news] of this.#routes) {
      const facts = factsOf(trunks);
      const route = facts === undefined ? undefined : news.look(facts);
      if (route === undefined) continue;
      for (const { session } of this.#guests) session.tellRoute(route);
    }
  }

  tellPressure(pressure: NodePressure): void {
    for (const { session } of this.#guests) session.tellPressure(pressure);
  }

  #setServices(): void {
    const { services } = this.#options;
    this.#services.clear();
    for (const trunks of services) {
      this.#services.set(trunks.config.name, trunks);
      if (!this.#routes.has(trunks)) this.#routes.set(trunks, new RouteNews(trunks.config.name));
    }
    for (const trunks of this.#routes.keys()) if (!services.includes(trunks)) this.#routes.delete(trunks);
  }

  #handleConnection(socket: LocalSocket, who: WorkloadCredentials | undefined): void {
    const { config } = this.options;
    const shortage =
      this.#guests.size >= config.sessionsMax ? "as many sessions are open as may be" : this.#host.shortage;
    const unwanted = notAllowed(who, config.allow);
    if (this.#isDraining) this.#refuse(socket, Code.stopping, "the vertex stops");
    else if (unwanted !== undefined) this.#refuse(socket, Code.notAllowed, unwanted);
    else if (shortage !== undefined) this.#refuse(socket, Code.overBudget, shortage);
    else this.#open(socket, who!);
  }

  /** Refuses a session, and tells the workload why, unless too many others are being told already. */
  #refuse(socket: LocalSocket, code: number, text: string): void {
    this.#note(this.#refused, code);
    this.#logRefused(code, text);
    if (this.#refusing >= REFUSALS_MAX) return socket.reset(code, text);
    this.#refusing++;
    const owner: VertexSessionOwner = { ...deafOwner, handleGone: () => void this.#refusing-- };
    new VertexSession(this.#host, socket, {}, owner).close(code, text);
  }

  #open(socket: LocalSocket, who: WorkloadCredentials): void {
    const { as, config } = this.options;
    const { name, streamsMax: streams, takesControl } = config;
    const owner: VertexSessionOwner = {
      ...deafOwner,
      handleAuthenticate: (principal) => this.#judge(guest, principal),
      handleReady: () => this.#handleReady(guest),
      handleOpened: (event) => this.#handleOpened(guest, event),
      handleOver: (stream) => this.#leavePlace(guest, stream),
      handleClosed: (closed) => this.#handleClosed(guest, closed),
      handleGone: () => void this.#guests.delete(guest),
    };
    const guest: Guest = {
      session: new VertexSession(this.#host, socket, { streams, takesControl }, owner),
      who,
      places: new Map(),
      groups: [as, name, String(this.#total)],
      isReady: false,
    };
    this.#guests.add(guest);
    this.#total++;
  }

  #judge({ session }: Guest, principal: string): void {
    const { as } = this.options;
    const refusal = this.options.refusal();
    if (refusal !== undefined) session.close(refusal.code, refusal.text ?? refusal.reason);
    else if (principal === "" || principal === as) session.accept(as, [...this.#services.keys()]);
    else session.close(Code.notAllowed, `this socket stands for ${as}, and for nobody else`);
  }

  #handleReady(guest: Guest): void {
    guest.isReady = true;
    const { session, who } = guest;
    const { pid, uid } = who;
    const { log, pressure } = this.#host;
    const { name } = this.options.config;
    log.info(
      { code: "SESSION_OPENED", socket: name, pid, uid, as: this.options.as },
      `process ${pid} speaks a data session${session.peerName === "" ? "" : `: ${session.peerName}`}`,
      name,
      "opened",
    );
    if (pressure !== undefined) session.tellPressure(pressure);
    for (const { told } of this.#routes.values()) if (told !== undefined) session.tellRoute(told);
    if (this.#isDraining) session.goAway(SessionCode.stopping, "the vertex stops");
  }

  #handleOpened(guest: Guest, event: Extract<SessionEvent, { kind: "opened" }>): void {
    const { session } = guest;
    const { stream: id, streamKind, service, trafficClass } = event;
    const trunks = this.#services.get(service);
    if (trunks === undefined) {
      return resetFor(session, id, Code.unknownService, `no service ${service} can be opened at this socket`);
    }
    if (!this.#takePlace(guest, id)) {
      return resetFor(session, id, Code.overBudget, "sessions have as many streams open as they may");
    }
    const clients = trunks.clientsFor(trafficClass);
    const { accounts } = trunks;
    if (streamKind === StreamKind.bytes) {
      clients.openOwn(accounts.streams, (stream) => {
        const end = new BridgedStream(session, id, stream);
        session.join(id, end);
        return end;
      });
    } else {
      clients.openOwnFlow(accounts, (flow) => {
        const end = new BridgedFlow(session, id, flow, accounts.flows);
        session.join(id, end);
        return end;
      });
    }
  }

  /** Takes a place for a stream; may take it from the principal with the most. */
  #takePlace({ session, places, groups }: Guest, stream: number): boolean {
    const place: OpenedPlace = { groups, session, stream };
    const surplus = this.#host.places.take(place);
    if (surplus === "full") return false;
    if (surplus !== "free") surplus.session.giveUp(surplus.stream, Code.overBudget, placeLost);
    places.set(stream, place);
    return true;
  }

  #leavePlace({ places }: Guest, stream: number): void {
    const place = places.get(stream);
    if (place === undefined) return;
    places.delete(stream);
    this.#host.places.release(place);
  }

  #handleClosed(guest: Guest, { by, code, text }: SessionClosed): void {
    const name = sessionEndName(code);
    this.#note(this.#ended, code);
    if (!guest.isReady && by === "own") return this.#logRefused(code, text);
    const { pid, uid } = guest.who;
    const { name: socket } = this.options.config;
    const details = { code: "SESSION_ENDED", socket, pid, uid, by, reason: name };
    const message = `the data session of process ${pid} is over: ${text === "" ? name : text}`;
    const isPeaceful = by !== "own" || code === SessionCode.done || code === SessionCode.stopping;
    if (isPeaceful) this.#host.log.info(details, message, socket, `ended ${name}`);
    else this.#host.log.warn(details, message, socket, `ended ${name}`);
  }

  #note(counts: Map<string, number>, code: number): void {
    const name = sessionEndName(code);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }

  #logRefused(code: number, text: string): void {
    const { name } = this.options.config;
    const reason = sessionEndName(code);
    const details = { code: "SESSION_REFUSED", socket: name, reason };
    this.#host.log.warn(details, `a data session was refused: ${text}`, name, `refused ${reason}`);
  }
}
