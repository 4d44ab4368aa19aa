import type { NativeConnection } from "@florenetes/data-plane";
import { expect, test } from "vitest";
import { HidingConnections } from "../src/native/hiding-connections.ts";
import { NativeEngineConnection } from "../src/native/native-connection.ts";

const KEY = 7;
const NO_EVENT = { cause: undefined, isApplication: false, code: 0, reason: "" };

/** A connection that is established, and whether the hidden bytes of all connections still lead to it. */
function establish(closesBefore: boolean): {
  readonly connection: NativeEngineConnection;
  readonly isKept: () => boolean;
} {
  const native = { ledgerKey: KEY, pollEvent: () => NO_EVENT, close: () => undefined } as unknown as NativeConnection;
  const hiding = new HidingConnections(() => [KEY]);
  const connection = new NativeEngineConnection(native, hiding, undefined, undefined);
  let isKept = false;
  connection.onDue = () => void (isKept = true);
  if (closesBefore) connection.close(16, "");
  connection.pollEvent();
  const look = (): boolean => {
    isKept = false;
    hiding.handleTooMany();
    return isKept;
  };
  return { connection, isKept: look };
}

test("a connection is kept while it is established, and no more once its owner has closed it and asks for nothing", () => {
  const { connection, isKept } = establish(false);
  expect(isKept()).toBe(true);
  connection.close(16, "");
  expect(isKept()).toBe(false);
});

test("a connection whose owner has closed it before it was heard that it is established is not kept", () => {
  expect(establish(true).isKept()).toBe(false);
});
