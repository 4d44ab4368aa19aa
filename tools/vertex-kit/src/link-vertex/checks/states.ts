import { check, type Check } from "../../check.ts";
import { demand } from "../../judgement.ts";
import type { LinkBench } from "../link-bench.ts";

const SILENCE_MS = 500;
const GENERATION_MAX = 2n ** 64n - 1n;

const lonely = { peer: "nobody", role: "acceptor", endpoint: "" } as const;

export const STATE_CHECKS: readonly Check<LinkBench>[] = [
  check("PA-37", "links that are up have handles of their own", async (bench) => {
    const links = [await bench.link(), await bench.link(), await bench.link()];
    for (const side of ["a", "b"] as const) {
      const handles = links.map((link) => link[side].handle);
      demand(new Set(handles).size === links.length && !handles.includes(0), `${side}: handles ${handles.join(", ")}`);
    }
  }),
  check("PA-38", "a link is told to be up before its first packet", async (bench) => {
    const { a, b, medium } = bench;
    await bench.attach();
    for (let i = 0; i < 5; i++) {
      const tag = bench.newTag();
      a.forget();
      for (const side of [b, a]) await side.ask({ kind: "open-link", wish: bench.wish(side, tag) });
      const { handle } = await b.untilState(tag, "up");
      const send = medium.repeated(tag.length, () => b.sendPackets(handle, Buffer.from(tag)));
      await a.until("a packet", () => {
        send();
        return a.packets.some(({ packet }) => Buffer.from(tag).equals(packet));
      });
      const first = a.packets.find(({ packet }) => Buffer.from(tag).equals(packet))!;
      const isTold = a
        .all("link-states")
        .some(
          ({ body, frame }) => frame < first.frame && body.links.some(({ status }) => status.handle === first.handle),
        );
      demand(isTold, `a packet of handle ${first.handle}, of which nothing had been told`);
    }
  }),
  check("PA-39", "generations grow, and states come in their order", async (bench) => {
    await bench.link();
    await bench.link();
    const offence = bench.sides.flatMap(({ offences }) => offences).find(({ requirement }) => requirement === "PA-39");
    demand(offence === undefined, offence?.seen ?? "");
    const before = await bench.a.heartbeat();
    await bench.a.ask({ kind: "open-link", wish: { ...lonely, tag: bench.newTag() } });
    const grown = (): boolean => bench.a.all("heartbeat").some((beat) => beat.body.generation > before.body.generation);
    await bench.a.until("a greater generation", grown);
  }),
  check("PA-40", "what is not acknowledged is told again, and no more once it is", async (bench) => {
    const { a } = bench;
    await a.attach();
    a.isAcknowledging = false;
    const tag = bench.newTag();
    await a.ask({ kind: "open-link", wish: { ...lonely, tag } });
    const told = (): number =>
      a.all("link-states").filter(({ body }) => body.links.some(({ status }) => status.tag === tag)).length;
    await a.until("the state of the link, four times", () => told() >= 4);
    a.known = a.all("link-states").at(-1)!.body.to;
    a.isAcknowledging = true;
    a.beat();
    const { generation } = a.states.get(tag)!;
    await a.until("an acknowledgement of all", () => a.known >= generation);
    await a.heartbeat();
    a.forget();
    await a.never("a state that is acknowledged", SILENCE_MS, () => told() > 0);
  }),
  check("PA-41", "after an attach the generation of the table is told, without any claimed link", async (bench) => {
    const { a } = bench;
    await a.attach();
    await a.ask({ kind: "open-link", wish: { ...lonely, tag: bench.newTag() } });
    a.begin();
    await a.attach();
    const { body } = await a.heartbeat();
    demand(body.generation > 0n, "a generation of 0 after a change");
    await a.until("LinkStates up to the generation of the table", () => a.known >= body.generation);
    demand(a.states.size === 0, "links were told that nobody has asked for");
  }),
  check("PA-42", "an acknowledgement of 2⁶⁴ - 1 hides no later change", async (bench) => {
    const { a } = bench;
    await a.attach();
    await a.heartbeat();
    a.isAcknowledging = false;
    a.known = GENERATION_MAX;
    a.beat();
    const tag = bench.newTag();
    await a.ask({ kind: "open-link", wish: { ...lonely, tag } });
    await a.until("the state of a link that was asked for afterwards", () => a.states.get(tag));
  }),
];
