import type { NativeClusterEvent } from "@florenetes/data-plane";
import type { LaneSessions } from "../../transport/data-plane/native/lane-sessions.ts";
import type { LaneStreams } from "../../transport/data-plane/native/lane-streams.ts";
import type { DataPlaneHandlers } from "../data-plane.ts";
import type { NativePlane } from "../../transport/data-plane/native/native-plane.ts";
import type { LanePorts } from "./lane-ports.ts";

/** The receivers of the data thread's events. An event may be late: its subject is gone, and its number names nothing. */
export interface LaneHearers {
  readonly ports: Pick<LanePorts, "handleEvent">;
  readonly transport: {
    readonly streams: Pick<LaneStreams, "handleEvent"> & { readonly sessions: Pick<LaneSessions, "handleEvent"> };
    handleListening(event: Extract<NativeClusterEvent, { readonly kind: "listening" | "listenFailed" }>): void;
    resolve(service: number): Promise<void>;
  };
  /** Undefined: there is no vertex yet. */
  readonly handlers: DataPlaneHandlers | undefined;
  /** Undefined until there is a transport service. */
  readonly plane: Pick<NativePlane, "handleEvent"> | undefined;
}

/** Passes an event to its receiver. */
export function tellEvent(event: NativeClusterEvent, { ports, transport, handlers, plane }: LaneHearers): void {
  switch (event.kind) {
    case "portOpened":
      return;
    case "portFailed":
    case "message":
    case "portConnected":
    case "portDisconnected":
    case "portWritable":
    case "portVersion":
      return ports.handleEvent(event);
    case "packet":
      return handlers?.onPacket(event.inLink, event.service, event.bytes, event.isGuessing);
    case "question": {
      const { bytes: packet, ...question } = event;
      return handlers?.onQuestion({ ...question, packet: packet.slice() });
    }
    case "guessing":
      return handlers?.onGuessing(event.link);
    case "listening":
    case "listenFailed":
      return transport.handleListening(event);
    case "streamAsked":
    case "streamAnswered":
    case "datagrams":
    case "streamBytes":
    case "streamEnded":
    case "streamWritable":
    case "streamTaken":
    case "streamReset":
      return transport.streams.handleEvent(event);
    case "sessionBytes":
    case "sessionLeft":
      return transport.streams.sessions.handleEvent(event);
    case "resolve":
      return void transport.resolve(event.service);
    default:
      plane?.handleEvent(event);
  }
}
