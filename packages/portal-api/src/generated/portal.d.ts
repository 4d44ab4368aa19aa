import * as $protobuf from "protobufjs";

/** Namespace florenetes. */
export namespace florenetes {

    /** Namespace portal. */
    namespace portal {

        /** Namespace v1. */
        namespace v1 {

            /**
             * Properties of a Message.
             * @deprecated Use florenetes.portal.v1.Message.$Properties instead.
             */
            interface IMessage extends florenetes.portal.v1.Message.$Properties {
            }

            /** Represents a Message. */
            class Message {

                /**
                 * Constructs a new Message.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.Message.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Message instance. */
                instance: string;

                /** Message attachment. */
                attachment: number;

                /** Message requestId. */
                requestId: number;

                /** Message attach. */
                attach?: (florenetes.portal.v1.Attach.$Properties|null);

                /** Message attachAnswer. */
                attachAnswer?: (florenetes.portal.v1.AttachAnswer.$Properties|null);

                /** Message detach. */
                detach?: (florenetes.portal.v1.Detach.$Properties|null);

                /** Message detachAnswer. */
                detachAnswer?: (florenetes.portal.v1.DetachAnswer.$Properties|null);

                /** Message openLink. */
                openLink?: (florenetes.portal.v1.OpenLink.$Properties|null);

                /** Message openLinkAnswer. */
                openLinkAnswer?: (florenetes.portal.v1.OpenLinkAnswer.$Properties|null);

                /** Message closeLink. */
                closeLink?: (florenetes.portal.v1.CloseLink.$Properties|null);

                /** Message closeLinkAnswer. */
                closeLinkAnswer?: (florenetes.portal.v1.CloseLinkAnswer.$Properties|null);

                /** Message linkStates. */
                linkStates?: (florenetes.portal.v1.LinkStates.$Properties|null);

                /** Message linkStats. */
                linkStats?: (florenetes.portal.v1.LinkStatsReport.$Properties|null);

                /** Message heartbeat. */
                heartbeat?: (florenetes.portal.v1.Heartbeat.$Properties|null);

                /** Message error. */
                error?: (florenetes.portal.v1.ErrorAnswer.$Properties|null);

                /** Message unimplemented. */
                unimplemented?: (florenetes.portal.v1.Unimplemented.$Properties|null);

                /** Message transitChanges. */
                transitChanges?: (florenetes.portal.v1.TransitChanges.$Properties|null);

                /** Message transitReport. */
                transitReport?: (florenetes.portal.v1.TransitReport.$Properties|null);

                /** Message judge. */
                judge?: (florenetes.portal.v1.Judge.$Properties|null);

                /** Message judgeAnswer. */
                judgeAnswer?: (florenetes.portal.v1.JudgeAnswer.$Properties|null);

                /** Message sign. */
                sign?: (florenetes.portal.v1.Sign.$Properties|null);

                /** Message signAnswer. */
                signAnswer?: (florenetes.portal.v1.SignAnswer.$Properties|null);

                /** Message body. */
                body?: ("attach"|"attachAnswer"|"detach"|"detachAnswer"|"openLink"|"openLinkAnswer"|"closeLink"|"closeLinkAnswer"|"linkStates"|"linkStats"|"heartbeat"|"error"|"unimplemented"|"transitChanges"|"transitReport"|"judge"|"judgeAnswer"|"sign"|"signAnswer");

                /**
                 * Encodes the specified Message message. Does not implicitly {@link florenetes.portal.v1.Message.verify|verify} messages.
                 * @param message Message message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.Message.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Message message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.Message & florenetes.portal.v1.Message.$Shape} Message
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.Message & florenetes.portal.v1.Message.$Shape;
            }

            namespace Message {

                /** Properties of a Message. */
                interface $Properties {

                    /** Message instance */
                    instance?: (string|null);

                    /** Message attachment */
                    attachment?: (number|null);

                    /** Message requestId */
                    requestId?: (number|null);

                    /** Message attach */
                    attach?: (florenetes.portal.v1.Attach.$Properties|null);

                    /** Message attachAnswer */
                    attachAnswer?: (florenetes.portal.v1.AttachAnswer.$Properties|null);

                    /** Message detach */
                    detach?: (florenetes.portal.v1.Detach.$Properties|null);

                    /** Message detachAnswer */
                    detachAnswer?: (florenetes.portal.v1.DetachAnswer.$Properties|null);

                    /** Message openLink */
                    openLink?: (florenetes.portal.v1.OpenLink.$Properties|null);

                    /** Message openLinkAnswer */
                    openLinkAnswer?: (florenetes.portal.v1.OpenLinkAnswer.$Properties|null);

                    /** Message closeLink */
                    closeLink?: (florenetes.portal.v1.CloseLink.$Properties|null);

                    /** Message closeLinkAnswer */
                    closeLinkAnswer?: (florenetes.portal.v1.CloseLinkAnswer.$Properties|null);

                    /** Message linkStates */
                    linkStates?: (florenetes.portal.v1.LinkStates.$Properties|null);

                    /** Message linkStats */
                    linkStats?: (florenetes.portal.v1.LinkStatsReport.$Properties|null);

                    /** Message heartbeat */
                    heartbeat?: (florenetes.portal.v1.Heartbeat.$Properties|null);

                    /** Message error */
                    error?: (florenetes.portal.v1.ErrorAnswer.$Properties|null);

                    /** Message unimplemented */
                    unimplemented?: (florenetes.portal.v1.Unimplemented.$Properties|null);

                    /** Message transitChanges */
                    transitChanges?: (florenetes.portal.v1.TransitChanges.$Properties|null);

                    /** Message transitReport */
                    transitReport?: (florenetes.portal.v1.TransitReport.$Properties|null);

                    /** Message judge */
                    judge?: (florenetes.portal.v1.Judge.$Properties|null);

                    /** Message judgeAnswer */
                    judgeAnswer?: (florenetes.portal.v1.JudgeAnswer.$Properties|null);

                    /** Message sign */
                    sign?: (florenetes.portal.v1.Sign.$Properties|null);

                    /** Message signAnswer */
                    signAnswer?: (florenetes.portal.v1.SignAnswer.$Properties|null);

