import { expect, test } from "vitest";
import type { Logger } from "../src/logs/logger.ts";
import { RoomLevels } from "../src/logs/room-levels.ts";

function writer(): { readonly lines: string[]; readonly log: Logger } {
  const lines: string[] = [];
  const of = (name: string): Logger => {
    const at = (level: string) => (_: unknown, message: string) => void lines.push(`${name} ${level} ${message}`);
    const child = (fields: Readonly<Record<string, unknown>>): Logger =>
      of((fields["service"] as string | undefined) ?? name);
    return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), child };
  };
  return { lines, log: of("-") };
}

const sayAll = (log: Logger): void => {
  for (const level of ["debug", "info", "warn", "error"] as const) log[level]({ code: "X" }, "!");
};

test("a room has its own level or that of all, and either may change", () => {
  const { lines, log } = writer();
  const levels = new RoomLevels(["transport", "connection"], "warn", { transport: "debug" });
  const root = levels.filter(log);
  const [transport, connection] = ["transport", "connection"].map((service) => root.child({ service }));
  const heard = (of: Logger): string[] => {
    lines.length = 0;
    sayAll(of);
    return lines.map((line) => line.split(" ")[1]!);
  };
  expect(heard(root)).toEqual(["warn", "error"]);
  expect(heard(connection!)).toEqual(["warn", "error"]);
  expect(heard(transport!)).toEqual(["debug", "info", "warn", "error"]);
  expect(heard(transport!.child({ link: "a" }))).toHaveLength(4);
  const routes = levels.routes();
  expect(Object.keys(routes)).toHaveLength(12);
  expect(routes["/log-level/transport/error"]!()).toEqual({ room: "transport", level: "error" });
  expect(heard(transport!)).toEqual(["error"]);
  routes["/log-level/level/info"]!();
  expect(heard(connection!)).toEqual(["info", "warn", "error"]);
  expect(heard(transport!)).toEqual(["error"]);
});
