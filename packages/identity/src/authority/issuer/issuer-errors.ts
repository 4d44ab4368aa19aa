/** The codes with which an issuer refuses a renewal, each with its meaning and advice. docs/operate/errors.md is made from them. */
export const ISSUER_ERRORS = {
  ERR_ISSUER_CERTIFICATE: {
    meaning:
      "The certificate that was shown to the issuer is none that a node of the cluster would accept: it has ended or not begun, or is another CA's; the message says which.",
    advice:
      "Compare the clocks of both machines. An identity that has ended comes back by `flor identity keep`, or has the CA sign a request, as at the first time.",
  },
  ERR_ISSUER_ENDED: {
    meaning:
      "The certificate that was shown has ended, and this issuer gives no other one for it: another CA has made it, or it has not ended by the clock of the issuer; the message says which.",
    advice:
      "Compare the clocks of both machines. Else have the CA sign a request, or make a token, as at the first time.",
  },
  ERR_ISSUER_ENDED_KEY: {
    meaning:
      "The certificate that was shown has ended, and the key of the request is not the last one by the record of the issuer: it is a new key, or another one has followed it.",
    advice:
      "A copy of an older identity does not come back, and one that has ended gets no new key: have the CA sign a request, or make a token.",
  },
  ERR_ISSUER_NODE: {
    meaning:
      "The certificate that was shown has ended, and the fabric's agent at the issuer has no record in force of that node, or does not answer; the message says which.",
    advice:
      "A node whose record is void or has ended comes back when the control quorum signs another one. See `flor fabric node` at the issuer's machine.",
  },
  ERR_ISSUER_REVOKED: {
    meaning:
      "The certificate that was shown, the one that it came from by renewals, or one of the same principal that was issued later, is revoked.",
    advice: "If the principal is to come back, issue it an identity anew at the CA: that one is renewed again.",
  },
  ERR_ISSUER_TOKEN: {
    meaning: "The token is none of this issuer, has ended, or was used before by another key; the message says which.",
    advice:
      "Have another one made: `flor ca token`. Where a token was used that nobody here has used, revoke its principal.",
  },
  ERR_ISSUER_REQUEST: {
    meaning: "The request for the next certificate is broken, or asks for something that no request is answered with.",
    advice: "Make it with `flor identity renew`; the message says what is wrong with it.",
  },
  ERR_ISSUER_PRINCIPAL: {
    meaning: "The request is for another principal than the certificate that was shown.",
    advice: "An issuer gives the same principal its next certificate, and no other: the CA issues new ones.",
  },
  ERR_ISSUER_KEY_IN_USE: {
    meaning: "The key of the request was certified for another principal before.",
    advice: "Make a new key: `flor identity renew --replace`. Whoever has put it there has the other one's key.",
  },
  ERR_ISSUER_RATE: {
    meaning:
      "The principal has been given certificates too often of late, or its key after an end; the message says which.",
    advice:
      "Find out why its node asks again and again: its log says what it did not take. It gets others by itself after a week at most, or after a twelfth of the issuer's `life` where that is longer; the CA can sign a request before that.",
  },
  ERR_ISSUER_BUSY: {
    meaning: "The issuer has given out as many certificates as it may for the moment, or its folder is in use.",
    advice: "Nodes ask again by themselves. When it stays so, look at the issuer's log.",
  },
} as const;

export type IssuerErrorCode = keyof typeof ISSUER_ERRORS;
