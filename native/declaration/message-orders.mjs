/** Orders about Portal API messages, which both data threads have.
 *
 *  @param name The field that names the port.
 *  @param whose The beginning of a sentence about that field. */
export function messageOrders(name, whose) {
  return {
    sendMessage: {
      isLossy: true,
      doc: "Sends a Portal API message.",
      fields: { [name]: ["u32", `${whose} sends it.`], message: ["bytes", "The message, which fits into a frame."] },
    },
    repeatMessage: {
      doc: "Sends a Portal API message, and again each interval while the partner is there, until another one is given.",
      fields: {
        [name]: ["u32", `${whose} sends it.`],
        message: ["bytes", "The message, which fits into a frame."],
        intervalMs: ["ms32", "The time between two repeats.", "interval"],
      },
    },
    setKnownMessage: {
      byHand: true,
      doc: "A message of the partner that equals this one is not told from now on: the partner repeats it.",
      fields: {
        [name]: ["u32", `${whose} receives it.`],
        message: ["bytes", "The message; empty: all messages are told."],
        heard: ["Arc<Heard>", "The note that the message has come."],
      },
    },
  };
}