                    /** Message body */
                    body?: ("attach"|"attachAnswer"|"detach"|"detachAnswer"|"openLink"|"openLinkAnswer"|"closeLink"|"closeLinkAnswer"|"linkStates"|"linkStats"|"heartbeat"|"error"|"unimplemented"|"transitChanges"|"transitReport"|"judge"|"judgeAnswer"|"sign"|"signAnswer");

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Narrowed shape of a Message. */
                type $Shape = {
                  instance?: string|null;
                  attachment?: number|null;
                  requestId?: number|null;
                  attach?: florenetes.portal.v1.Attach.$Shape|null;
                  attachAnswer?: florenetes.portal.v1.AttachAnswer.$Shape|null;
                  detach?: florenetes.portal.v1.Detach.$Shape|null;
                  detachAnswer?: florenetes.portal.v1.DetachAnswer.$Shape|null;
                  openLink?: florenetes.portal.v1.OpenLink.$Shape|null;
                  openLinkAnswer?: florenetes.portal.v1.OpenLinkAnswer.$Shape|null;
                  closeLink?: florenetes.portal.v1.CloseLink.$Shape|null;
                  closeLinkAnswer?: florenetes.portal.v1.CloseLinkAnswer.$Shape|null;
                  linkStates?: florenetes.portal.v1.LinkStates.$Shape|null;
                  linkStats?: florenetes.portal.v1.LinkStatsReport.$Shape|null;
                  heartbeat?: florenetes.portal.v1.Heartbeat.$Shape|null;
                  error?: florenetes.portal.v1.ErrorAnswer.$Shape|null;
                  unimplemented?: florenetes.portal.v1.Unimplemented.$Shape|null;
                  transitChanges?: florenetes.portal.v1.TransitChanges.$Shape|null;
                  transitReport?: florenetes.portal.v1.TransitReport.$Shape|null;
                  judge?: florenetes.portal.v1.Judge.$Shape|null;
                  judgeAnswer?: florenetes.portal.v1.JudgeAnswer.$Shape|null;
                  sign?: florenetes.portal.v1.Sign.$Shape|null;
                  signAnswer?: florenetes.portal.v1.SignAnswer.$Shape|null;
                  $unknowns?: Uint8Array[];
                } & (
                  ({ body?: undefined; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "attach"; attach: florenetes.portal.v1.Attach.$Shape; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "attachAnswer"; attach?: null; attachAnswer: florenetes.portal.v1.AttachAnswer.$Shape; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "detach"; attach?: null; attachAnswer?: null; detach: florenetes.portal.v1.Detach.$Shape; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "detachAnswer"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer: florenetes.portal.v1.DetachAnswer.$Shape; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "openLink"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink: florenetes.portal.v1.OpenLink.$Shape; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "openLinkAnswer"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer: florenetes.portal.v1.OpenLinkAnswer.$Shape; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "closeLink"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink: florenetes.portal.v1.CloseLink.$Shape; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "closeLinkAnswer"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer: florenetes.portal.v1.CloseLinkAnswer.$Shape; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "linkStates"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates: florenetes.portal.v1.LinkStates.$Shape; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "linkStats"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats: florenetes.portal.v1.LinkStatsReport.$Shape; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "heartbeat"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat: florenetes.portal.v1.Heartbeat.$Shape; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "error"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error: florenetes.portal.v1.ErrorAnswer.$Shape; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "unimplemented"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented: florenetes.portal.v1.Unimplemented.$Shape; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "transitChanges"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges: florenetes.portal.v1.TransitChanges.$Shape; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "transitReport"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport: florenetes.portal.v1.TransitReport.$Shape; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "judge"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge: florenetes.portal.v1.Judge.$Shape; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "judgeAnswer"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer: florenetes.portal.v1.JudgeAnswer.$Shape; sign?: null; signAnswer?: null }|{ body?: "sign"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign: florenetes.portal.v1.Sign.$Shape; signAnswer?: null }|{ body?: "signAnswer"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer: florenetes.portal.v1.SignAnswer.$Shape })
                );
            }

            /**
             * Properties of an Attach.
             * @deprecated Use florenetes.portal.v1.Attach.$Properties instead.
             */
            interface IAttach extends florenetes.portal.v1.Attach.$Properties {
            }

            /** Represents an Attach. */
            class Attach {

                /**
                 * Constructs a new Attach.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.Attach.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Attach cluster. */
                cluster: string;

                /** Attach vertex. */
                vertex: string;

                /** Attach startedAt. */
                startedAt: number;

                /** Attach versionMin. */
                versionMin: number;

                /** Attach versionMax. */
                versionMax: number;

                /**
                 * Encodes the specified Attach message. Does not implicitly {@link florenetes.portal.v1.Attach.verify|verify} messages.
                 * @param message Attach message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.Attach.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Attach message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.Attach & florenetes.portal.v1.Attach.$Shape} Attach
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.Attach & florenetes.portal.v1.Attach.$Shape;
            }

            namespace Attach {

                /** Properties of an Attach. */
                interface $Properties {

                    /** Attach cluster */
                    cluster?: (string|null);

                    /** Attach vertex */
                    vertex?: (string|null);

                    /** Attach startedAt */
                    startedAt?: (number|null);

                    /** Attach versionMin */
                    versionMin?: (number|null);

                    /** Attach versionMax */
                    versionMax?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Attach. */
                type $Shape = florenetes.portal.v1.Attach.$Properties;
            }

            /**
             * Properties of an AttachAnswer.
             * @deprecated Use florenetes.portal.v1.AttachAnswer.$Properties instead.
             */
            interface IAttachAnswer extends florenetes.portal.v1.AttachAnswer.$Properties {
            }

            /** Represents an AttachAnswer. */
            class AttachAnswer {

                /**
                 * Constructs a new AttachAnswer.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.AttachAnswer.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** AttachAnswer startedAt. */
                startedAt: number;

                /** AttachAnswer version. */
                version: number;

                /** AttachAnswer principal. */
                principal: string;

                /** AttachAnswer linkMtuMax. */
                linkMtuMax: number;

                /** AttachAnswer linksMax. */
                linksMax: number;

                /** AttachAnswer features. */
                features: string[];

                /** AttachAnswer linkProtocol. */
                linkProtocol: string;

                /**
                 * Encodes the specified AttachAnswer message. Does not implicitly {@link florenetes.portal.v1.AttachAnswer.verify|verify} messages.
                 * @param message AttachAnswer message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.AttachAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an AttachAnswer message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.AttachAnswer & florenetes.portal.v1.AttachAnswer.$Shape} AttachAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.AttachAnswer & florenetes.portal.v1.AttachAnswer.$Shape;
            }

            namespace AttachAnswer {

                /** Properties of an AttachAnswer. */
                interface $Properties {

                    /** AttachAnswer startedAt */
                    startedAt?: (number|null);

                    /** AttachAnswer version */
                    version?: (number|null);

                    /** AttachAnswer principal */
                    principal?: (string|null);

                    /** AttachAnswer linkMtuMax */
                    linkMtuMax?: (number|null);

                    /** AttachAnswer linksMax */
                    linksMax?: (number|null);

                    /** AttachAnswer features */
                    features?: (string[]|null);

