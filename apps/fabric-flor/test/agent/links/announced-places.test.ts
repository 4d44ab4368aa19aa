/** A relay announces places of somebody else, again and again: how often a node that looks for links calls there. */
import { expect, test } from "vitest";
import { CALL_MS, TRIES } from "../../../src/agent/links/limits.ts";
import { endpointOf, LinksScene } from "./links-scene.ts";

const MINUTE = 60_000;
const KEY = "ab".repeat(32);

/** Node a with a link to a good relay, and one that nobody has found yet. */
function besideEvil(): LinksScene {
  const scene = new LinksScene()
    .nodes("a")
    .relays("b", "evil")
    .announce("b", [endpointOf(1)]);
  scene.answer = ({ peer }) => (peer === "b" ? "up" : "NO_ANSWER");
  return scene.run(10_000);
}

test("one place is called once, however its address is spelled", () => {
  const scene = besideEvil();
  for (const spelled of ["2001:db8::9", "2001:0db8::9", "2001:db8:0:0:0:0:0:9", "2001:db8::0009"])
    scene.announce("evil", [`udp://[${spelled}]:4433`]).run(MINUTE);
  const [[place, calledMs] = ["", 0], ...others] = [...scene.called];
  expect([place, ...others]).toEqual(["udp://[2001:db8::9]:4433"]);
  expect(calledMs).toBeLessThanOrEqual(CALL_MS + 200);
});

test.each([
  ["is silent", false, 7 * TRIES],
  ["knocks", true, 8 * TRIES],
])("of other and other ports few are called where the relay %s", (_, doesKnock, most) => {
  const scene = besideEvil();
  for (let turn = 0; turn < 40; turn++) {
    const ports = Array.from({ length: 15 }, (_, at) => `udp://198.51.100.9:${5_000 + 15 * turn + at}`);
    scene.announce("evil", ports, [KEY]);
    if (doesKnock) scene.knock("evil", KEY);
    scene.run(MINUTE / 4);
  }
  expect(scene.called.size).toBeGreaterThan(TRIES);
  expect(scene.called.size).toBeLessThanOrEqual(most);
});
