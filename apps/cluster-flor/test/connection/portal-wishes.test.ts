import type { LinkWish } from "@florenetes/portal-api";
import { expect, test } from "vitest";
import type { LinkConfig } from "../../src/config/cluster-config.ts";
import { SlotMap } from "../../src/config/slot-map.ts";
import { NO_PINS } from "../../src/config/vertex-pins.ts";
import { PortalWishes } from "../../src/connection/portal-wishes.ts";

const [x, y] = ["udp://192.0.2.1:1", "udp://192.0.2.2:1"] as const;
const unproven = (endpoint: string): LinkConfig => {
  const link = { name: "auto.d", portal: 0, role: "originator", peer: "d", tag: "0", label: 99 } as const;
  return { ...link, endpoint, isOverlay: true, isUnproven: true };
};

test("an endpoint of the overlay is spared until its peer was found there, also when all is asked for again", () => {
  const asked: Pick<LinkWish, "endpoint" | "unansweredMax">[] = [];
  const openLink = ({ endpoint, unansweredMax }: LinkWish): void => void asked.push({ endpoint, unansweredMax });
  const wishes = new PortalWishes({ openLink, closeLink: () => {} }, 0);
  const take = (link: LinkConfig): void => wishes.take({ links: SlotMap.of([link]), pins: NO_PINS }, 0);
  take(unproven(x));
  wishes.handleUp(0, 0);
  wishes.handleUp(0, 0);
  take(unproven(x));
  take(unproven(y));
  take(unproven(x));
  take({ ...unproven(y), isUnproven: undefined });
  expect(asked).toEqual([
    { endpoint: x, unansweredMax: 3 },
    { endpoint: x, unansweredMax: undefined },
    { endpoint: x, unansweredMax: undefined },
    { endpoint: y, unansweredMax: 3 },
    { endpoint: x, unansweredMax: 3 },
    { endpoint: y, unansweredMax: undefined },
  ]);
});