                    /** AttachAnswer linkProtocol */
                    linkProtocol?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an AttachAnswer. */
                type $Shape = florenetes.portal.v1.AttachAnswer.$Properties;
            }

            /**
             * Properties of a Detach.
             * @deprecated Use florenetes.portal.v1.Detach.$Properties instead.
             */
            interface IDetach extends florenetes.portal.v1.Detach.$Properties {
            }

            /** Represents a Detach. */
            class Detach {

                /**
                 * Constructs a new Detach.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.Detach.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Encodes the specified Detach message. Does not implicitly {@link florenetes.portal.v1.Detach.verify|verify} messages.
                 * @param message Detach message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.Detach.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Detach message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.Detach & florenetes.portal.v1.Detach.$Shape} Detach
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.Detach & florenetes.portal.v1.Detach.$Shape;
            }

            namespace Detach {

                /** Properties of a Detach. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Detach. */
                type $Shape = florenetes.portal.v1.Detach.$Properties;
            }

            /**
             * Properties of a DetachAnswer.
             * @deprecated Use florenetes.portal.v1.DetachAnswer.$Properties instead.
             */
            interface IDetachAnswer extends florenetes.portal.v1.DetachAnswer.$Properties {
            }

            /** Represents a DetachAnswer. */
            class DetachAnswer {

                /**
                 * Constructs a new DetachAnswer.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.DetachAnswer.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Encodes the specified DetachAnswer message. Does not implicitly {@link florenetes.portal.v1.DetachAnswer.verify|verify} messages.
                 * @param message DetachAnswer message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.DetachAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a DetachAnswer message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.DetachAnswer & florenetes.portal.v1.DetachAnswer.$Shape} DetachAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.DetachAnswer & florenetes.portal.v1.DetachAnswer.$Shape;
            }

            namespace DetachAnswer {

                /** Properties of a DetachAnswer. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a DetachAnswer. */
                type $Shape = florenetes.portal.v1.DetachAnswer.$Properties;
            }

            /**
             * Properties of a LinkKey.
             * @deprecated Use florenetes.portal.v1.LinkKey.$Properties instead.
             */
            interface ILinkKey extends florenetes.portal.v1.LinkKey.$Properties {
            }

            /** Represents a LinkKey. */
            class LinkKey {

                /**
                 * Constructs a new LinkKey.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.LinkKey.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LinkKey peer. */
                peer: string;

                /** LinkKey tag. */
                tag: string;

                /**
                 * Encodes the specified LinkKey message. Does not implicitly {@link florenetes.portal.v1.LinkKey.verify|verify} messages.
                 * @param message LinkKey message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.LinkKey.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LinkKey message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.LinkKey & florenetes.portal.v1.LinkKey.$Shape} LinkKey
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.LinkKey & florenetes.portal.v1.LinkKey.$Shape;
            }

            namespace LinkKey {

                /** Properties of a LinkKey. */
                interface $Properties {

                    /** LinkKey peer */
                    peer?: (string|null);

                    /** LinkKey tag */
                    tag?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a LinkKey. */
                type $Shape = florenetes.portal.v1.LinkKey.$Properties;
            }

            /** Role enum. */
            enum Role {

                /** ROLE_UNSPECIFIED value */
                ROLE_UNSPECIFIED = 0,

                /** ROLE_ORIGINATOR value */
                ROLE_ORIGINATOR = 1,

                /** ROLE_ACCEPTOR value */
                ROLE_ACCEPTOR = 2
            }

            /**
             * Properties of an OpenLink.
             * @deprecated Use florenetes.portal.v1.OpenLink.$Properties instead.
             */
            interface IOpenLink extends florenetes.portal.v1.OpenLink.$Properties {
            }

            /** Represents an OpenLink. */
            class OpenLink {

                /**
                 * Constructs a new OpenLink.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.OpenLink.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** OpenLink key. */
                key?: (florenetes.portal.v1.LinkKey.$Properties|null);

                /** OpenLink role. */
                role: florenetes.portal.v1.Role;

                /** OpenLink endpoint. */
                endpoint: string;

                /** OpenLink rate. */
                rate: number;

                /**
                 * Encodes the specified OpenLink message. Does not implicitly {@link florenetes.portal.v1.OpenLink.verify|verify} messages.
                 * @param message OpenLink message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.OpenLink.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an OpenLink message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.OpenLink & florenetes.portal.v1.OpenLink.$Shape} OpenLink
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.OpenLink & florenetes.portal.v1.OpenLink.$Shape;
            }

            namespace OpenLink {

                /** Properties of an OpenLink. */
                interface $Properties {

                    /** OpenLink key */
                    key?: (florenetes.portal.v1.LinkKey.$Properties|null);

                    /** OpenLink role */
                    role?: (florenetes.portal.v1.Role|null);

                    /** OpenLink endpoint */
                    endpoint?: (string|null);

                    /** OpenLink rate */
                    rate?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an OpenLink. */
                type $Shape = florenetes.portal.v1.OpenLink.$Properties;
            }

            /**
             * Properties of an OpenLinkAnswer.
             * @deprecated Use florenetes.portal.v1.OpenLinkAnswer.$Properties instead.
             */
            interface IOpenLinkAnswer extends florenetes.portal.v1.OpenLinkAnswer.$Properties {
            }

            /** Represents an OpenLinkAnswer. */
            class OpenLinkAnswer {

                /**
                 * Constructs a new OpenLinkAnswer.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.OpenLinkAnswer.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Encodes the specified OpenLinkAnswer message. Does not implicitly {@link florenetes.portal.v1.OpenLinkAnswer.verify|verify} messages.
                 * @param message OpenLinkAnswer message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.OpenLinkAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an OpenLinkAnswer message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.OpenLinkAnswer & florenetes.portal.v1.OpenLinkAnswer.$Shape} OpenLinkAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.OpenLinkAnswer & florenetes.portal.v1.OpenLinkAnswer.$Shape;
            }

            namespace OpenLinkAnswer {

                /** Properties of an OpenLinkAnswer. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an OpenLinkAnswer. */
                type $Shape = florenetes.portal.v1.OpenLinkAnswer.$Properties;
            }

            /**
             * Properties of a CloseLink.
             * @deprecated Use florenetes.portal.v1.CloseLink.$Properties instead.
             */
            interface ICloseLink extends florenetes.portal.v1.CloseLink.$Properties {
            }

            /** Represents a CloseLink. */
            class CloseLink {

                /**
                 * Constructs a new CloseLink.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.CloseLink.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** CloseLink key. */
                key?: (florenetes.portal.v1.LinkKey.$Properties|null);

