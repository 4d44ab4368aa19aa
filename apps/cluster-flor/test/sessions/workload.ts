/** Workloads that speak data sessions, and vertices that have sockets for them, in the worlds of the transport's tests. */
import {
  DataSession,
  type OpenOptions,
  Role,
  type SessionEvent,
  type SessionLimits,
  SessionTurns,
  StreamKind,
} from "@florenetes/data-session";
import { TrafficClass } from "@florenetes/forwarding";
import type { SessionConfig } from "../../src/config/cluster-config.ts";
import { SessionSocket } from "../../src/sessions/session-socket.ts";
import { Sessions, type SessionsConfig } from "../../src/sessions/sessions.ts";
import { startSessions } from "../../src/sessions/drivers/start.ts";
import { NodeSocket } from "../../src/transport/drivers/node-socket.ts";
import type { Event, TestVertex } from "../transport/mesh/mesh.ts";
import type { TransportWorld, WorkloadSocket } from "../transport/worlds/world.ts";
import { SlotMap } from "../../src/config/slot-map.ts";

const DOOR = 7_000;

export interface WorkloadOptions {
  readonly principal?: string;
  readonly limits?: Partial<SessionLimits>;
}

/** A workload's end of a session, which notes what happens. */
export class TestWorkload {
  readonly session: DataSession;
  readonly turns: SessionTurns;
  readonly events: SessionEvent[] = [];
  readonly socket: WorkloadSocket;
  /** Called with each event, which is noted, too. */
  onEvent: (event: SessionEvent) => void = () => {};

  constructor(world: TransportWorld, socket: WorkloadSocket, { principal = "", limits }: WorkloadOptions = {}) {
    const time = world.drivers();
    this.socket = socket;
    const options = { role: Role.workload, name: "test", principal, isReaderFar: true, ...(limits && { limits }) };
    this.session = new DataSession(options, time.now());
    const wire = new SessionSocket(new NodeSocket(socket, { kind: "unix", path: "" }, new Set()));
    this.turns = new SessionTurns({
      session: this.session,
      wire,
      time,
      onEvent: (event) => {
        this.events.push(event);
        this.onEvent(event);
      },
    });
    wire.join(this.turns);
  }

  static connect(world: TransportWorld, options?: WorkloadOptions): TestWorkload {
    return new TestWorkload(world, world.connect(DOOR), options);
  }

  get isReady(): boolean {
    return this.has("ready");
  }

  has(kind: SessionEvent["kind"], stream?: number): boolean {
    return this.of(kind, stream).length > 0;
  }

  of<Kind extends SessionEvent["kind"]>(kind: Kind, stream?: number): Extract<SessionEvent, { kind: Kind }>[] {
    const isIt = (event: SessionEvent): event is Extract<SessionEvent, { kind: Kind }> =>
      event.kind === kind && (stream === undefined || ("stream" in event && event.stream === stream));
    return this.events.filter(isIt);
  }

  open(options: Partial<OpenOptions> = {}): number {
    const stream = this.session.open({
      service: "web",
      trafficClass: TrafficClass.reliable,
      kind: StreamKind.bytes,
      principal: "",
      ...options,
    });
    this.turns.plan();
    return stream!;
  }

  openFlow(): number {
    return this.open({ kind: StreamKind.datagrams });
  }

  say(stream: number, words: string | Uint8Array): number {
    this.turns.plan();
    return this.session.write(stream, Buffer.from(words));
  }

  finish(stream: number): void {
    this.session.finish(stream);
    this.turns.plan();
  }

  /** All that has come on a stream and was not read yet. */
  read(stream: number): Buffer {
    const pieces = [];
    for (let piece = this.session.read(stream, 65_536); piece.length > 0; piece = this.session.read(stream, 65_536)) {
      pieces.push(piece);
    }
    this.turns.plan();
    return Buffer.concat(pieces);
  }

  reset(stream: number, code: number, text = ""): void {
    this.session.reset(stream, code, text);
    this.turns.plan();
  }

  send(flow: number, words: string): void {
    this.session.sendDatagram(flow, Buffer.from(words));
    this.turns.plan();
  }
}

/** A workload that serves: it answers what it is asked for, and gives back what it hears. */
export function serveEcho(workload: TestWorkload): void {
  const { session } = workload;
  const waiting = new Map<number, Uint8Array>();
  const ended = new Set<number>();
  workload.onEvent = (event) => {
    if (!("stream" in event)) return;
    const { stream } = event;
    if (event.kind === "opened") session.answer(stream);
    if (event.kind === "datagram") session.sendDatagram(stream, event.bytes);
    if (event.kind === "ended") ended.add(stream);
    let left = waiting.get(stream) ?? new Uint8Array(0);
    for (;;) {
      left = left.subarray(session.write(stream, left));
      if (left.length > 0) break;
      left = session.read(stream, 8_192);
      if (left.length === 0) break;
    }
    waiting.set(stream, left);
    if (left.length === 0 && ended.has(stream)) session.finish(stream);
    workload.turns.plan();
  };
}

/** A config of sessions, with one socket; undefined: it is gone. */
export function sessionsConfig(socket: Partial<SessionConfig> | undefined): SessionsConfig {
  const web = { service: "web", path: 0, keepMs: 60_000 };
  const whole = {
    name: "unix:mesh",
    listen: `${DOOR}`,
    mode: undefined,
    owner: undefined,
    as: "user/alice",
    allow: { users: [0], groups: [] },
    services: [
      { name: "web", ...web },
      { name: "other", ...web },
    ],
    sessionsMax: 4,
    streamsMax: 100,
  };
  return {
    vertex: "a",
    sessions: SlotMap.of([socket && { ...whole, ...socket }]),
    paths: SlotMap.of([{ name: "to-b", link: 0, labels: [900], mtu: undefined }]),
    services: new SlotMap(),
  };
}

/** The sessions of a vertex of tests, with one socket. */
export async function openSessions(
  world: TransportWorld,
  vertex: TestVertex,
  socket: Partial<SessionConfig> = {},
  bounds: { readonly openedMax?: number } = {},
): Promise<{ sessions: Sessions; events: Event[] }> {
  const { local, ...time } = world.drivers();
  const events: Event[] = [];
  const write = (event: Event, message: string): void => void events.push({ ...event, message });
  const log = { debug: write, info: write, warn: write, error: write, child: () => log };
  const as = "user/alice";
  const credentials = new Map([[as, vertex.credentialsOf(as)]]);
  const sessions = new Sessions({ config: sessionsConfig(socket), credentials, time, local, log, ...bounds });
  sessions.join(vertex.transport);
  await startSessions(sessions);
  world.add(sessions);
  return { sessions, events };
}
