import { ASKED_PARTNER_CHECKS } from "./checks/asked-partner.ts";
import { ATTACH_CHECKS } from "./checks/attach.ts";
import type { Check } from "../check.ts";
import { CLOCK_CHECKS } from "./checks/clock.ts";
import type { LinkBench } from "./link-bench.ts";
import { CONFIG_CHECKS } from "./checks/config.ts";
import { IDENTITY_CHECKS } from "./checks/identity.ts";
import { LIFE_CHECKS } from "./checks/lives.ts";
import { LOAD_CHECKS } from "./checks/load.ts";
import { PACKET_CHECKS } from "./checks/packets.ts";
import { PIN_CHECKS } from "./checks/pins.ts";
import { SIGNAL_CHECKS } from "./checks/signals.ts";
import { SOCKET_CHECKS } from "./checks/sockets.ts";
import { STATE_CHECKS } from "./checks/states.ts";
import { TRANSIT_CHECKS } from "./checks/transit.ts";
import { WISH_CHECKS } from "./checks/wishes.ts";

/** All checks of link vertices, in the order of the table. */
export const LINK_VERTEX_CHECKS: readonly Check<LinkBench>[] = [
  ...CONFIG_CHECKS,
  ...SOCKET_CHECKS,
  ...ATTACH_CHECKS,
  ...WISH_CHECKS,
  ...STATE_CHECKS,
  ...TRANSIT_CHECKS,
  ...ASKED_PARTNER_CHECKS,
  ...PACKET_CHECKS,
  ...LIFE_CHECKS,
  ...IDENTITY_CHECKS,
  ...PIN_CHECKS,
  ...SIGNAL_CHECKS,
  ...CLOCK_CHECKS,
  ...LOAD_CHECKS,
];