                /**
                 * Encodes the specified CloseLink message. Does not implicitly {@link florenetes.portal.v1.CloseLink.verify|verify} messages.
                 * @param message CloseLink message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.CloseLink.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a CloseLink message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.CloseLink & florenetes.portal.v1.CloseLink.$Shape} CloseLink
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.CloseLink & florenetes.portal.v1.CloseLink.$Shape;
            }

            namespace CloseLink {

                /** Properties of a CloseLink. */
                interface $Properties {

                    /** CloseLink key */
                    key?: (florenetes.portal.v1.LinkKey.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a CloseLink. */
                type $Shape = florenetes.portal.v1.CloseLink.$Properties;
            }

            /**
             * Properties of a CloseLinkAnswer.
             * @deprecated Use florenetes.portal.v1.CloseLinkAnswer.$Properties instead.
             */
            interface ICloseLinkAnswer extends florenetes.portal.v1.CloseLinkAnswer.$Properties {
            }

            /** Represents a CloseLinkAnswer. */
            class CloseLinkAnswer {

                /**
                 * Constructs a new CloseLinkAnswer.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.CloseLinkAnswer.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Encodes the specified CloseLinkAnswer message. Does not implicitly {@link florenetes.portal.v1.CloseLinkAnswer.verify|verify} messages.
                 * @param message CloseLinkAnswer message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.CloseLinkAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a CloseLinkAnswer message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.CloseLinkAnswer & florenetes.portal.v1.CloseLinkAnswer.$Shape} CloseLinkAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.CloseLinkAnswer & florenetes.portal.v1.CloseLinkAnswer.$Shape;
            }

            namespace CloseLinkAnswer {

                /** Properties of a CloseLinkAnswer. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a CloseLinkAnswer. */
                type $Shape = florenetes.portal.v1.CloseLinkAnswer.$Properties;
            }

            /** LinkStateKind enum. */
            enum LinkStateKind {

                /** LINK_STATE_UNSPECIFIED value */
                LINK_STATE_UNSPECIFIED = 0,

                /** LINK_STATE_CONNECTING value */
                LINK_STATE_CONNECTING = 1,

                /** LINK_STATE_UP value */
                LINK_STATE_UP = 2,

                /** LINK_STATE_DOWN value */
                LINK_STATE_DOWN = 3,

                /** LINK_STATE_REFUSED value */
                LINK_STATE_REFUSED = 4
            }

            /**
             * Properties of a LinkState.
             * @deprecated Use florenetes.portal.v1.LinkState.$Properties instead.
             */
            interface ILinkState extends florenetes.portal.v1.LinkState.$Properties {
            }

            /** Represents a LinkState. */
            class LinkState {

                /**
                 * Constructs a new LinkState.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.LinkState.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LinkState key. */
                key?: (florenetes.portal.v1.LinkKey.$Properties|null);

                /** LinkState state. */
                state: florenetes.portal.v1.LinkStateKind;

                /** LinkState handle. */
                handle: number;

                /** LinkState mtu. */
                mtu: number;

                /** LinkState code. */
                code: string;

                /** LinkState text. */
                text: string;

                /** LinkState isCongested. */
                isCongested: boolean;

                /** LinkState generation. */
                generation: number;

                /** LinkState preferredMtu. */
                preferredMtu: number;

                /** LinkState congestedClasses. */
                congestedClasses: number;

                /**
                 * Encodes the specified LinkState message. Does not implicitly {@link florenetes.portal.v1.LinkState.verify|verify} messages.
                 * @param message LinkState message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.LinkState.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LinkState message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.LinkState & florenetes.portal.v1.LinkState.$Shape} LinkState
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.LinkState & florenetes.portal.v1.LinkState.$Shape;
            }

            namespace LinkState {

                /** Properties of a LinkState. */
                interface $Properties {

                    /** LinkState key */
                    key?: (florenetes.portal.v1.LinkKey.$Properties|null);

                    /** LinkState state */
                    state?: (florenetes.portal.v1.LinkStateKind|null);

                    /** LinkState handle */
                    handle?: (number|null);

                    /** LinkState mtu */
                    mtu?: (number|null);

                    /** LinkState code */
                    code?: (string|null);

                    /** LinkState text */
                    text?: (string|null);

                    /** LinkState isCongested */
                    isCongested?: (boolean|null);

                    /** LinkState generation */
                    generation?: (number|null);

                    /** LinkState preferredMtu */
                    preferredMtu?: (number|null);

                    /** LinkState congestedClasses */
                    congestedClasses?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a LinkState. */
                type $Shape = florenetes.portal.v1.LinkState.$Properties;
            }

            /**
             * Properties of a LinkStates.
             * @deprecated Use florenetes.portal.v1.LinkStates.$Properties instead.
             */
            interface ILinkStates extends florenetes.portal.v1.LinkStates.$Properties {
            }

            /** Represents a LinkStates. */
            class LinkStates {

                /**
                 * Constructs a new LinkStates.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.LinkStates.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LinkStates from. */
                from: number;

                /** LinkStates to. */
                to: number;

                /** LinkStates links. */
                links: florenetes.portal.v1.LinkState.$Properties[];

                /**
                 * Encodes the specified LinkStates message. Does not implicitly {@link florenetes.portal.v1.LinkStates.verify|verify} messages.
                 * @param message LinkStates message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.LinkStates.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LinkStates message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.LinkStates & florenetes.portal.v1.LinkStates.$Shape} LinkStates
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.LinkStates & florenetes.portal.v1.LinkStates.$Shape;
            }

            namespace LinkStates {

                /** Properties of a LinkStates. */
                interface $Properties {

                    /** LinkStates from */
                    from?: (number|null);

                    /** LinkStates to */
                    to?: (number|null);

                    /** LinkStates links */
                    links?: (florenetes.portal.v1.LinkState.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a LinkStates. */
                type $Shape = florenetes.portal.v1.LinkStates.$Properties;
            }

            /**
             * Properties of a LinkStats.
             * @deprecated Use florenetes.portal.v1.LinkStats.$Properties instead.
             */
            interface ILinkStats extends florenetes.portal.v1.LinkStats.$Properties {
            }

            /** Represents a LinkStats. */
            class LinkStats {

                /**
                 * Constructs a new LinkStats.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.LinkStats.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LinkStats key. */
                key?: (florenetes.portal.v1.LinkKey.$Properties|null);

                /** LinkStats rttMs. */
                rttMs: number;

                /** LinkStats packetsSent. */
                packetsSent: number;

                /** LinkStats packetsReceived. */
                packetsReceived: number;

                /** LinkStats bytesSent. */
                bytesSent: number;

                /** LinkStats bytesReceived. */
                bytesReceived: number;

                /** LinkStats packetsLost. */
                packetsLost: number;

