/** How payloads leave a UDP socket: `BatchSender` where the system offers it, else `PlainSender`. */
export interface UdpSender {
  /** The buffer that the next payload is to be written into. */
  readonly slot: Uint8Array;
  /** Whether more is taken at the moment. Reading this sends payloads that had to wait. */
  readonly isWritable: boolean;
  /** Takes what was written into the slot. False: the kernel's buffer is full, and no more is taken until `isWritable`. */
  send(length: number, host: string, port: number): boolean;
  /** Sends what was gathered. */
  flush(): void;
}
