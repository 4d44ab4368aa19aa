import type { SessionProbes } from "../sizes/session-probes.ts";
import type { ControlReader, Hello } from "./hello.ts";
import type { SessionFigures } from "./session-figures.ts";
import type { SessionEvent, SessionOptions, VerifiedVertex } from "./session-types.ts";

/** All that a session which has come up goes on with when another thread takes its connection. */
export interface HandedOver extends Pick<SessionOptions, "connection" | "address" | "renewal" | "deadAfterMs"> {
  readonly isOriginator: boolean;
  readonly hello: Hello;
  readonly peer: VerifiedVertex;
  readonly probes: SessionProbes;
  readonly reader: ControlReader;
  /** Bytes of the control stream that had to wait. */
  readonly unsent: Uint8Array;
  readonly udpPayload: number;
  readonly figures: SessionFigures;
  readonly lastHeard: number;
  readonly quietMs: number;
  /** Events that have not been told yet. */
  readonly events: readonly SessionEvent[];
}