                /** LinkStats packetsDropped. */
                packetsDropped: number;

                /** LinkStats queueLength. */
                queueLength: number;

                /**
                 * Encodes the specified LinkStats message. Does not implicitly {@link florenetes.portal.v1.LinkStats.verify|verify} messages.
                 * @param message LinkStats message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.LinkStats.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LinkStats message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.LinkStats & florenetes.portal.v1.LinkStats.$Shape} LinkStats
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.LinkStats & florenetes.portal.v1.LinkStats.$Shape;
            }

            namespace LinkStats {

                /** Properties of a LinkStats. */
                interface $Properties {

                    /** LinkStats key */
                    key?: (florenetes.portal.v1.LinkKey.$Properties|null);

                    /** LinkStats rttMs */
                    rttMs?: (number|null);

                    /** LinkStats packetsSent */
                    packetsSent?: (number|null);

                    /** LinkStats packetsReceived */
                    packetsReceived?: (number|null);

                    /** LinkStats bytesSent */
                    bytesSent?: (number|null);

                    /** LinkStats bytesReceived */
                    bytesReceived?: (number|null);

                    /** LinkStats packetsLost */
                    packetsLost?: (number|null);

                    /** LinkStats packetsDropped */
                    packetsDropped?: (number|null);

                    /** LinkStats queueLength */
                    queueLength?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a LinkStats. */
                type $Shape = florenetes.portal.v1.LinkStats.$Properties;
            }

            /**
             * Properties of a LinkStatsReport.
             * @deprecated Use florenetes.portal.v1.LinkStatsReport.$Properties instead.
             */
            interface ILinkStatsReport extends florenetes.portal.v1.LinkStatsReport.$Properties {
            }

            /** Represents a LinkStatsReport. */
            class LinkStatsReport {

                /**
                 * Constructs a new LinkStatsReport.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.LinkStatsReport.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** LinkStatsReport links. */
                links: florenetes.portal.v1.LinkStats.$Properties[];

                /**
                 * Encodes the specified LinkStatsReport message. Does not implicitly {@link florenetes.portal.v1.LinkStatsReport.verify|verify} messages.
                 * @param message LinkStatsReport message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.LinkStatsReport.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a LinkStatsReport message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.LinkStatsReport & florenetes.portal.v1.LinkStatsReport.$Shape} LinkStatsReport
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.LinkStatsReport & florenetes.portal.v1.LinkStatsReport.$Shape;
            }

            namespace LinkStatsReport {

                /** Properties of a LinkStatsReport. */
                interface $Properties {

                    /** LinkStatsReport links */
                    links?: (florenetes.portal.v1.LinkStats.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a LinkStatsReport. */
                type $Shape = florenetes.portal.v1.LinkStatsReport.$Properties;
            }

            /**
             * Properties of a Heartbeat.
             * @deprecated Use florenetes.portal.v1.Heartbeat.$Properties instead.
             */
            interface IHeartbeat extends florenetes.portal.v1.Heartbeat.$Properties {
            }

            /** Represents a Heartbeat. */
            class Heartbeat {

                /**
                 * Constructs a new Heartbeat.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.Heartbeat.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Heartbeat startedAt. */
                startedAt: number;

                /** Heartbeat generation. */
                generation: number;

                /** Heartbeat transitGeneration. */
                transitGeneration: number;

                /** Heartbeat transitTaken. */
                transitTaken: number;

                /** Heartbeat transitCode. */
                transitCode: string;

                /** Heartbeat transitReport. */
                transitReport: number;

                /** Heartbeat judgeGeneration. */
                judgeGeneration: number;

                /**
                 * Encodes the specified Heartbeat message. Does not implicitly {@link florenetes.portal.v1.Heartbeat.verify|verify} messages.
                 * @param message Heartbeat message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.Heartbeat.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Heartbeat message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.Heartbeat & florenetes.portal.v1.Heartbeat.$Shape} Heartbeat
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.Heartbeat & florenetes.portal.v1.Heartbeat.$Shape;
            }

            namespace Heartbeat {

                /** Properties of a Heartbeat. */
                interface $Properties {

                    /** Heartbeat startedAt */
                    startedAt?: (number|null);

                    /** Heartbeat generation */
                    generation?: (number|null);

                    /** Heartbeat transitGeneration */
                    transitGeneration?: (number|null);

                    /** Heartbeat transitTaken */
                    transitTaken?: (number|null);

                    /** Heartbeat transitCode */
                    transitCode?: (string|null);

                    /** Heartbeat transitReport */
                    transitReport?: (number|null);

                    /** Heartbeat judgeGeneration */
                    judgeGeneration?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Heartbeat. */
                type $Shape = florenetes.portal.v1.Heartbeat.$Properties;
            }

            /**
             * Properties of a Judge.
             * @deprecated Use florenetes.portal.v1.Judge.$Properties instead.
             */
            interface IJudge extends florenetes.portal.v1.Judge.$Properties {
            }

            /** Represents a Judge. */
            class Judge {

                /**
                 * Constructs a new Judge.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.Judge.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Judge presenter. */
                presenter: florenetes.portal.v1.Role;

                /** Judge peer. */
                peer: string;

                /** Judge chain. */
                chain: Uint8Array[];

                /** Judge isOpen. */
                isOpen: boolean;

                /**
                 * Encodes the specified Judge message. Does not implicitly {@link florenetes.portal.v1.Judge.verify|verify} messages.
                 * @param message Judge message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.Judge.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Judge message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.Judge & florenetes.portal.v1.Judge.$Shape} Judge
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.Judge & florenetes.portal.v1.Judge.$Shape;
            }

            namespace Judge {

                /** Properties of a Judge. */
                interface $Properties {

                    /** Judge presenter */
                    presenter?: (florenetes.portal.v1.Role|null);

                    /** Judge peer */
                    peer?: (string|null);

                    /** Judge chain */
                    chain?: (Uint8Array[]|null);

                    /** Judge isOpen */
                    isOpen?: (boolean|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Judge. */
                type $Shape = florenetes.portal.v1.Judge.$Properties;
            }

            /**
             * Properties of a JudgeAnswer.
             * @deprecated Use florenetes.portal.v1.JudgeAnswer.$Properties instead.
             */
            interface IJudgeAnswer extends florenetes.portal.v1.JudgeAnswer.$Properties {
            }

            /** Represents a JudgeAnswer. */
            class JudgeAnswer {

                /**
                 * Constructs a new JudgeAnswer.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.JudgeAnswer.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** JudgeAnswer principal. */
                principal: string;

                /** JudgeAnswer name. */
                name: string;

                /** JudgeAnswer goodUntil. */
                goodUntil: number;

                /** JudgeAnswer graceMs. */
                graceMs: number;

