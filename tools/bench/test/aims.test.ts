import { describe, expect, it } from "vitest";
import type { Aim } from "../src/aim.ts";
import { aimsOf, isMet } from "../src/aims.ts";
import type { AllFigures } from "../src/figures.ts";
import { TAKEN, VERIFIED } from "../src/micro/subjects/facts.ts";
import { AGENTS_PLACE, FLOOR_PLACE, LONG_WIRE, OTHER_PLACES, type Place, SLOW_WIRE } from "../src/place.ts";
import { resultOf, runOf } from "./results.ts";

function find(aims: readonly Aim[], of: string): (Aim & { isMet: boolean }) | undefined {
  const aim = aims.find((one) => one.of === of);
  return aim && { ...aim, isMet: isMet(aim) };
}

describe("aims", () => {
  it("are none where there are no figures", () => {
    expect(aimsOf(runOf())).toEqual([]);
    expect(aimsOf(runOf(resultOf("florenetes", {}), resultOf("nebula", {})))).toEqual([]);
  });

  it("are taken from the best peer of the run that carries packets over UDP", () => {
    const figures = (megabits: number, cpu: number): AllFigures => ({
      "Mbit/s, 1": [megabits],
      "CPU s per GB, 1": [cpu],
    });
    const systems = { florenetes: figures(400, 20), nebula: figures(480, 25), haproxy: figures(2000, 6) };
    const aims = aimsOf(runOf(...Object.entries(systems).map(([key, taken]) => resultOf(key, taken))));
    const most = { figure: 400, limit: 480, because: "nebula", isMet: false };
    expect(find(aims, "Mbit/s, 1, best peer over UDP")).toMatchObject(most);
    const least = { limit: 25, because: "nebula", isMet: true };
    expect(find(aims, "CPU s per GB, 1, best peer over UDP")).toMatchObject(least);
  });

  it("are a multiple of haproxy's, and what ssh has", () => {
    const figures = (cpu: number, megabits: number, p50: number, connections: number): AllFigures => ({
      "CPU s per GB, 8": [cpu],
      "Mbit/s, 8": [megabits],
      "round trip, p50": [p50],
      "connections/s, 16": [connections],
    });
    const systems = {
      florenetes: figures(9, 2_000, 500, 3_000),
      haproxy: figures(10, 2_000, 450, 200),
      "ssh-aes-gcm": figures(8, 1_000, 700, 2_000),
    };
    const aims = aimsOf(runOf(...Object.entries(systems).map(([key, taken]) => resultOf(key, taken))));
    expect(find(aims, "CPU s per GB, 8, beside haproxy")).toMatchObject({ figure: 9, limit: 9.5, isMet: true });
    expect(find(aims, "Mbit/s, 8, beside haproxy")).toMatchObject({ limit: 2_100, isMet: false });
    expect(find(aims, "round trip, p50, beside haproxy")).toMatchObject({ isMet: true });
    expect(find(aims, "round trip, p50, beside ssh")).toMatchObject({ limit: 700, isMet: true });
    expect(find(aims, "connections/s, 16, beside ssh")).toMatchObject({ limit: 2_000, isMet: true });
  });

  it("of classes are half of the round trip with one, and nine tenths of its bulk; with a rate, what it takes idle", () => {
    const places = OTHER_PLACES.filter(({ of }) => of === "classes");
    const figuresOf = ({ hasClasses }: Place): AllFigures => ({
      "round trip, p99": [2_000],
      "beside 8 streams, p99": [hasClasses ? 4_000 : 10_000],
      "Mbit/s, 8": [hasClasses ? 40 : 46],
    });
    const aims = aimsOf(runOf(...places.map((place) => resultOf("florenetes", figuresOf(place), place))));
    expect(aims).toHaveLength(8);
    const where = "two classes, 1 link";
    expect(find(aims, `round trip p99 beside 8 streams, ${where}`)).toMatchObject({ limit: 5, isMet: true });
    expect(find(aims, `bulk, ${where}`)).toMatchObject({ figure: 40, isMet: false });
    const withRate = find(aims, "round trip p99 beside 8 streams, two classes, links with a rate, 3 links");
    // The limit is 1.2 times 2 ms, and 0.24 ms for each wire.
    expect(withRate!.limit).toBeCloseTo(3.12, 2);
    expect(withRate).toMatchObject({ isMet: false });
  });

  it("take the kernel for no peer", () => {
    const beside = { florenetes: 400, kernel: 50, haproxy: 500 };
    const results = Object.entries(beside).map(([key, p50]) => resultOf(key, { "beside bulk, p50": [p50] }));
    const aim = find(aimsOf(runOf(...results)), "round trip beside bulk, p50, best peer");
    expect(aim).toMatchObject({ limit: 500, because: "haproxy", isMet: true });
  });

  it("are a multiple of the floor, and of the smaller of two", () => {
    const mesh = resultOf("florenetes", {
      "round trip, p50": [500],
      "CPU s per GB, 8": [60],
      "connections/s, 1": [700],
    });
    const row = resultOf("floor-row", { "round trip, p50": [330] }, FLOOR_PLACE);
    const proxies = resultOf("floor-proxies", { "connections/s, 1": [1000] }, FLOOR_PLACE);
    const sums = [50, 40].map((cost) => resultOf(`${cost}`, { "CPU s per GB, 8": [cost] }, FLOOR_PLACE));
    const aims = aimsOf(runOf(mesh, row, proxies, ...sums));
    expect(find(aims, "round trip, p50")).toMatchObject({ figure: 500, limit: 495, isMet: false });
    expect(find(aims, "CPU s per GB, 8")).toMatchObject({ limit: 60, isMet: true });
    expect(find(aims, "connections/s, 1")).toMatchObject({ limit: 700, isMet: true });
  });

  it("want memory that is given back", () => {
    const aims = aimsOf(
      runOf(
        resultOf("florenetes", {
          "memory, idle node": [130],
          "memory, 10000 closed": [100, 105],
          "memory, after a round": [100, 105, 120],
        }),
      ),
    );
    expect(find(aims, "memory of an idle node")).toMatchObject({ figure: 130, limit: 140 });
    expect(find(aims, "memory after 10,000 connections, the second time")?.isMet).toBe(true);
    expect(find(aims, "memory after 3 rounds of bulk and connections")).toMatchObject({ figure: 120, isMet: false });
  });

  it("want connections that live, and no long pause after the outage", () => {
    const [lost, beyond] = ["lost, transit killed for 2 s", "beyond ms, transit killed for 2 s"] as const;
    const aims = aimsOf(runOf(resultOf("florenetes", { [lost]: [0, 1], [beyond]: [1_200] })));
    expect(aims.map((aim) => [aim.figure, isMet(aim)])).toEqual([
      [1, false],
      [1_200, false],
    ]);
  });

  it("want curves that are flat, or hardly rise", () => {
    const curve = (name: string, first: number, last: number) =>
      [first, last].map((median, index) => ({
        name: `${name} ${index === 0 ? "10" : "1,000"}`,
        operation: "lookup",
        entries: index === 0 ? 10 : 1000,
        here: [median],
        beside: [],
        problems: [],
      }));
    const micro = [...curve("small:", 10, 500), ...curve("flat:", 2000, 2900), ...curve("steep:", 2000, 3100)];
    expect(aimsOf({ ...runOf(), micro }).map(isMet)).toEqual([true, true, false]);
  });
});

