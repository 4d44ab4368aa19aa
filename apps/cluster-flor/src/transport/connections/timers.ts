/** The timers of a connection. The parts that have states of their own (pulse, draining, readers, writers, opening streams) keep theirs. */
export const Timer = {
  /** QUIC's own. While it is not set, nothing is in flight: QUIC has no idle timer here. */
  quic: 0,
  /** The handshake takes too long; once it is complete, the peer's hello does. */
  greeting: 1,
  /** Workloads whose peers do not read are asked whether they are still there. */
  workloads: 2,
  /** The peer is told once more that the connection has ended: its workloads must not outlive it because one packet was lost. */
  repeatClose: 3,
  /** A connection that has ended is let go of. */
  leave: 4,
} as const;
export const TIMER_COUNT = 5;