                /** JudgeAnswer code. */
                code: string;

                /** JudgeAnswer text. */
                text: string;

                /** JudgeAnswer judgeGeneration. */
                judgeGeneration: number;

                /**
                 * Encodes the specified JudgeAnswer message. Does not implicitly {@link florenetes.portal.v1.JudgeAnswer.verify|verify} messages.
                 * @param message JudgeAnswer message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.JudgeAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a JudgeAnswer message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.JudgeAnswer & florenetes.portal.v1.JudgeAnswer.$Shape} JudgeAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.JudgeAnswer & florenetes.portal.v1.JudgeAnswer.$Shape;
            }

            namespace JudgeAnswer {

                /** Properties of a JudgeAnswer. */
                interface $Properties {

                    /** JudgeAnswer principal */
                    principal?: (string|null);

                    /** JudgeAnswer name */
                    name?: (string|null);

                    /** JudgeAnswer goodUntil */
                    goodUntil?: (number|null);

                    /** JudgeAnswer graceMs */
                    graceMs?: (number|null);

                    /** JudgeAnswer code */
                    code?: (string|null);

                    /** JudgeAnswer text */
                    text?: (string|null);

                    /** JudgeAnswer judgeGeneration */
                    judgeGeneration?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a JudgeAnswer. */
                type $Shape = florenetes.portal.v1.JudgeAnswer.$Properties;
            }

            /**
             * Properties of a Sign.
             * @deprecated Use florenetes.portal.v1.Sign.$Properties instead.
             */
            interface ISign extends florenetes.portal.v1.Sign.$Properties {
            }

            /** Represents a Sign. */
            class Sign {

                /**
                 * Constructs a new Sign.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.Sign.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** Sign content. */
                content: Uint8Array;

                /** Sign knownChain. */
                knownChain: Uint8Array;

                /**
                 * Encodes the specified Sign message. Does not implicitly {@link florenetes.portal.v1.Sign.verify|verify} messages.
                 * @param message Sign message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.Sign.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a Sign message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.Sign & florenetes.portal.v1.Sign.$Shape} Sign
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.Sign & florenetes.portal.v1.Sign.$Shape;
            }

            namespace Sign {

                /** Properties of a Sign. */
                interface $Properties {

                    /** Sign content */
                    content?: (Uint8Array|null);

                    /** Sign knownChain */
                    knownChain?: (Uint8Array|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a Sign. */
                type $Shape = florenetes.portal.v1.Sign.$Properties;
            }

            /**
             * Properties of a SignAnswer.
             * @deprecated Use florenetes.portal.v1.SignAnswer.$Properties instead.
             */
            interface ISignAnswer extends florenetes.portal.v1.SignAnswer.$Properties {
            }

            /** Represents a SignAnswer. */
            class SignAnswer {

                /**
                 * Constructs a new SignAnswer.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.SignAnswer.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** SignAnswer signature. */
                signature: Uint8Array;

                /** SignAnswer scheme. */
                scheme: number;

                /** SignAnswer chainHash. */
                chainHash: Uint8Array;

                /** SignAnswer chain. */
                chain: Uint8Array[];

                /**
                 * Encodes the specified SignAnswer message. Does not implicitly {@link florenetes.portal.v1.SignAnswer.verify|verify} messages.
                 * @param message SignAnswer message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.SignAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a SignAnswer message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.SignAnswer & florenetes.portal.v1.SignAnswer.$Shape} SignAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.SignAnswer & florenetes.portal.v1.SignAnswer.$Shape;
            }

            namespace SignAnswer {

                /** Properties of a SignAnswer. */
                interface $Properties {

                    /** SignAnswer signature */
                    signature?: (Uint8Array|null);

                    /** SignAnswer scheme */
                    scheme?: (number|null);

                    /** SignAnswer chainHash */
                    chainHash?: (Uint8Array|null);