describe("aims of datagrams", () => {
  it("are what nebula has", () => {
    const place = OTHER_PLACES.find(({ of }) => of === "datagrams")!;
    const figures = (rate: number, cpu: number): AllFigures => ({
      "datagrams/s": [rate],
      "CPU s per million datagrams, 100": [cpu],
      "datagrams lost %, 100": [0.5],
    });
    const aims = aimsOf(
      runOf(resultOf("florenetes", figures(50_000, 40), place), resultOf("nebula", figures(40_000, 35), place)),
    );
    expect(aims.map((aim) => [aim.of, aim.limit, isMet(aim)])).toEqual([
      ["datagrams/s, beside nebula", 40_000, true],
      ["CPU s per million datagrams, 100 Mbit/s, beside nebula", 35, false],
      ["datagrams lost at 100 Mbit/s", 1, true],
    ]);
  });
});

describe("aims over bad wires", () => {
  const placeOf = (title: string, links: number): Place =>
    OTHER_PLACES.find((place) => place.title === title && place.links === links)!;

  it("are a share of what the wire carries alone, or a number", () => {
    const mesh = (title: string, links: number, megabits: number) =>
      resultOf("florenetes", { "Mbit/s, 1": [megabits] }, placeOf(title, links));
    const kernel = resultOf("kernel", { "Mbit/s, 1": [19] }, placeOf(SLOW_WIRE, 1));
    const aims = aimsOf(runOf(kernel, mesh(SLOW_WIRE, 1, 16), mesh(SLOW_WIRE, 3, 15), mesh(LONG_WIRE, 1, 79)));
    expect(aims.map((aim) => [aim.of, isMet(aim)])).toEqual([
      [`throughput, ${SLOW_WIRE}, 1 link`, true],
      [`throughput, ${SLOW_WIRE}, 3 links`, false],
      [`throughput, ${LONG_WIRE}, 1 link`, false],
    ]);
  });

  it("let a ping-pong wait for one queue's target a link", () => {
    const isMetWith = (beside: number) => {
      const figures: AllFigures = { "round trip, p99": [100_000], "beside bulk, p99": [beside] };
      return aimsOf(runOf(resultOf("florenetes", figures, placeOf("50 ms", 3)))).map(isMet);
    };
    expect([isMetWith(114_000), isMetWith(116_000)]).toEqual([[true], [false]]);
  });
});

