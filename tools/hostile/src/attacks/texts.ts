import type { Attack } from "../attack.ts";
import { courseOf } from "../course.ts";
import { isPlain, textsIn } from "../plain-text.ts";

/** A part of the reason that has to be shown, so that the check has something to judge. */
const SEEN = "fake: line";

export const texts: Attack = {
  name: "texts",
  by: "neighbour",
  description:
    "Closes its links with reasons that turn the writing direction, begin new lines and drive terminals: in a status or a log they " +
    "would show what is not so.",
  held: "neither shows any such character.",
  run: async (ground) => {
    const strike = await ground.strike("texts", { count: 3 });
    const log = await ground.lab.logs("v", "link-flor");
    const lines = log
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown);
    const shown = textsIn([await ground.status(), lines]);
    const bad = shown.filter((text) => !isPlain(text));
    const isSeen = shown.some((text) => text.includes(SEEN));
    return courseOf(strike, {
      isHeld: isSeen && bad.length === 0,
      text: `the reason was ${isSeen ? "" : "not "}shown, ${bad.length} of ${shown.length} texts were not plain`,
    });
  },
};