                    /** SignAnswer chain */
                    chain?: (Uint8Array[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a SignAnswer. */
                type $Shape = florenetes.portal.v1.SignAnswer.$Properties;
            }

            /**
             * Properties of an ErrorAnswer.
             * @deprecated Use florenetes.portal.v1.ErrorAnswer.$Properties instead.
             */
            interface IErrorAnswer extends florenetes.portal.v1.ErrorAnswer.$Properties {
            }

            /** Represents an ErrorAnswer. */
            class ErrorAnswer {

                /**
                 * Constructs a new ErrorAnswer.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.ErrorAnswer.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** ErrorAnswer code. */
                code: string;

                /** ErrorAnswer text. */
                text: string;

                /**
                 * Encodes the specified ErrorAnswer message. Does not implicitly {@link florenetes.portal.v1.ErrorAnswer.verify|verify} messages.
                 * @param message ErrorAnswer message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.ErrorAnswer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an ErrorAnswer message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.ErrorAnswer & florenetes.portal.v1.ErrorAnswer.$Shape} ErrorAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.ErrorAnswer & florenetes.portal.v1.ErrorAnswer.$Shape;
            }

            namespace ErrorAnswer {

                /** Properties of an ErrorAnswer. */
                interface $Properties {

                    /** ErrorAnswer code */
                    code?: (string|null);

                    /** ErrorAnswer text */
                    text?: (string|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an ErrorAnswer. */
                type $Shape = florenetes.portal.v1.ErrorAnswer.$Properties;
            }

            /**
             * Properties of an Unimplemented.
             * @deprecated Use florenetes.portal.v1.Unimplemented.$Properties instead.
             */
            interface IUnimplemented extends florenetes.portal.v1.Unimplemented.$Properties {
            }

            /** Represents an Unimplemented. */
            class Unimplemented {

                /**
                 * Constructs a new Unimplemented.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.Unimplemented.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /**
                 * Encodes the specified Unimplemented message. Does not implicitly {@link florenetes.portal.v1.Unimplemented.verify|verify} messages.
                 * @param message Unimplemented message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.Unimplemented.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes an Unimplemented message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.Unimplemented & florenetes.portal.v1.Unimplemented.$Shape} Unimplemented
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.Unimplemented & florenetes.portal.v1.Unimplemented.$Shape;
            }

            namespace Unimplemented {

                /** Properties of an Unimplemented. */
                interface $Properties {

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of an Unimplemented. */
                type $Shape = florenetes.portal.v1.Unimplemented.$Properties;
            }

            /**
             * Properties of a TransitChanges.
             * @deprecated Use florenetes.portal.v1.TransitChanges.$Properties instead.
             */
            interface ITransitChanges extends florenetes.portal.v1.TransitChanges.$Properties {
            }

            /** Represents a TransitChanges. */
            class TransitChanges {

                /**
                 * Constructs a new TransitChanges.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.TransitChanges.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** TransitChanges transitGeneration. */
                transitGeneration: number;

                /** TransitChanges first. */
                first: number;

                /** TransitChanges whole. */
                whole: number;

                /** TransitChanges packetsPerSecond. */
                packetsPerSecond: number;

                /** TransitChanges bytesPerSecond. */
                bytesPerSecond: number;

                /** TransitChanges changes. */
                changes: florenetes.portal.v1.TransitChange.$Properties[];

                /**
                 * Encodes the specified TransitChanges message. Does not implicitly {@link florenetes.portal.v1.TransitChanges.verify|verify} messages.
                 * @param message TransitChanges message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.TransitChanges.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a TransitChanges message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.TransitChanges & florenetes.portal.v1.TransitChanges.$Shape} TransitChanges
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.TransitChanges & florenetes.portal.v1.TransitChanges.$Shape;
            }

            namespace TransitChanges {

                /** Properties of a TransitChanges. */
                interface $Properties {

                    /** TransitChanges transitGeneration */
                    transitGeneration?: (number|null);

                    /** TransitChanges first */
                    first?: (number|null);

                    /** TransitChanges whole */
                    whole?: (number|null);

                    /** TransitChanges packetsPerSecond */
                    packetsPerSecond?: (number|null);

                    /** TransitChanges bytesPerSecond */
                    bytesPerSecond?: (number|null);

                    /** TransitChanges changes */
                    changes?: (florenetes.portal.v1.TransitChange.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a TransitChanges. */
                type $Shape = florenetes.portal.v1.TransitChanges.$Properties;
            }

            /** TransitOperation enum. */
            enum TransitOperation {

                /** TRANSIT_UNSPECIFIED value */
                TRANSIT_UNSPECIFIED = 0,

                /** TRANSIT_LINK value */
                TRANSIT_LINK = 1,

                /** TRANSIT_PERMIT value */
                TRANSIT_PERMIT = 2,

                /** TRANSIT_FORBID value */
                TRANSIT_FORBID = 3,

                /** TRANSIT_SWAP value */
                TRANSIT_SWAP = 4,

                /** TRANSIT_END value */
                TRANSIT_END = 5,

                /** TRANSIT_REMOVE value */
                TRANSIT_REMOVE = 6
            }

            /**
             * Properties of a TransitChange.
             * @deprecated Use florenetes.portal.v1.TransitChange.$Properties instead.
             */
            interface ITransitChange extends florenetes.portal.v1.TransitChange.$Properties {
            }

            /** Represents a TransitChange. */
            class TransitChange {

                /**
                 * Constructs a new TransitChange.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.TransitChange.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** TransitChange operation. */
                operation: florenetes.portal.v1.TransitOperation;

                /** TransitChange link. */
                link: number;

                /** TransitChange label. */
                label: number;

                /** TransitChange outLink. */
                outLink: number;

                /** TransitChange outLabel. */
                outLabel: number;

                /** TransitChange key. */
                key?: (florenetes.portal.v1.LinkKey.$Properties|null);

                /**
                 * Encodes the specified TransitChange message. Does not implicitly {@link florenetes.portal.v1.TransitChange.verify|verify} messages.
                 * @param message TransitChange message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.TransitChange.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a TransitChange message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.TransitChange & florenetes.portal.v1.TransitChange.$Shape} TransitChange
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.TransitChange & florenetes.portal.v1.TransitChange.$Shape;
            }

            namespace TransitChange {

                /** Properties of a TransitChange. */
                interface $Properties {

                    /** TransitChange operation */
                    operation?: (florenetes.portal.v1.TransitOperation|null);

                    /** TransitChange link */
                    link?: (number|null);

                    /** TransitChange label */
                    label?: (number|null);

                    /** TransitChange outLink */
                    outLink?: (number|null);

                    /** TransitChange outLabel */
                    outLabel?: (number|null);

                    /** TransitChange key */
                    key?: (florenetes.portal.v1.LinkKey.$Properties|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a TransitChange. */
                type $Shape = florenetes.portal.v1.TransitChange.$Properties;
            }

            /**
             * Properties of a TransitReport.
             * @deprecated Use florenetes.portal.v1.TransitReport.$Properties instead.
             */
            interface ITransitReport extends florenetes.portal.v1.TransitReport.$Properties {
            }

            /** Represents a TransitReport. */
            class TransitReport {

                /**
                 * Constructs a new TransitReport.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.TransitReport.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** TransitReport number. */
                number: number;

                /** TransitReport transitGeneration. */
                transitGeneration: number;

                /** TransitReport links. */
                links: florenetes.portal.v1.TransitLinkCounts.$Properties[];

                /** TransitReport pairs. */
                pairs: florenetes.portal.v1.TransitPairCounts.$Properties[];

                /** TransitReport labels. */
                labels: florenetes.portal.v1.TransitLabelCounts.$Properties[];

                /**
                 * Encodes the specified TransitReport message. Does not implicitly {@link florenetes.portal.v1.TransitReport.verify|verify} messages.
                 * @param message TransitReport message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.TransitReport.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a TransitReport message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.TransitReport & florenetes.portal.v1.TransitReport.$Shape} TransitReport
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.TransitReport & florenetes.portal.v1.TransitReport.$Shape;
            }

            namespace TransitReport {

                /** Properties of a TransitReport. */
                interface $Properties {

                    /** TransitReport number */
                    number?: (number|null);

                    /** TransitReport transitGeneration */
                    transitGeneration?: (number|null);

                    /** TransitReport links */
                    links?: (florenetes.portal.v1.TransitLinkCounts.$Properties[]|null);

                    /** TransitReport pairs */
                    pairs?: (florenetes.portal.v1.TransitPairCounts.$Properties[]|null);

                    /** TransitReport labels */
                    labels?: (florenetes.portal.v1.TransitLabelCounts.$Properties[]|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a TransitReport. */
                type $Shape = florenetes.portal.v1.TransitReport.$Properties;
            }

            /**
             * Properties of a TransitLinkCounts.
             * @deprecated Use florenetes.portal.v1.TransitLinkCounts.$Properties instead.
             */
            interface ITransitLinkCounts extends florenetes.portal.v1.TransitLinkCounts.$Properties {
            }

            /** Represents a TransitLinkCounts. */
            class TransitLinkCounts {

                /**
                 * Constructs a new TransitLinkCounts.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.TransitLinkCounts.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** TransitLinkCounts link. */
                link: number;

                /** TransitLinkCounts packetsForwarded. */
                packetsForwarded: number;

                /** TransitLinkCounts bytesIn. */
                bytesIn: number;

                /** TransitLinkCounts drops. */
                drops: florenetes.portal.v1.TransitDrops.$Properties[];

                /** TransitLinkCounts packetsOut. */
                packetsOut: number;

                /** TransitLinkCounts bytesOut. */
                bytesOut: number;

                /** TransitLinkCounts packetsRefused. */
                packetsRefused: number;

                /**
                 * Encodes the specified TransitLinkCounts message. Does not implicitly {@link florenetes.portal.v1.TransitLinkCounts.verify|verify} messages.
                 * @param message TransitLinkCounts message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.TransitLinkCounts.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a TransitLinkCounts message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.TransitLinkCounts & florenetes.portal.v1.TransitLinkCounts.$Shape} TransitLinkCounts
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.TransitLinkCounts & florenetes.portal.v1.TransitLinkCounts.$Shape;
            }

            namespace TransitLinkCounts {

                /** Properties of a TransitLinkCounts. */
                interface $Properties {

                    /** TransitLinkCounts link */
                    link?: (number|null);

                    /** TransitLinkCounts packetsForwarded */
                    packetsForwarded?: (number|null);

                    /** TransitLinkCounts bytesIn */
                    bytesIn?: (number|null);

                    /** TransitLinkCounts drops */
                    drops?: (florenetes.portal.v1.TransitDrops.$Properties[]|null);

                    /** TransitLinkCounts packetsOut */
                    packetsOut?: (number|null);

                    /** TransitLinkCounts bytesOut */
                    bytesOut?: (number|null);

                    /** TransitLinkCounts packetsRefused */
                    packetsRefused?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a TransitLinkCounts. */
                type $Shape = florenetes.portal.v1.TransitLinkCounts.$Properties;
            }

            /**
             * Properties of a TransitDrops.
             * @deprecated Use florenetes.portal.v1.TransitDrops.$Properties instead.
             */
            interface ITransitDrops extends florenetes.portal.v1.TransitDrops.$Properties {
            }

            /** Represents a TransitDrops. */
            class TransitDrops {

                /**
                 * Constructs a new TransitDrops.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.TransitDrops.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** TransitDrops cause. */
                cause: string;

                /** TransitDrops packets. */
                packets: number;

                /** TransitDrops label. */
                label: number;

                /**
                 * Encodes the specified TransitDrops message. Does not implicitly {@link florenetes.portal.v1.TransitDrops.verify|verify} messages.
                 * @param message TransitDrops message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.TransitDrops.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a TransitDrops message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.TransitDrops & florenetes.portal.v1.TransitDrops.$Shape} TransitDrops
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.TransitDrops & florenetes.portal.v1.TransitDrops.$Shape;
            }

            namespace TransitDrops {

                /** Properties of a TransitDrops. */
                interface $Properties {

                    /** TransitDrops cause */
                    cause?: (string|null);

                    /** TransitDrops packets */
                    packets?: (number|null);

                    /** TransitDrops label */
                    label?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a TransitDrops. */
                type $Shape = florenetes.portal.v1.TransitDrops.$Properties;
            }

            /**
             * Properties of a TransitPairCounts.
             * @deprecated Use florenetes.portal.v1.TransitPairCounts.$Properties instead.
             */
            interface ITransitPairCounts extends florenetes.portal.v1.TransitPairCounts.$Properties {
            }

            /** Represents a TransitPairCounts. */
            class TransitPairCounts {

                /**
                 * Constructs a new TransitPairCounts.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.TransitPairCounts.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** TransitPairCounts link. */
                link: number;

                /** TransitPairCounts outLink. */
                outLink: number;

                /** TransitPairCounts packetsPassed. */
                packetsPassed: number;

                /** TransitPairCounts packetsLimited. */
                packetsLimited: number;

                /**
                 * Encodes the specified TransitPairCounts message. Does not implicitly {@link florenetes.portal.v1.TransitPairCounts.verify|verify} messages.
                 * @param message TransitPairCounts message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.TransitPairCounts.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a TransitPairCounts message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.TransitPairCounts & florenetes.portal.v1.TransitPairCounts.$Shape} TransitPairCounts
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.TransitPairCounts & florenetes.portal.v1.TransitPairCounts.$Shape;
            }

            namespace TransitPairCounts {

                /** Properties of a TransitPairCounts. */
                interface $Properties {

                    /** TransitPairCounts link */
                    link?: (number|null);

                    /** TransitPairCounts outLink */
                    outLink?: (number|null);

                    /** TransitPairCounts packetsPassed */
                    packetsPassed?: (number|null);

                    /** TransitPairCounts packetsLimited */
                    packetsLimited?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a TransitPairCounts. */
                type $Shape = florenetes.portal.v1.TransitPairCounts.$Properties;
            }

            /**
             * Properties of a TransitLabelCounts.
             * @deprecated Use florenetes.portal.v1.TransitLabelCounts.$Properties instead.
             */
            interface ITransitLabelCounts extends florenetes.portal.v1.TransitLabelCounts.$Properties {
            }

            /** Represents a TransitLabelCounts. */
            class TransitLabelCounts {

                /**
                 * Constructs a new TransitLabelCounts.
                 * @param [properties] Properties to set
                 */
                constructor(properties?: florenetes.portal.v1.TransitLabelCounts.$Properties);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];

                /** TransitLabelCounts link. */
                link: number;

                /** TransitLabelCounts label. */
                label: number;

                /** TransitLabelCounts packets. */
                packets: number;

                /**
                 * Encodes the specified TransitLabelCounts message. Does not implicitly {@link florenetes.portal.v1.TransitLabelCounts.verify|verify} messages.
                 * @param message TransitLabelCounts message or plain object to encode
                 * @param [writer] Writer to encode to
                 * @returns Writer
                 */
                static encode(message: florenetes.portal.v1.TransitLabelCounts.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

                /**
                 * Decodes a TransitLabelCounts message from the specified reader or buffer.
                 * @param reader Reader or buffer to decode from
                 * @param [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.TransitLabelCounts & florenetes.portal.v1.TransitLabelCounts.$Shape} TransitLabelCounts
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): florenetes.portal.v1.TransitLabelCounts & florenetes.portal.v1.TransitLabelCounts.$Shape;
            }

            namespace TransitLabelCounts {

                /** Properties of a TransitLabelCounts. */
                interface $Properties {

                    /** TransitLabelCounts link */
                    link?: (number|null);

                    /** TransitLabelCounts label */
                    label?: (number|null);

                    /** TransitLabelCounts packets */
                    packets?: (number|null);

                    /** Unknown fields preserved while decoding when enabled */
                    $unknowns?: Uint8Array[];
                }

                /** Shape of a TransitLabelCounts. */
                type $Shape = florenetes.portal.v1.TransitLabelCounts.$Properties;
            }
        }
    }
}