describe("aims of agents", () => {
  it("are what cluster-flor takes, and a share of a core", () => {
    const figures = (idle: number, flood: number, memory: number): AllFigures => ({
      "CPU %, idle": [idle],
      "CPU %, flood": [flood],
      "PSS MB, idle": [memory],
    });
    const isMetWith = (...agent: readonly [number, number, number]): boolean[] => {
      const agents = resultOf("fabric-flor", figures(...agent), AGENTS_PLACE);
      return aimsOf(runOf(agents, resultOf("cluster-flor", figures(0.5, 9, 80), AGENTS_PLACE))).map(isMet);
    };
    expect(isMetWith(0.5, 5, 96)).toEqual([true, true, true]);
    expect(isMetWith(0.6, 5.1, 97)).toEqual([false, false, false]);
  });

  it("let a record cost half as much again as its signatures", () => {
    const micro = (taken: number) =>
      [TAKEN, VERIFIED].map((name, at) => ({
        name,
        operation: "",
        here: [[taken, 100][at]!],
        beside: [],
        problems: [],
      }));
    const isMetWith = (taken: number): boolean[] => aimsOf({ results: [], micro: micro(taken) }).map(isMet);
    expect([isMetWith(150), isMetWith(151)]).toEqual([[true], [false]]);
  });
});

describe("aims of the VPN", () => {
  const [fast, slow] = [false, true].map((isSlow) =>
    OTHER_PLACES.find(({ of, badWire }) => of === "vpn" && (badWire !== undefined) === isSlow)!,
  );

  it("are taken from nebula, wireguard-go, and a UDP tunnel of the mesh", () => {
    const figures = (rate: number, cpu: number, datagram: number): AllFigures => ({
      "Mbit/s, 1": [rate],
      "CPU s per GB, 1": [cpu],
      "CPU s per million datagrams, 100": [datagram],
    });
    const aims = aimsOf(
      runOf(
        resultOf("florenetes", figures(1_000, 10, 60), fast),
        resultOf("vpn-flor", figures(130, 30, 130), fast),
        resultOf("nebula-vpn", figures(100, 40, 50), fast),
        resultOf("vpn-flor", { "beside 8 streams, p99": [10_000] }, slow),
        resultOf("nebula-vpn", { "beside 8 streams, p99": [40_000] }, slow),
        resultOf("wireguard-go", { "beside 8 streams, p99": [100_000] }, slow),
      ),
    );
    expect(aims.map((aim) => [aim.of, aim.limit, aim.because, isMet(aim)])).toEqual([
      ["VPN, Mbit/s, 1", 120, "1.2 times nebula's", true],
      ["VPN, CPU s per GB, 1", 28, "0.7 times nebula's", false],
      ["VPN, CPU s per million datagrams, 100 Mbit/s", 120, "2 times a UDP tunnel's", false],
      ["VPN, round trip p99 beside 8 streams", 8, "0.2 times that of nebula-vpn", false],
      ["VPN, round trip p99 beside 8 streams", 20, "0.2 times that of wireguard-go", true],
    ]);
  });
});
