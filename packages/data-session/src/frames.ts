import type { SessionLimits } from "./session-limits.ts";

/** The two ends of a session. The workload's streams have odd ids, the vertex's even ones. */
export const Role = { workload: 1, vertex: 2 } as const;
export type Role = (typeof Role)[keyof typeof Role];

/**
 * How a workload proves its identity: method 1 is the credentials of its process, which the system tells the vertex
 * (SO_PEERCRED).
 */
export const AUTH_PEER_CREDENTIALS = 1;

/** A stream carries bytes in order, each way; a flow carries datagrams. */
export const StreamKind = { bytes: 1, datagrams: 2 } as const;
export type StreamKind = (typeof StreamKind)[keyof typeof StreamKind];

export const RouteState = { up: 1, down: 2 } as const;
export type RouteState = (typeof RouteState)[keyof typeof RouteState];

export const PressureLevel = { nominal: 0, warning: 1, critical: 2 } as const;
export type PressureLevel = (typeof PressureLevel)[keyof typeof PressureLevel];

/** The action that a peer under pressure asks for. */
export const PressureAction = { none: 0, slowBulk: 1, openNothing: 2, goElsewhere: 3 } as const;
export type PressureAction = (typeof PressureAction)[keyof typeof PressureAction];

/** The present state of the route to a service. */
export interface RouteUpdate {
  readonly state: RouteState;
  /** The round trip to the far end; 0: not known. */
  readonly roundTripMs: number;
  /** The largest datagram that is carried in one piece; 0: not known. */
  readonly datagramSize: number;
  readonly service: string;
  /** The last switch to another route; undefined: there was none, or the sender tells of none. */
  readonly switched?: RouteSwitch | undefined;
}

/** A switch to another route, after which the far end has answered. */
export interface RouteSwitch {
  /** Counts the switches, so that each is news. */
  readonly count: number;
  /** A number of `RouteSwitchReason`; further ones are of later versions. */
  readonly reason: number;
  /** The time without an answer, in milliseconds. */
  readonly recoveryMs: number;
}

/** Why connections left a route for another one (docs/protocol/transport.md). */
export const RouteSwitchReason = {
  timeout: 1,
  peer_unavailable: 2,
  connection_refused: 3,
  connection_reset: 4,
  no_route: 5,
  capacity_limited: 6,
  fenced: 7,
  better_route: 8,
} as const;

/** The pressure of a node, as the node itself says. */
export interface NodePressure {
  readonly level: PressureLevel;
  /** 0 to 100. */
  readonly score: number;
  readonly action: PressureAction;
  readonly reasons: readonly string[];
}

/** A frame of the session. Offsets count the bytes of one half of a stream from 0. */
export type Frame =
  | {
      readonly kind: "hello";
      readonly lowestVersion: number;
      readonly highestVersion: number;
      readonly role: Role;
      /** For people. */
      readonly name: string;
    }
  | {
      readonly kind: "auth";
      readonly method: number;
      /** Empty: the principal of the socket. */ readonly principal: string;
    }
  | {
      readonly kind: "sessionReady";
      readonly principal: string;
      readonly limits: SessionLimits;
      /** Services to which the workload may open streams, as a vertex tells them; undefined: it does not. */
      readonly services?: readonly string[];
    }
  | {
      readonly kind: "openStream";
      readonly stream: number;
      readonly streamKind: number;
      readonly trafficClass: number;
      readonly service: string;
      /** The caller; empty: the workload at this end of the session. */
      readonly principal: string;
    }
  | { readonly kind: "openAnswer"; readonly stream: number }
  | { readonly kind: "data"; readonly stream: number; readonly offset: number; readonly bytes: Uint8Array }
  | { readonly kind: "ack"; readonly stream: number; readonly offset: number; readonly isEnd: boolean }
  | { readonly kind: "ping" | "pong"; readonly number: number }
  | ({ readonly kind: "routeUpdate" } & RouteUpdate)
  | { readonly kind: "streamCredit"; readonly stream: number; readonly limit: number }
  | ({ readonly kind: "nodePressure" } & NodePressure)
  | { readonly kind: "closeStream"; readonly stream: number; readonly size: number }
  | { readonly kind: "resetStream"; readonly stream: number; readonly code: number; readonly text: string }
  | {
      readonly kind: "goAway";
      readonly lastStream: number;
      readonly code: number;
      readonly text: string;
      /** The session is over: the sender reads nothing more. */
      readonly isEnd: boolean;
    }
  | { readonly kind: "datagram"; readonly stream: number; readonly bytes: Uint8Array };

export type FrameOf<Kind extends Frame["kind"]> = Extract<Frame, { kind: Kind }>;
