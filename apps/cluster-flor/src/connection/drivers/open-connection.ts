import { openFlorioPort } from "@florenetes/florio";
import { EarliestTimer } from "@florenetes/timing";
import { type ConnectionOptions, ConnectionService } from "../connection-service.ts";

export interface OpenConnection {
  readonly service: ConnectionService;
  /** Takes leave of the link vertices and lets go of the sockets. */
  close(): void;
}

/**
 * A connection service with its FlorIO sockets and its timer.
 *
 * @throws FlorioError when a socket of ours cannot be bound; then none is left behind
 */
export function openConnection(options: Omit<ConnectionOptions, "onActivity">): OpenConnection {
  const wake = (): void => service.handleTimeout(options.now());
  // A process that was itself stopped finds its deadlines passed: it reads what has come meanwhile before it judges.
  const timer = new EarliestTimer(() => setImmediate(wake), options.now);
  const service = new ConnectionService({ ...options, onActivity: () => timer.set(service.nextTimeout()) });
  using opening = new DisposableStack();
  const ports = options.config.portals.map(({ bind, connect }, index) => {
    const port = openFlorioPort({ bind, connect, handlers: service.portals[index]! });
    opening.defer(() => port.close());
    return port;
  });
  service.join(ports);
  const sockets = opening.move();
  return {
    service,
    close() {
      service.close();
      timer.close();
      sockets.dispose();
    },
  };
}
