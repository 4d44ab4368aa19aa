/** Orders about Portal API messages, which both data threads have.
 *
 *  @param name The field that names the port.
 *  @param whose The beginning of a sentence about that field. */
export function messageOrders(name, whose) {
  return {
    sendMessage: {
      isLossy: true,
      doc: "Sends a Portal API message.",
      fields: { [name]: ["u32", `${whose} sends it.`], message: ["bytes", "It fits into a frame."] },
    },
    repeatMessage: {
      doc: "Sends a Portal API message, and again each interval while the partner is there, until another one is given.",
      fields: {
        [name]: ["u32", `${whose} sends it.`],
        message: ["bytes", "It fits into a frame."],
        intervalMs: ["ms32", "The time between two.", "interval"],
      },
    },
    setKnownMessage: {
      byHand: true,
      doc: "A message of the partner's is not told any more when it comes again.",
      fields: {
        [name]: ["u32", `${whose} receives it.`],
        message: ["bytes", "Empty: all are told."],
        heard: ["Arc<Heard>", "Where it is noted that it came."],
      },
    },
  };
}
