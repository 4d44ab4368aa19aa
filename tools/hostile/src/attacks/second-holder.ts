import type { Attack } from "../attack.ts";
import { now } from "../clock.ts";
import { courseOf } from "../course.ts";

export const secondHolder: Attack = {
  name: "second-holder",
  by: "user",
  description:
    "Has the same user's certificate on another node, and says that it is the first one's vertex, started tomorrow: its life would " +
    "end the connections of the true one, which could not come back.",
  held: "no honest request fails, meanwhile and afterwards.",
  run: async (ground, { isShort }) => {
    const start = now();
    const user = ground.lab.identityFolder("a", "user/alice");
    const strike = await ground.strike("second_holder", { user, vertex: "a", seconds: isShort ? 4 : 10 });
    const { requests, failed } = ground.honest.between(start, now());
    return courseOf(strike, { isHeld: failed === 0, text: `${failed} of ${requests} requests failed meanwhile` });
  },
};
