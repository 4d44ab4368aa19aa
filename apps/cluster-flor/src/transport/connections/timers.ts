/** The timers of a connection. The parts that have states of their own (pulse, readers, writers, opening streams) keep theirs. */
export const Timer = {
  /** QUIC's own. While it is not set, nothing is in flight: QUIC has no idle timer here. */
  quic: 0,
  /** The handshake takes too long; once it is complete, the peer's hello does. */
  greeting: 1,
  /** Workloads whose peers do not read are asked whether they are still there. */
  workloads: 2,
  /** A draining connection without streams waits no longer until all that it sent is acknowledged. `handleTimeout` only touches the
   *  connection: `process` looks, when the streams are over. */
  linger: 3,
  /** The peer is told once more that the connection has ended: its workloads must not outlive it because one packet was lost. */
  repeatClose: 4,
  /** A connection that has ended is let go of. */
  leave: 5,
} as const;
export const TIMER_COUNT = 6;
