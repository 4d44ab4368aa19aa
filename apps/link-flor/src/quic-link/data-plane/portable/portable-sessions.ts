import type { PressureLoads } from "@florenetes/process-kit";
import type { Session } from "../../sessions/session.ts";
import type { CarriedSlot, SessionPlane, SessionPlaneDrops } from "../session-plane.ts";

const noDrops: SessionPlaneDrops = {
  datagramsIgnored: 0,
  datagramsSessionOver: 0,
  untold: 0,
  unsent: 0,
  packetsNoLink: 0,
};

/**
 * Carries sessions in this thread: they stay where their handshakes were. The endpoint gives them their packets, by the present handles of its
 * links, and counts the packets.
 */
export class PortableSessions implements SessionPlane {
  carry({ session }: CarriedSlot): Session {
    return session;
  }

  setRoute(): void {}

  setHandle(): void {}

  forget(): void {}

  drops(): SessionPlaneDrops {
    return noDrops;
  }

  loads(): PressureLoads {
    return {};
  }
}
