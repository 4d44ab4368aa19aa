import { createServer, type Server, type Socket } from "node:net";
import { setSocketFile } from "@florenetes/native";
import { OperatorError } from "@florenetes/operator-text";
import type { ProcessKitErrorCode } from "../error-codes.ts";
import { freeStreamSocketPath } from "./socket-path.ts";

/** The mode of the socket: the cluster vertex's user shares a group with ours. */
const MODE = 0o660;
/** Connections of a cluster vertex at a time: it makes a second one while it changes from one to the next. */
const CONNECTIONS_MAX = 8;

/**
 * Listens at a Unix socket to which the node's cluster vertex brings streams and flows (`target: session+unix:…`), or each stream as a connection of its
 * own (`target: unix:…`). Either half of a connection ends by itself.
 *
 * @param connectionsMax Connections at a time; those of data sessions need few
 * @throws OperatorError `ERR_SOCKET_…`
 */
export async function listenForVertex(
  path: string,
  onConnection: (socket: Socket) => void,
  connectionsMax: number = CONNECTIONS_MAX,
): Promise<Server> {
  await freeStreamSocketPath(path);
  const server = createServer({ allowHalfOpen: true }, onConnection);
  server.maxConnections = connectionsMax;
  try {
    await new Promise<void>((done, fail) => {
      server.once("error", fail);
      server.listen(path, () => done());
    });
    // Without file descriptors a connection is not taken, and the process goes on.
    server.on("error", () => undefined);
    setSocketFile(path, MODE);
    return server;
  } catch (cause) {
    server.close();
    const code: ProcessKitErrorCode = "ERR_SOCKET_DENIED";
    const advice = "Stop the other instance if there is one; else see the message of the system.";
    throw new OperatorError(code, `cannot be opened: ${(cause as Error).message}`, {
      advice,
      where: { file: path },
      cause,
    });
  }
}
