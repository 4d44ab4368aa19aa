/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["default"] || ($protobuf.roots["default"] = {});

export const florenetes = $root.florenetes = (() => {

    /**
     * Namespace florenetes.
     * @exports florenetes
     * @namespace
     */
    const florenetes = {};

    florenetes.portal = (function() {

        /**
         * Namespace portal.
         * @memberof florenetes
         * @namespace
         */
        const portal = {};

        portal.v1 = (function() {

            /**
             * Namespace v1.
             * @memberof florenetes.portal
             * @namespace
             */
            const v1 = {};

            v1.Message = (function() {

                /**
                 * Properties of a Message.
                 * @typedef {Object} florenetes.portal.v1.Message.$Properties
                 * @property {string|null} [instance] Message instance
                 * @property {number|null} [attachment] Message attachment
                 * @property {number|null} [requestId] Message requestId
                 * @property {florenetes.portal.v1.Attach.$Properties|null} [attach] Message attach
                 * @property {florenetes.portal.v1.AttachAnswer.$Properties|null} [attachAnswer] Message attachAnswer
                 * @property {florenetes.portal.v1.Detach.$Properties|null} [detach] Message detach
                 * @property {florenetes.portal.v1.DetachAnswer.$Properties|null} [detachAnswer] Message detachAnswer
                 * @property {florenetes.portal.v1.OpenLink.$Properties|null} [openLink] Message openLink
                 * @property {florenetes.portal.v1.OpenLinkAnswer.$Properties|null} [openLinkAnswer] Message openLinkAnswer
                 * @property {florenetes.portal.v1.CloseLink.$Properties|null} [closeLink] Message closeLink
                 * @property {florenetes.portal.v1.CloseLinkAnswer.$Properties|null} [closeLinkAnswer] Message closeLinkAnswer
                 * @property {florenetes.portal.v1.LinkStates.$Properties|null} [linkStates] Message linkStates
                 * @property {florenetes.portal.v1.LinkStatsReport.$Properties|null} [linkStats] Message linkStats
                 * @property {florenetes.portal.v1.Heartbeat.$Properties|null} [heartbeat] Message heartbeat
                 * @property {florenetes.portal.v1.ErrorAnswer.$Properties|null} [error] Message error
                 * @property {florenetes.portal.v1.Unimplemented.$Properties|null} [unimplemented] Message unimplemented
                 * @property {florenetes.portal.v1.TransitChanges.$Properties|null} [transitChanges] Message transitChanges
                 * @property {florenetes.portal.v1.TransitReport.$Properties|null} [transitReport] Message transitReport
                 * @property {florenetes.portal.v1.Judge.$Properties|null} [judge] Message judge
                 * @property {florenetes.portal.v1.JudgeAnswer.$Properties|null} [judgeAnswer] Message judgeAnswer
                 * @property {florenetes.portal.v1.Sign.$Properties|null} [sign] Message sign
                 * @property {florenetes.portal.v1.SignAnswer.$Properties|null} [signAnswer] Message signAnswer
                 * @property {"attach"|"attachAnswer"|"detach"|"detachAnswer"|"openLink"|"openLinkAnswer"|"closeLink"|"closeLinkAnswer"|"linkStates"|"linkStats"|"heartbeat"|"error"|"unimplemented"|"transitChanges"|"transitReport"|"judge"|"judgeAnswer"|"sign"|"signAnswer"} [body] Message body
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Message.
                 * @memberof florenetes.portal.v1
                 * @interface IMessage
                 * @augments florenetes.portal.v1.Message.$Properties
                 * @deprecated Use florenetes.portal.v1.Message.$Properties instead.
                 */

                /**
                 * Narrowed shape of a Message.
                 * @typedef {{
                 *   instance?: string|null;
                 *   attachment?: number|null;
                 *   requestId?: number|null;
                 *   attach?: florenetes.portal.v1.Attach.$Shape|null;
                 *   attachAnswer?: florenetes.portal.v1.AttachAnswer.$Shape|null;
                 *   detach?: florenetes.portal.v1.Detach.$Shape|null;
                 *   detachAnswer?: florenetes.portal.v1.DetachAnswer.$Shape|null;
                 *   openLink?: florenetes.portal.v1.OpenLink.$Shape|null;
                 *   openLinkAnswer?: florenetes.portal.v1.OpenLinkAnswer.$Shape|null;
                 *   closeLink?: florenetes.portal.v1.CloseLink.$Shape|null;
                 *   closeLinkAnswer?: florenetes.portal.v1.CloseLinkAnswer.$Shape|null;
                 *   linkStates?: florenetes.portal.v1.LinkStates.$Shape|null;
                 *   linkStats?: florenetes.portal.v1.LinkStatsReport.$Shape|null;
                 *   heartbeat?: florenetes.portal.v1.Heartbeat.$Shape|null;
                 *   error?: florenetes.portal.v1.ErrorAnswer.$Shape|null;
                 *   unimplemented?: florenetes.portal.v1.Unimplemented.$Shape|null;
                 *   transitChanges?: florenetes.portal.v1.TransitChanges.$Shape|null;
                 *   transitReport?: florenetes.portal.v1.TransitReport.$Shape|null;
                 *   judge?: florenetes.portal.v1.Judge.$Shape|null;
                 *   judgeAnswer?: florenetes.portal.v1.JudgeAnswer.$Shape|null;
                 *   sign?: florenetes.portal.v1.Sign.$Shape|null;
                 *   signAnswer?: florenetes.portal.v1.SignAnswer.$Shape|null;
                 *   $unknowns?: Array.<Uint8Array>;
                 * } & (
                 *   ({ body?: undefined; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "attach"; attach: florenetes.portal.v1.Attach.$Shape; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "attachAnswer"; attach?: null; attachAnswer: florenetes.portal.v1.AttachAnswer.$Shape; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "detach"; attach?: null; attachAnswer?: null; detach: florenetes.portal.v1.Detach.$Shape; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "detachAnswer"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer: florenetes.portal.v1.DetachAnswer.$Shape; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "openLink"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink: florenetes.portal.v1.OpenLink.$Shape; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "openLinkAnswer"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer: florenetes.portal.v1.OpenLinkAnswer.$Shape; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "closeLink"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink: florenetes.portal.v1.CloseLink.$Shape; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "closeLinkAnswer"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer: florenetes.portal.v1.CloseLinkAnswer.$Shape; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "linkStates"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates: florenetes.portal.v1.LinkStates.$Shape; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "linkStats"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats: florenetes.portal.v1.LinkStatsReport.$Shape; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "heartbeat"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat: florenetes.portal.v1.Heartbeat.$Shape; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "error"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error: florenetes.portal.v1.ErrorAnswer.$Shape; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "unimplemented"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented: florenetes.portal.v1.Unimplemented.$Shape; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "transitChanges"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges: florenetes.portal.v1.TransitChanges.$Shape; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "transitReport"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport: florenetes.portal.v1.TransitReport.$Shape; judge?: null; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "judge"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge: florenetes.portal.v1.Judge.$Shape; judgeAnswer?: null; sign?: null; signAnswer?: null }|{ body?: "judgeAnswer"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer: florenetes.portal.v1.JudgeAnswer.$Shape; sign?: null; signAnswer?: null }|{ body?: "sign"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign: florenetes.portal.v1.Sign.$Shape; signAnswer?: null }|{ body?: "signAnswer"; attach?: null; attachAnswer?: null; detach?: null; detachAnswer?: null; openLink?: null; openLinkAnswer?: null; closeLink?: null; closeLinkAnswer?: null; linkStates?: null; linkStats?: null; heartbeat?: null; error?: null; unimplemented?: null; transitChanges?: null; transitReport?: null; judge?: null; judgeAnswer?: null; sign?: null; signAnswer: florenetes.portal.v1.SignAnswer.$Shape })
                 * )} florenetes.portal.v1.Message.$Shape
                 */

                /**
                 * Constructs a new Message.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a Message.
                 * @constructor
                 * @param {florenetes.portal.v1.Message.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Message = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Message instance.
                 * @member {string} instance
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.instance = "";

                /**
                 * Message attachment.
                 * @member {number} attachment
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.attachment = 0;

                /**
                 * Message requestId.
                 * @member {number} requestId
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.requestId = 0;

                /**
                 * Message attach.
                 * @member {florenetes.portal.v1.Attach.$Properties|null|undefined} attach
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.attach = null;

                /**
                 * Message attachAnswer.
                 * @member {florenetes.portal.v1.AttachAnswer.$Properties|null|undefined} attachAnswer
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.attachAnswer = null;

                /**
                 * Message detach.
                 * @member {florenetes.portal.v1.Detach.$Properties|null|undefined} detach
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.detach = null;

                /**
                 * Message detachAnswer.
                 * @member {florenetes.portal.v1.DetachAnswer.$Properties|null|undefined} detachAnswer
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.detachAnswer = null;

                /**
                 * Message openLink.
                 * @member {florenetes.portal.v1.OpenLink.$Properties|null|undefined} openLink
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.openLink = null;

                /**
                 * Message openLinkAnswer.
                 * @member {florenetes.portal.v1.OpenLinkAnswer.$Properties|null|undefined} openLinkAnswer
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.openLinkAnswer = null;

                /**
                 * Message closeLink.
                 * @member {florenetes.portal.v1.CloseLink.$Properties|null|undefined} closeLink
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.closeLink = null;

                /**
                 * Message closeLinkAnswer.
                 * @member {florenetes.portal.v1.CloseLinkAnswer.$Properties|null|undefined} closeLinkAnswer
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.closeLinkAnswer = null;

                /**
                 * Message linkStates.
                 * @member {florenetes.portal.v1.LinkStates.$Properties|null|undefined} linkStates
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.linkStates = null;

                /**
                 * Message linkStats.
                 * @member {florenetes.portal.v1.LinkStatsReport.$Properties|null|undefined} linkStats
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.linkStats = null;

                /**
                 * Message heartbeat.
                 * @member {florenetes.portal.v1.Heartbeat.$Properties|null|undefined} heartbeat
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.heartbeat = null;

                /**
                 * Message error.
                 * @member {florenetes.portal.v1.ErrorAnswer.$Properties|null|undefined} error
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.error = null;

                /**
                 * Message unimplemented.
                 * @member {florenetes.portal.v1.Unimplemented.$Properties|null|undefined} unimplemented
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.unimplemented = null;

                /**
                 * Message transitChanges.
                 * @member {florenetes.portal.v1.TransitChanges.$Properties|null|undefined} transitChanges
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.transitChanges = null;

                /**
                 * Message transitReport.
                 * @member {florenetes.portal.v1.TransitReport.$Properties|null|undefined} transitReport
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.transitReport = null;

                /**
                 * Message judge.
                 * @member {florenetes.portal.v1.Judge.$Properties|null|undefined} judge
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.judge = null;

                /**
                 * Message judgeAnswer.
                 * @member {florenetes.portal.v1.JudgeAnswer.$Properties|null|undefined} judgeAnswer
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.judgeAnswer = null;

                /**
                 * Message sign.
                 * @member {florenetes.portal.v1.Sign.$Properties|null|undefined} sign
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.sign = null;

                /**
                 * Message signAnswer.
                 * @member {florenetes.portal.v1.SignAnswer.$Properties|null|undefined} signAnswer
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                Message.prototype.signAnswer = null;

                // OneOf field names bound to virtual getters and setters
                let $oneOfFields;

                /**
                 * Message body.
                 * @member {"attach"|"attachAnswer"|"detach"|"detachAnswer"|"openLink"|"openLinkAnswer"|"closeLink"|"closeLinkAnswer"|"linkStates"|"linkStats"|"heartbeat"|"error"|"unimplemented"|"transitChanges"|"transitReport"|"judge"|"judgeAnswer"|"sign"|"signAnswer"|undefined} body
                 * @memberof florenetes.portal.v1.Message
                 * @instance
                 */
                $Object.defineProperty(Message.prototype, "body", {
                    get: $util.oneOfGetter($oneOfFields = ["attach", "attachAnswer", "detach", "detachAnswer", "openLink", "openLinkAnswer", "closeLink", "closeLinkAnswer", "linkStates", "linkStats", "heartbeat", "error", "unimplemented", "transitChanges", "transitReport", "judge", "judgeAnswer", "sign", "signAnswer"]),
                    set: $util.oneOfSetter($oneOfFields)
                });

                /**
                 * Encodes the specified Message message. Does not implicitly {@link florenetes.portal.v1.Message.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.Message
                 * @static
                 * @param {florenetes.portal.v1.Message.$Properties} message Message message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Message.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.instance != null && $Object.hasOwnProperty.call(message, "instance") && message.instance !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.instance);
                    if (message.attachment != null && $Object.hasOwnProperty.call(message, "attachment") && message.attachment !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.attachment);
                    if (message.requestId != null && $Object.hasOwnProperty.call(message, "requestId") && message.requestId !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.requestId);
                    if (message.attach != null && $Object.hasOwnProperty.call(message, "attach"))
                        $root.florenetes.portal.v1.Attach.encode(message.attach, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                    if (message.attachAnswer != null && $Object.hasOwnProperty.call(message, "attachAnswer"))
                        $root.florenetes.portal.v1.AttachAnswer.encode(message.attachAnswer, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                    if (message.detach != null && $Object.hasOwnProperty.call(message, "detach"))
                        $root.florenetes.portal.v1.Detach.encode(message.detach, writer.uint32(/* id 12, wireType 2 =*/98).fork(), _depth + 1).ldelim();
                    if (message.detachAnswer != null && $Object.hasOwnProperty.call(message, "detachAnswer"))
                        $root.florenetes.portal.v1.DetachAnswer.encode(message.detachAnswer, writer.uint32(/* id 13, wireType 2 =*/106).fork(), _depth + 1).ldelim();
                    if (message.openLink != null && $Object.hasOwnProperty.call(message, "openLink"))
                        $root.florenetes.portal.v1.OpenLink.encode(message.openLink, writer.uint32(/* id 14, wireType 2 =*/114).fork(), _depth + 1).ldelim();
                    if (message.openLinkAnswer != null && $Object.hasOwnProperty.call(message, "openLinkAnswer"))
                        $root.florenetes.portal.v1.OpenLinkAnswer.encode(message.openLinkAnswer, writer.uint32(/* id 15, wireType 2 =*/122).fork(), _depth + 1).ldelim();
                    if (message.closeLink != null && $Object.hasOwnProperty.call(message, "closeLink"))
                        $root.florenetes.portal.v1.CloseLink.encode(message.closeLink, writer.uint32(/* id 16, wireType 2 =*/130).fork(), _depth + 1).ldelim();
                    if (message.closeLinkAnswer != null && $Object.hasOwnProperty.call(message, "closeLinkAnswer"))
                        $root.florenetes.portal.v1.CloseLinkAnswer.encode(message.closeLinkAnswer, writer.uint32(/* id 17, wireType 2 =*/138).fork(), _depth + 1).ldelim();
                    if (message.linkStates != null && $Object.hasOwnProperty.call(message, "linkStates"))
                        $root.florenetes.portal.v1.LinkStates.encode(message.linkStates, writer.uint32(/* id 18, wireType 2 =*/146).fork(), _depth + 1).ldelim();
                    if (message.linkStats != null && $Object.hasOwnProperty.call(message, "linkStats"))
                        $root.florenetes.portal.v1.LinkStatsReport.encode(message.linkStats, writer.uint32(/* id 19, wireType 2 =*/154).fork(), _depth + 1).ldelim();
                    if (message.heartbeat != null && $Object.hasOwnProperty.call(message, "heartbeat"))
                        $root.florenetes.portal.v1.Heartbeat.encode(message.heartbeat, writer.uint32(/* id 20, wireType 2 =*/162).fork(), _depth + 1).ldelim();
                    if (message.error != null && $Object.hasOwnProperty.call(message, "error"))
                        $root.florenetes.portal.v1.ErrorAnswer.encode(message.error, writer.uint32(/* id 21, wireType 2 =*/170).fork(), _depth + 1).ldelim();
                    if (message.unimplemented != null && $Object.hasOwnProperty.call(message, "unimplemented"))
                        $root.florenetes.portal.v1.Unimplemented.encode(message.unimplemented, writer.uint32(/* id 22, wireType 2 =*/178).fork(), _depth + 1).ldelim();
                    if (message.transitChanges != null && $Object.hasOwnProperty.call(message, "transitChanges"))
                        $root.florenetes.portal.v1.TransitChanges.encode(message.transitChanges, writer.uint32(/* id 23, wireType 2 =*/186).fork(), _depth + 1).ldelim();
                    if (message.transitReport != null && $Object.hasOwnProperty.call(message, "transitReport"))
                        $root.florenetes.portal.v1.TransitReport.encode(message.transitReport, writer.uint32(/* id 24, wireType 2 =*/194).fork(), _depth + 1).ldelim();
                    if (message.judge != null && $Object.hasOwnProperty.call(message, "judge"))
                        $root.florenetes.portal.v1.Judge.encode(message.judge, writer.uint32(/* id 25, wireType 2 =*/202).fork(), _depth + 1).ldelim();
                    if (message.judgeAnswer != null && $Object.hasOwnProperty.call(message, "judgeAnswer"))
                        $root.florenetes.portal.v1.JudgeAnswer.encode(message.judgeAnswer, writer.uint32(/* id 26, wireType 2 =*/210).fork(), _depth + 1).ldelim();
                    if (message.sign != null && $Object.hasOwnProperty.call(message, "sign"))
                        $root.florenetes.portal.v1.Sign.encode(message.sign, writer.uint32(/* id 27, wireType 2 =*/218).fork(), _depth + 1).ldelim();
                    if (message.signAnswer != null && $Object.hasOwnProperty.call(message, "signAnswer"))
                        $root.florenetes.portal.v1.SignAnswer.encode(message.signAnswer, writer.uint32(/* id 28, wireType 2 =*/226).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Message message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.Message
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.Message & florenetes.portal.v1.Message.$Shape} Message
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Message.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.Message();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.instance = value;
                                else
                                    delete message.instance;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.attachment = value;
                                else
                                    delete message.attachment;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.requestId = value;
                                else
                                    delete message.requestId;
                                continue;
                            }
                        case 10: {
                                if (wireType !== 2)
                                    break;
                                message.attach = $root.florenetes.portal.v1.Attach.decode(reader, reader.size(), $undefined, _depth + 1, message.attach);
                                message.body = "attach";
                                continue;
                            }
                        case 11: {
                                if (wireType !== 2)
                                    break;
                                message.attachAnswer = $root.florenetes.portal.v1.AttachAnswer.decode(reader, reader.size(), $undefined, _depth + 1, message.attachAnswer);
                                message.body = "attachAnswer";
                                continue;
                            }
                        case 12: {
                                if (wireType !== 2)
                                    break;
                                message.detach = $root.florenetes.portal.v1.Detach.decode(reader, reader.size(), $undefined, _depth + 1, message.detach);
                                message.body = "detach";
                                continue;
                            }
                        case 13: {
                                if (wireType !== 2)
                                    break;
                                message.detachAnswer = $root.florenetes.portal.v1.DetachAnswer.decode(reader, reader.size(), $undefined, _depth + 1, message.detachAnswer);
                                message.body = "detachAnswer";
                                continue;
                            }
                        case 14: {
                                if (wireType !== 2)
                                    break;
                                message.openLink = $root.florenetes.portal.v1.OpenLink.decode(reader, reader.size(), $undefined, _depth + 1, message.openLink);
                                message.body = "openLink";
                                continue;
                            }
                        case 15: {
                                if (wireType !== 2)
                                    break;
                                message.openLinkAnswer = $root.florenetes.portal.v1.OpenLinkAnswer.decode(reader, reader.size(), $undefined, _depth + 1, message.openLinkAnswer);
                                message.body = "openLinkAnswer";
                                continue;
                            }
                        case 16: {
                                if (wireType !== 2)
                                    break;
                                message.closeLink = $root.florenetes.portal.v1.CloseLink.decode(reader, reader.size(), $undefined, _depth + 1, message.closeLink);
                                message.body = "closeLink";
                                continue;
                            }
                        case 17: {
                                if (wireType !== 2)
                                    break;
                                message.closeLinkAnswer = $root.florenetes.portal.v1.CloseLinkAnswer.decode(reader, reader.size(), $undefined, _depth + 1, message.closeLinkAnswer);
                                message.body = "closeLinkAnswer";
                                continue;
                            }
                        case 18: {
                                if (wireType !== 2)
                                    break;
                                message.linkStates = $root.florenetes.portal.v1.LinkStates.decode(reader, reader.size(), $undefined, _depth + 1, message.linkStates);
                                message.body = "linkStates";
                                continue;
                            }
                        case 19: {
                                if (wireType !== 2)
                                    break;
                                message.linkStats = $root.florenetes.portal.v1.LinkStatsReport.decode(reader, reader.size(), $undefined, _depth + 1, message.linkStats);
                                message.body = "linkStats";
                                continue;
                            }
                        case 20: {
                                if (wireType !== 2)
                                    break;
                                message.heartbeat = $root.florenetes.portal.v1.Heartbeat.decode(reader, reader.size(), $undefined, _depth + 1, message.heartbeat);
                                message.body = "heartbeat";
                                continue;
                            }
                        case 21: {
                                if (wireType !== 2)
                                    break;
                                message.error = $root.florenetes.portal.v1.ErrorAnswer.decode(reader, reader.size(), $undefined, _depth + 1, message.error);
                                message.body = "error";
                                continue;
                            }
                        case 22: {
                                if (wireType !== 2)
                                    break;
                                message.unimplemented = $root.florenetes.portal.v1.Unimplemented.decode(reader, reader.size(), $undefined, _depth + 1, message.unimplemented);
                                message.body = "unimplemented";
                                continue;
                            }
                        case 23: {
                                if (wireType !== 2)
                                    break;
                                message.transitChanges = $root.florenetes.portal.v1.TransitChanges.decode(reader, reader.size(), $undefined, _depth + 1, message.transitChanges);
                                message.body = "transitChanges";
                                continue;
                            }
                        case 24: {
                                if (wireType !== 2)
                                    break;
                                message.transitReport = $root.florenetes.portal.v1.TransitReport.decode(reader, reader.size(), $undefined, _depth + 1, message.transitReport);
                                message.body = "transitReport";
                                continue;
                            }
                        case 25: {
                                if (wireType !== 2)
                                    break;
                                message.judge = $root.florenetes.portal.v1.Judge.decode(reader, reader.size(), $undefined, _depth + 1, message.judge);
                                message.body = "judge";
                                continue;
                            }
                        case 26: {
                                if (wireType !== 2)
                                    break;
                                message.judgeAnswer = $root.florenetes.portal.v1.JudgeAnswer.decode(reader, reader.size(), $undefined, _depth + 1, message.judgeAnswer);
                                message.body = "judgeAnswer";
                                continue;
                            }
                        case 27: {
                                if (wireType !== 2)
                                    break;
                                message.sign = $root.florenetes.portal.v1.Sign.decode(reader, reader.size(), $undefined, _depth + 1, message.sign);
                                message.body = "sign";
                                continue;
                            }
                        case 28: {
                                if (wireType !== 2)
                                    break;
                                message.signAnswer = $root.florenetes.portal.v1.SignAnswer.decode(reader, reader.size(), $undefined, _depth + 1, message.signAnswer);
                                message.body = "signAnswer";
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Message;
            })();

            v1.Attach = (function() {

                /**
                 * Properties of an Attach.
                 * @typedef {Object} florenetes.portal.v1.Attach.$Properties
                 * @property {string|null} [cluster] Attach cluster
                 * @property {string|null} [vertex] Attach vertex
                 * @property {number|null} [startedAt] Attach startedAt
                 * @property {number|null} [versionMin] Attach versionMin
                 * @property {number|null} [versionMax] Attach versionMax
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an Attach.
                 * @memberof florenetes.portal.v1
                 * @interface IAttach
                 * @augments florenetes.portal.v1.Attach.$Properties
                 * @deprecated Use florenetes.portal.v1.Attach.$Properties instead.
                 */

                /**
                 * Shape of an Attach.
                 * @typedef {florenetes.portal.v1.Attach.$Properties} florenetes.portal.v1.Attach.$Shape
                 */

                /**
                 * Constructs a new Attach.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents an Attach.
                 * @constructor
                 * @param {florenetes.portal.v1.Attach.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Attach = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Attach cluster.
                 * @member {string} cluster
                 * @memberof florenetes.portal.v1.Attach
                 * @instance
                 */
                Attach.prototype.cluster = "";

                /**
                 * Attach vertex.
                 * @member {string} vertex
                 * @memberof florenetes.portal.v1.Attach
                 * @instance
                 */
                Attach.prototype.vertex = "";

                /**
                 * Attach startedAt.
                 * @member {number} startedAt
                 * @memberof florenetes.portal.v1.Attach
                 * @instance
                 */
                Attach.prototype.startedAt = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Attach versionMin.
                 * @member {number} versionMin
                 * @memberof florenetes.portal.v1.Attach
                 * @instance
                 */
                Attach.prototype.versionMin = 0;

                /**
                 * Attach versionMax.
                 * @member {number} versionMax
                 * @memberof florenetes.portal.v1.Attach
                 * @instance
                 */
                Attach.prototype.versionMax = 0;

                /**
                 * Encodes the specified Attach message. Does not implicitly {@link florenetes.portal.v1.Attach.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.Attach
                 * @static
                 * @param {florenetes.portal.v1.Attach.$Properties} message Attach message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Attach.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.cluster != null && $Object.hasOwnProperty.call(message, "cluster") && message.cluster !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.cluster);
                    if (message.vertex != null && $Object.hasOwnProperty.call(message, "vertex") && message.vertex !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.vertex);
                    if (message.startedAt != null && $Object.hasOwnProperty.call(message, "startedAt") && (typeof message.startedAt === "object" ? message.startedAt.low || message.startedAt.high : message.startedAt !== 0))
                        writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.startedAt);
                    if (message.versionMin != null && $Object.hasOwnProperty.call(message, "versionMin") && message.versionMin !== 0)
                        writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.versionMin);
                    if (message.versionMax != null && $Object.hasOwnProperty.call(message, "versionMax") && message.versionMax !== 0)
                        writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.versionMax);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an Attach message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.Attach
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.Attach & florenetes.portal.v1.Attach.$Shape} Attach
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Attach.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.Attach();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.cluster = value;
                                else
                                    delete message.cluster;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.vertex = value;
                                else
                                    delete message.vertex;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.startedAt = value;
                                else
                                    delete message.startedAt;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.versionMin = value;
                                else
                                    delete message.versionMin;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.versionMax = value;
                                else
                                    delete message.versionMax;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Attach;
            })();

            v1.AttachAnswer = (function() {

                /**
                 * Properties of an AttachAnswer.
                 * @typedef {Object} florenetes.portal.v1.AttachAnswer.$Properties
                 * @property {number|null} [startedAt] AttachAnswer startedAt
                 * @property {number|null} [version] AttachAnswer version
                 * @property {string|null} [principal] AttachAnswer principal
                 * @property {number|null} [linkMtuMax] AttachAnswer linkMtuMax
                 * @property {number|null} [linksMax] AttachAnswer linksMax
                 * @property {Array.<string>|null} [features] AttachAnswer features
                 * @property {string|null} [linkProtocol] AttachAnswer linkProtocol
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an AttachAnswer.
                 * @memberof florenetes.portal.v1
                 * @interface IAttachAnswer
                 * @augments florenetes.portal.v1.AttachAnswer.$Properties
                 * @deprecated Use florenetes.portal.v1.AttachAnswer.$Properties instead.
                 */

                /**
                 * Shape of an AttachAnswer.
                 * @typedef {florenetes.portal.v1.AttachAnswer.$Properties} florenetes.portal.v1.AttachAnswer.$Shape
                 */

                /**
                 * Constructs a new AttachAnswer.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents an AttachAnswer.
                 * @constructor
                 * @param {florenetes.portal.v1.AttachAnswer.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const AttachAnswer = function (properties) {
                    this.features = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * AttachAnswer startedAt.
                 * @member {number} startedAt
                 * @memberof florenetes.portal.v1.AttachAnswer
                 * @instance
                 */
                AttachAnswer.prototype.startedAt = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * AttachAnswer version.
                 * @member {number} version
                 * @memberof florenetes.portal.v1.AttachAnswer
                 * @instance
                 */
                AttachAnswer.prototype.version = 0;

                /**
                 * AttachAnswer principal.
                 * @member {string} principal
                 * @memberof florenetes.portal.v1.AttachAnswer
                 * @instance
                 */
                AttachAnswer.prototype.principal = "";

                /**
                 * AttachAnswer linkMtuMax.
                 * @member {number} linkMtuMax
                 * @memberof florenetes.portal.v1.AttachAnswer
                 * @instance
                 */
                AttachAnswer.prototype.linkMtuMax = 0;

                /**
                 * AttachAnswer linksMax.
                 * @member {number} linksMax
                 * @memberof florenetes.portal.v1.AttachAnswer
                 * @instance
                 */
                AttachAnswer.prototype.linksMax = 0;

                /**
                 * AttachAnswer features.
                 * @member {Array.<string>} features
                 * @memberof florenetes.portal.v1.AttachAnswer
                 * @instance
                 */
                AttachAnswer.prototype.features = $util.emptyArray;

                /**
                 * AttachAnswer linkProtocol.
                 * @member {string} linkProtocol
                 * @memberof florenetes.portal.v1.AttachAnswer
                 * @instance
                 */
                AttachAnswer.prototype.linkProtocol = "";

                /**
                 * Encodes the specified AttachAnswer message. Does not implicitly {@link florenetes.portal.v1.AttachAnswer.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.AttachAnswer
                 * @static
                 * @param {florenetes.portal.v1.AttachAnswer.$Properties} message AttachAnswer message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                AttachAnswer.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.startedAt != null && $Object.hasOwnProperty.call(message, "startedAt") && (typeof message.startedAt === "object" ? message.startedAt.low || message.startedAt.high : message.startedAt !== 0))
                        writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.startedAt);
                    if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.version);
                    if (message.principal != null && $Object.hasOwnProperty.call(message, "principal") && message.principal !== "")
                        writer.uint32(/* id 3, wireType 2 =*/26).string(message.principal);
                    if (message.linkMtuMax != null && $Object.hasOwnProperty.call(message, "linkMtuMax") && message.linkMtuMax !== 0)
                        writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.linkMtuMax);
                    if (message.linksMax != null && $Object.hasOwnProperty.call(message, "linksMax") && message.linksMax !== 0)
                        writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.linksMax);
                    if (message.features != null && message.features.length)
                        for (let i = 0; i < message.features.length; ++i)
                            writer.uint32(/* id 6, wireType 2 =*/50).string(message.features[i]);
                    if (message.linkProtocol != null && $Object.hasOwnProperty.call(message, "linkProtocol") && message.linkProtocol !== "")
                        writer.uint32(/* id 7, wireType 2 =*/58).string(message.linkProtocol);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an AttachAnswer message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.AttachAnswer
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.AttachAnswer & florenetes.portal.v1.AttachAnswer.$Shape} AttachAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                AttachAnswer.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.AttachAnswer();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.startedAt = value;
                                else
                                    delete message.startedAt;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.version = value;
                                else
                                    delete message.version;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.principal = value;
                                else
                                    delete message.principal;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.linkMtuMax = value;
                                else
                                    delete message.linkMtuMax;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.linksMax = value;
                                else
                                    delete message.linksMax;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.features && message.features.length))
                                    message.features = [];
                                message.features.push(reader.stringVerify());
                                continue;
                            }
                        case 7: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.linkProtocol = value;
                                else
                                    delete message.linkProtocol;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return AttachAnswer;
            })();

            v1.Detach = (function() {

                /**
                 * Properties of a Detach.
                 * @typedef {Object} florenetes.portal.v1.Detach.$Properties
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Detach.
                 * @memberof florenetes.portal.v1
                 * @interface IDetach
                 * @augments florenetes.portal.v1.Detach.$Properties
                 * @deprecated Use florenetes.portal.v1.Detach.$Properties instead.
                 */

                /**
                 * Shape of a Detach.
                 * @typedef {florenetes.portal.v1.Detach.$Properties} florenetes.portal.v1.Detach.$Shape
                 */

                /**
                 * Constructs a new Detach.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a Detach.
                 * @constructor
                 * @param {florenetes.portal.v1.Detach.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Detach = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Encodes the specified Detach message. Does not implicitly {@link florenetes.portal.v1.Detach.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.Detach
                 * @static
                 * @param {florenetes.portal.v1.Detach.$Properties} message Detach message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Detach.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Detach message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.Detach
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.Detach & florenetes.portal.v1.Detach.$Shape} Detach
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Detach.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.Detach();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        reader.skipType(tag & 7, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Detach;
            })();

            v1.DetachAnswer = (function() {

                /**
                 * Properties of a DetachAnswer.
                 * @typedef {Object} florenetes.portal.v1.DetachAnswer.$Properties
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a DetachAnswer.
                 * @memberof florenetes.portal.v1
                 * @interface IDetachAnswer
                 * @augments florenetes.portal.v1.DetachAnswer.$Properties
                 * @deprecated Use florenetes.portal.v1.DetachAnswer.$Properties instead.
                 */

                /**
                 * Shape of a DetachAnswer.
                 * @typedef {florenetes.portal.v1.DetachAnswer.$Properties} florenetes.portal.v1.DetachAnswer.$Shape
                 */

                /**
                 * Constructs a new DetachAnswer.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a DetachAnswer.
                 * @constructor
                 * @param {florenetes.portal.v1.DetachAnswer.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const DetachAnswer = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Encodes the specified DetachAnswer message. Does not implicitly {@link florenetes.portal.v1.DetachAnswer.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.DetachAnswer
                 * @static
                 * @param {florenetes.portal.v1.DetachAnswer.$Properties} message DetachAnswer message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                DetachAnswer.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a DetachAnswer message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.DetachAnswer
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.DetachAnswer & florenetes.portal.v1.DetachAnswer.$Shape} DetachAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                DetachAnswer.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.DetachAnswer();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        reader.skipType(tag & 7, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return DetachAnswer;
            })();

            v1.LinkKey = (function() {

                /**
                 * Properties of a LinkKey.
                 * @typedef {Object} florenetes.portal.v1.LinkKey.$Properties
                 * @property {string|null} [peer] LinkKey peer
                 * @property {string|null} [tag] LinkKey tag
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a LinkKey.
                 * @memberof florenetes.portal.v1
                 * @interface ILinkKey
                 * @augments florenetes.portal.v1.LinkKey.$Properties
                 * @deprecated Use florenetes.portal.v1.LinkKey.$Properties instead.
                 */

                /**
                 * Shape of a LinkKey.
                 * @typedef {florenetes.portal.v1.LinkKey.$Properties} florenetes.portal.v1.LinkKey.$Shape
                 */

                /**
                 * Constructs a new LinkKey.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a LinkKey.
                 * @constructor
                 * @param {florenetes.portal.v1.LinkKey.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const LinkKey = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * LinkKey peer.
                 * @member {string} peer
                 * @memberof florenetes.portal.v1.LinkKey
                 * @instance
                 */
                LinkKey.prototype.peer = "";

                /**
                 * LinkKey tag.
                 * @member {string} tag
                 * @memberof florenetes.portal.v1.LinkKey
                 * @instance
                 */
                LinkKey.prototype.tag = "";

                /**
                 * Encodes the specified LinkKey message. Does not implicitly {@link florenetes.portal.v1.LinkKey.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.LinkKey
                 * @static
                 * @param {florenetes.portal.v1.LinkKey.$Properties} message LinkKey message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                LinkKey.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.peer != null && $Object.hasOwnProperty.call(message, "peer") && message.peer !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.peer);
                    if (message.tag != null && $Object.hasOwnProperty.call(message, "tag") && message.tag !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.tag);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a LinkKey message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.LinkKey
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.LinkKey & florenetes.portal.v1.LinkKey.$Shape} LinkKey
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                LinkKey.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.LinkKey();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.peer = value;
                                else
                                    delete message.peer;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.tag = value;
                                else
                                    delete message.tag;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return LinkKey;
            })();

            /**
             * Role enum.
             * @name florenetes.portal.v1.Role
             * @enum {number}
             * @property {number} ROLE_UNSPECIFIED=0 ROLE_UNSPECIFIED value
             * @property {number} ROLE_ORIGINATOR=1 ROLE_ORIGINATOR value
             * @property {number} ROLE_ACCEPTOR=2 ROLE_ACCEPTOR value
             */
            v1.Role = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "ROLE_UNSPECIFIED"] = 0;
                values[valuesById[1] = "ROLE_ORIGINATOR"] = 1;
                values[valuesById[2] = "ROLE_ACCEPTOR"] = 2;
                return values;
            })();

            v1.OpenLink = (function() {

                /**
                 * Properties of an OpenLink.
                 * @typedef {Object} florenetes.portal.v1.OpenLink.$Properties
                 * @property {florenetes.portal.v1.LinkKey.$Properties|null} [key] OpenLink key
                 * @property {florenetes.portal.v1.Role|null} [role] OpenLink role
                 * @property {string|null} [endpoint] OpenLink endpoint
                 * @property {number|null} [rate] OpenLink rate
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an OpenLink.
                 * @memberof florenetes.portal.v1
                 * @interface IOpenLink
                 * @augments florenetes.portal.v1.OpenLink.$Properties
                 * @deprecated Use florenetes.portal.v1.OpenLink.$Properties instead.
                 */

                /**
                 * Shape of an OpenLink.
                 * @typedef {florenetes.portal.v1.OpenLink.$Properties} florenetes.portal.v1.OpenLink.$Shape
                 */

                /**
                 * Constructs a new OpenLink.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents an OpenLink.
                 * @constructor
                 * @param {florenetes.portal.v1.OpenLink.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const OpenLink = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * OpenLink key.
                 * @member {florenetes.portal.v1.LinkKey.$Properties|null|undefined} key
                 * @memberof florenetes.portal.v1.OpenLink
                 * @instance
                 */
                OpenLink.prototype.key = null;

                /**
                 * OpenLink role.
                 * @member {florenetes.portal.v1.Role} role
                 * @memberof florenetes.portal.v1.OpenLink
                 * @instance
                 */
                OpenLink.prototype.role = 0;

                /**
                 * OpenLink endpoint.
                 * @member {string} endpoint
                 * @memberof florenetes.portal.v1.OpenLink
                 * @instance
                 */
                OpenLink.prototype.endpoint = "";

                /**
                 * OpenLink rate.
                 * @member {number} rate
                 * @memberof florenetes.portal.v1.OpenLink
                 * @instance
                 */
                OpenLink.prototype.rate = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Encodes the specified OpenLink message. Does not implicitly {@link florenetes.portal.v1.OpenLink.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.OpenLink
                 * @static
                 * @param {florenetes.portal.v1.OpenLink.$Properties} message OpenLink message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                OpenLink.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.key != null && $Object.hasOwnProperty.call(message, "key"))
                        $root.florenetes.portal.v1.LinkKey.encode(message.key, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.role != null && $Object.hasOwnProperty.call(message, "role") && message.role !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).int32(message.role);
                    if (message.endpoint != null && $Object.hasOwnProperty.call(message, "endpoint") && message.endpoint !== "")
                        writer.uint32(/* id 3, wireType 2 =*/26).string(message.endpoint);
                    if (message.rate != null && $Object.hasOwnProperty.call(message, "rate") && (typeof message.rate === "object" ? message.rate.low || message.rate.high : message.rate !== 0))
                        writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.rate);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an OpenLink message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.OpenLink
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.OpenLink & florenetes.portal.v1.OpenLink.$Shape} OpenLink
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                OpenLink.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.OpenLink();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                message.key = $root.florenetes.portal.v1.LinkKey.decode(reader, reader.size(), $undefined, _depth + 1, message.key);
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.role = value;
                                else
                                    delete message.role;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.endpoint = value;
                                else
                                    delete message.endpoint;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.rate = value;
                                else
                                    delete message.rate;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return OpenLink;
            })();

            v1.OpenLinkAnswer = (function() {

                /**
                 * Properties of an OpenLinkAnswer.
                 * @typedef {Object} florenetes.portal.v1.OpenLinkAnswer.$Properties
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an OpenLinkAnswer.
                 * @memberof florenetes.portal.v1
                 * @interface IOpenLinkAnswer
                 * @augments florenetes.portal.v1.OpenLinkAnswer.$Properties
                 * @deprecated Use florenetes.portal.v1.OpenLinkAnswer.$Properties instead.
                 */

                /**
                 * Shape of an OpenLinkAnswer.
                 * @typedef {florenetes.portal.v1.OpenLinkAnswer.$Properties} florenetes.portal.v1.OpenLinkAnswer.$Shape
                 */

                /**
                 * Constructs a new OpenLinkAnswer.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents an OpenLinkAnswer.
                 * @constructor
                 * @param {florenetes.portal.v1.OpenLinkAnswer.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const OpenLinkAnswer = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Encodes the specified OpenLinkAnswer message. Does not implicitly {@link florenetes.portal.v1.OpenLinkAnswer.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.OpenLinkAnswer
                 * @static
                 * @param {florenetes.portal.v1.OpenLinkAnswer.$Properties} message OpenLinkAnswer message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                OpenLinkAnswer.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an OpenLinkAnswer message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.OpenLinkAnswer
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.OpenLinkAnswer & florenetes.portal.v1.OpenLinkAnswer.$Shape} OpenLinkAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                OpenLinkAnswer.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.OpenLinkAnswer();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        reader.skipType(tag & 7, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return OpenLinkAnswer;
            })();

            v1.CloseLink = (function() {

                /**
                 * Properties of a CloseLink.
                 * @typedef {Object} florenetes.portal.v1.CloseLink.$Properties
                 * @property {florenetes.portal.v1.LinkKey.$Properties|null} [key] CloseLink key
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a CloseLink.
                 * @memberof florenetes.portal.v1
                 * @interface ICloseLink
                 * @augments florenetes.portal.v1.CloseLink.$Properties
                 * @deprecated Use florenetes.portal.v1.CloseLink.$Properties instead.
                 */

                /**
                 * Shape of a CloseLink.
                 * @typedef {florenetes.portal.v1.CloseLink.$Properties} florenetes.portal.v1.CloseLink.$Shape
                 */

                /**
                 * Constructs a new CloseLink.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a CloseLink.
                 * @constructor
                 * @param {florenetes.portal.v1.CloseLink.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const CloseLink = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * CloseLink key.
                 * @member {florenetes.portal.v1.LinkKey.$Properties|null|undefined} key
                 * @memberof florenetes.portal.v1.CloseLink
                 * @instance
                 */
                CloseLink.prototype.key = null;

                /**
                 * Encodes the specified CloseLink message. Does not implicitly {@link florenetes.portal.v1.CloseLink.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.CloseLink
                 * @static
                 * @param {florenetes.portal.v1.CloseLink.$Properties} message CloseLink message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                CloseLink.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.key != null && $Object.hasOwnProperty.call(message, "key"))
                        $root.florenetes.portal.v1.LinkKey.encode(message.key, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a CloseLink message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.CloseLink
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.CloseLink & florenetes.portal.v1.CloseLink.$Shape} CloseLink
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                CloseLink.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.CloseLink();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                message.key = $root.florenetes.portal.v1.LinkKey.decode(reader, reader.size(), $undefined, _depth + 1, message.key);
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return CloseLink;
            })();

            v1.CloseLinkAnswer = (function() {

                /**
                 * Properties of a CloseLinkAnswer.
                 * @typedef {Object} florenetes.portal.v1.CloseLinkAnswer.$Properties
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a CloseLinkAnswer.
                 * @memberof florenetes.portal.v1
                 * @interface ICloseLinkAnswer
                 * @augments florenetes.portal.v1.CloseLinkAnswer.$Properties
                 * @deprecated Use florenetes.portal.v1.CloseLinkAnswer.$Properties instead.
                 */

                /**
                 * Shape of a CloseLinkAnswer.
                 * @typedef {florenetes.portal.v1.CloseLinkAnswer.$Properties} florenetes.portal.v1.CloseLinkAnswer.$Shape
                 */

                /**
                 * Constructs a new CloseLinkAnswer.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a CloseLinkAnswer.
                 * @constructor
                 * @param {florenetes.portal.v1.CloseLinkAnswer.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const CloseLinkAnswer = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Encodes the specified CloseLinkAnswer message. Does not implicitly {@link florenetes.portal.v1.CloseLinkAnswer.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.CloseLinkAnswer
                 * @static
                 * @param {florenetes.portal.v1.CloseLinkAnswer.$Properties} message CloseLinkAnswer message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                CloseLinkAnswer.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a CloseLinkAnswer message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.CloseLinkAnswer
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.CloseLinkAnswer & florenetes.portal.v1.CloseLinkAnswer.$Shape} CloseLinkAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                CloseLinkAnswer.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.CloseLinkAnswer();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        reader.skipType(tag & 7, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return CloseLinkAnswer;
            })();

            /**
             * LinkStateKind enum.
             * @name florenetes.portal.v1.LinkStateKind
             * @enum {number}
             * @property {number} LINK_STATE_UNSPECIFIED=0 LINK_STATE_UNSPECIFIED value
             * @property {number} LINK_STATE_CONNECTING=1 LINK_STATE_CONNECTING value
             * @property {number} LINK_STATE_UP=2 LINK_STATE_UP value
             * @property {number} LINK_STATE_DOWN=3 LINK_STATE_DOWN value
             * @property {number} LINK_STATE_REFUSED=4 LINK_STATE_REFUSED value
             */
            v1.LinkStateKind = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "LINK_STATE_UNSPECIFIED"] = 0;
                values[valuesById[1] = "LINK_STATE_CONNECTING"] = 1;
                values[valuesById[2] = "LINK_STATE_UP"] = 2;
                values[valuesById[3] = "LINK_STATE_DOWN"] = 3;
                values[valuesById[4] = "LINK_STATE_REFUSED"] = 4;
                return values;
            })();

            v1.LinkState = (function() {

                /**
                 * Properties of a LinkState.
                 * @typedef {Object} florenetes.portal.v1.LinkState.$Properties
                 * @property {florenetes.portal.v1.LinkKey.$Properties|null} [key] LinkState key
                 * @property {florenetes.portal.v1.LinkStateKind|null} [state] LinkState state
                 * @property {number|null} [handle] LinkState handle
                 * @property {number|null} [mtu] LinkState mtu
                 * @property {string|null} [code] LinkState code
                 * @property {string|null} [text] LinkState text
                 * @property {boolean|null} [isCongested] LinkState isCongested
                 * @property {number|null} [generation] LinkState generation
                 * @property {number|null} [preferredMtu] LinkState preferredMtu
                 * @property {number|null} [congestedClasses] LinkState congestedClasses
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a LinkState.
                 * @memberof florenetes.portal.v1
                 * @interface ILinkState
                 * @augments florenetes.portal.v1.LinkState.$Properties
                 * @deprecated Use florenetes.portal.v1.LinkState.$Properties instead.
                 */

                /**
                 * Shape of a LinkState.
                 * @typedef {florenetes.portal.v1.LinkState.$Properties} florenetes.portal.v1.LinkState.$Shape
                 */

                /**
                 * Constructs a new LinkState.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a LinkState.
                 * @constructor
                 * @param {florenetes.portal.v1.LinkState.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const LinkState = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * LinkState key.
                 * @member {florenetes.portal.v1.LinkKey.$Properties|null|undefined} key
                 * @memberof florenetes.portal.v1.LinkState
                 * @instance
                 */
                LinkState.prototype.key = null;

                /**
                 * LinkState state.
                 * @member {florenetes.portal.v1.LinkStateKind} state
                 * @memberof florenetes.portal.v1.LinkState
                 * @instance
                 */
                LinkState.prototype.state = 0;

                /**
                 * LinkState handle.
                 * @member {number} handle
                 * @memberof florenetes.portal.v1.LinkState
                 * @instance
                 */
                LinkState.prototype.handle = 0;

                /**
                 * LinkState mtu.
                 * @member {number} mtu
                 * @memberof florenetes.portal.v1.LinkState
                 * @instance
                 */
                LinkState.prototype.mtu = 0;

                /**
                 * LinkState code.
                 * @member {string} code
                 * @memberof florenetes.portal.v1.LinkState
                 * @instance
                 */
                LinkState.prototype.code = "";

                /**
                 * LinkState text.
                 * @member {string} text
                 * @memberof florenetes.portal.v1.LinkState
                 * @instance
                 */
                LinkState.prototype.text = "";

                /**
                 * LinkState isCongested.
                 * @member {boolean} isCongested
                 * @memberof florenetes.portal.v1.LinkState
                 * @instance
                 */
                LinkState.prototype.isCongested = false;

                /**
                 * LinkState generation.
                 * @member {number} generation
                 * @memberof florenetes.portal.v1.LinkState
                 * @instance
                 */
                LinkState.prototype.generation = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * LinkState preferredMtu.
                 * @member {number} preferredMtu
                 * @memberof florenetes.portal.v1.LinkState
                 * @instance
                 */
                LinkState.prototype.preferredMtu = 0;

                /**
                 * LinkState congestedClasses.
                 * @member {number} congestedClasses
                 * @memberof florenetes.portal.v1.LinkState
                 * @instance
                 */
                LinkState.prototype.congestedClasses = 0;

                /**
                 * Encodes the specified LinkState message. Does not implicitly {@link florenetes.portal.v1.LinkState.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.LinkState
                 * @static
                 * @param {florenetes.portal.v1.LinkState.$Properties} message LinkState message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                LinkState.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.key != null && $Object.hasOwnProperty.call(message, "key"))
                        $root.florenetes.portal.v1.LinkKey.encode(message.key, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.state != null && $Object.hasOwnProperty.call(message, "state") && message.state !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).int32(message.state);
                    if (message.handle != null && $Object.hasOwnProperty.call(message, "handle") && message.handle !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.handle);
                    if (message.mtu != null && $Object.hasOwnProperty.call(message, "mtu") && message.mtu !== 0)
                        writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.mtu);
                    if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== "")
                        writer.uint32(/* id 5, wireType 2 =*/42).string(message.code);
                    if (message.text != null && $Object.hasOwnProperty.call(message, "text") && message.text !== "")
                        writer.uint32(/* id 6, wireType 2 =*/50).string(message.text);
                    if (message.isCongested != null && $Object.hasOwnProperty.call(message, "isCongested") && message.isCongested !== false)
                        writer.uint32(/* id 7, wireType 0 =*/56).bool(message.isCongested);
                    if (message.generation != null && $Object.hasOwnProperty.call(message, "generation") && (typeof message.generation === "object" ? message.generation.low || message.generation.high : message.generation !== 0))
                        writer.uint32(/* id 8, wireType 0 =*/64).uint64(message.generation);
                    if (message.preferredMtu != null && $Object.hasOwnProperty.call(message, "preferredMtu") && message.preferredMtu !== 0)
                        writer.uint32(/* id 9, wireType 0 =*/72).uint32(message.preferredMtu);
                    if (message.congestedClasses != null && $Object.hasOwnProperty.call(message, "congestedClasses") && message.congestedClasses !== 0)
                        writer.uint32(/* id 10, wireType 0 =*/80).uint32(message.congestedClasses);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a LinkState message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.LinkState
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.LinkState & florenetes.portal.v1.LinkState.$Shape} LinkState
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                LinkState.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.LinkState();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                message.key = $root.florenetes.portal.v1.LinkKey.decode(reader, reader.size(), $undefined, _depth + 1, message.key);
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.state = value;
                                else
                                    delete message.state;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.handle = value;
                                else
                                    delete message.handle;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.mtu = value;
                                else
                                    delete message.mtu;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.code = value;
                                else
                                    delete message.code;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.text = value;
                                else
                                    delete message.text;
                                continue;
                            }
                        case 7: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.bool())
                                    message.isCongested = value;
                                else
                                    delete message.isCongested;
                                continue;
                            }
                        case 8: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.generation = value;
                                else
                                    delete message.generation;
                                continue;
                            }
                        case 9: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.preferredMtu = value;
                                else
                                    delete message.preferredMtu;
                                continue;
                            }
                        case 10: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.congestedClasses = value;
                                else
                                    delete message.congestedClasses;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return LinkState;
            })();

            v1.LinkStates = (function() {

                /**
                 * Properties of a LinkStates.
                 * @typedef {Object} florenetes.portal.v1.LinkStates.$Properties
                 * @property {number|null} [from] LinkStates from
                 * @property {number|null} [to] LinkStates to
                 * @property {Array.<florenetes.portal.v1.LinkState.$Properties>|null} [links] LinkStates links
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a LinkStates.
                 * @memberof florenetes.portal.v1
                 * @interface ILinkStates
                 * @augments florenetes.portal.v1.LinkStates.$Properties
                 * @deprecated Use florenetes.portal.v1.LinkStates.$Properties instead.
                 */

                /**
                 * Shape of a LinkStates.
                 * @typedef {florenetes.portal.v1.LinkStates.$Properties} florenetes.portal.v1.LinkStates.$Shape
                 */

                /**
                 * Constructs a new LinkStates.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a LinkStates.
                 * @constructor
                 * @param {florenetes.portal.v1.LinkStates.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const LinkStates = function (properties) {
                    this.links = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * LinkStates from.
                 * @member {number} from
                 * @memberof florenetes.portal.v1.LinkStates
                 * @instance
                 */
                LinkStates.prototype.from = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * LinkStates to.
                 * @member {number} to
                 * @memberof florenetes.portal.v1.LinkStates
                 * @instance
                 */
                LinkStates.prototype.to = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * LinkStates links.
                 * @member {Array.<florenetes.portal.v1.LinkState.$Properties>} links
                 * @memberof florenetes.portal.v1.LinkStates
                 * @instance
                 */
                LinkStates.prototype.links = $util.emptyArray;

                /**
                 * Encodes the specified LinkStates message. Does not implicitly {@link florenetes.portal.v1.LinkStates.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.LinkStates
                 * @static
                 * @param {florenetes.portal.v1.LinkStates.$Properties} message LinkStates message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                LinkStates.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.from != null && $Object.hasOwnProperty.call(message, "from") && (typeof message.from === "object" ? message.from.low || message.from.high : message.from !== 0))
                        writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.from);
                    if (message.to != null && $Object.hasOwnProperty.call(message, "to") && (typeof message.to === "object" ? message.to.low || message.to.high : message.to !== 0))
                        writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.to);
                    if (message.links != null && message.links.length)
                        for (let i = 0; i < message.links.length; ++i)
                            $root.florenetes.portal.v1.LinkState.encode(message.links[i], writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a LinkStates message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.LinkStates
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.LinkStates & florenetes.portal.v1.LinkStates.$Shape} LinkStates
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                LinkStates.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.LinkStates();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.from = value;
                                else
                                    delete message.from;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.to = value;
                                else
                                    delete message.to;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.links && message.links.length))
                                    message.links = [];
                                message.links.push($root.florenetes.portal.v1.LinkState.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return LinkStates;
            })();

            v1.LinkStats = (function() {

                /**
                 * Properties of a LinkStats.
                 * @typedef {Object} florenetes.portal.v1.LinkStats.$Properties
                 * @property {florenetes.portal.v1.LinkKey.$Properties|null} [key] LinkStats key
                 * @property {number|null} [rttMs] LinkStats rttMs
                 * @property {number|null} [packetsSent] LinkStats packetsSent
                 * @property {number|null} [packetsReceived] LinkStats packetsReceived
                 * @property {number|null} [bytesSent] LinkStats bytesSent
                 * @property {number|null} [bytesReceived] LinkStats bytesReceived
                 * @property {number|null} [packetsLost] LinkStats packetsLost
                 * @property {number|null} [packetsDropped] LinkStats packetsDropped
                 * @property {number|null} [queueLength] LinkStats queueLength
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a LinkStats.
                 * @memberof florenetes.portal.v1
                 * @interface ILinkStats
                 * @augments florenetes.portal.v1.LinkStats.$Properties
                 * @deprecated Use florenetes.portal.v1.LinkStats.$Properties instead.
                 */

                /**
                 * Shape of a LinkStats.
                 * @typedef {florenetes.portal.v1.LinkStats.$Properties} florenetes.portal.v1.LinkStats.$Shape
                 */

                /**
                 * Constructs a new LinkStats.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a LinkStats.
                 * @constructor
                 * @param {florenetes.portal.v1.LinkStats.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const LinkStats = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * LinkStats key.
                 * @member {florenetes.portal.v1.LinkKey.$Properties|null|undefined} key
                 * @memberof florenetes.portal.v1.LinkStats
                 * @instance
                 */
                LinkStats.prototype.key = null;

                /**
                 * LinkStats rttMs.
                 * @member {number} rttMs
                 * @memberof florenetes.portal.v1.LinkStats
                 * @instance
                 */
                LinkStats.prototype.rttMs = 0;

                /**
                 * LinkStats packetsSent.
                 * @member {number} packetsSent
                 * @memberof florenetes.portal.v1.LinkStats
                 * @instance
                 */
                LinkStats.prototype.packetsSent = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * LinkStats packetsReceived.
                 * @member {number} packetsReceived
                 * @memberof florenetes.portal.v1.LinkStats
                 * @instance
                 */
                LinkStats.prototype.packetsReceived = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * LinkStats bytesSent.
                 * @member {number} bytesSent
                 * @memberof florenetes.portal.v1.LinkStats
                 * @instance
                 */
                LinkStats.prototype.bytesSent = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * LinkStats bytesReceived.
                 * @member {number} bytesReceived
                 * @memberof florenetes.portal.v1.LinkStats
                 * @instance
                 */
                LinkStats.prototype.bytesReceived = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * LinkStats packetsLost.
                 * @member {number} packetsLost
                 * @memberof florenetes.portal.v1.LinkStats
                 * @instance
                 */
                LinkStats.prototype.packetsLost = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * LinkStats packetsDropped.
                 * @member {number} packetsDropped
                 * @memberof florenetes.portal.v1.LinkStats
                 * @instance
                 */
                LinkStats.prototype.packetsDropped = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * LinkStats queueLength.
                 * @member {number} queueLength
                 * @memberof florenetes.portal.v1.LinkStats
                 * @instance
                 */
                LinkStats.prototype.queueLength = 0;

                /**
                 * Encodes the specified LinkStats message. Does not implicitly {@link florenetes.portal.v1.LinkStats.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.LinkStats
                 * @static
                 * @param {florenetes.portal.v1.LinkStats.$Properties} message LinkStats message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                LinkStats.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.key != null && $Object.hasOwnProperty.call(message, "key"))
                        $root.florenetes.portal.v1.LinkKey.encode(message.key, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.rttMs != null && $Object.hasOwnProperty.call(message, "rttMs") && !$Object.is(message.rttMs, 0))
                        writer.uint32(/* id 2, wireType 1 =*/17).double(message.rttMs);
                    if (message.packetsSent != null && $Object.hasOwnProperty.call(message, "packetsSent") && (typeof message.packetsSent === "object" ? message.packetsSent.low || message.packetsSent.high : message.packetsSent !== 0))
                        writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.packetsSent);
                    if (message.packetsReceived != null && $Object.hasOwnProperty.call(message, "packetsReceived") && (typeof message.packetsReceived === "object" ? message.packetsReceived.low || message.packetsReceived.high : message.packetsReceived !== 0))
                        writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.packetsReceived);
                    if (message.bytesSent != null && $Object.hasOwnProperty.call(message, "bytesSent") && (typeof message.bytesSent === "object" ? message.bytesSent.low || message.bytesSent.high : message.bytesSent !== 0))
                        writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.bytesSent);
                    if (message.bytesReceived != null && $Object.hasOwnProperty.call(message, "bytesReceived") && (typeof message.bytesReceived === "object" ? message.bytesReceived.low || message.bytesReceived.high : message.bytesReceived !== 0))
                        writer.uint32(/* id 6, wireType 0 =*/48).uint64(message.bytesReceived);
                    if (message.packetsLost != null && $Object.hasOwnProperty.call(message, "packetsLost") && (typeof message.packetsLost === "object" ? message.packetsLost.low || message.packetsLost.high : message.packetsLost !== 0))
                        writer.uint32(/* id 7, wireType 0 =*/56).uint64(message.packetsLost);
                    if (message.packetsDropped != null && $Object.hasOwnProperty.call(message, "packetsDropped") && (typeof message.packetsDropped === "object" ? message.packetsDropped.low || message.packetsDropped.high : message.packetsDropped !== 0))
                        writer.uint32(/* id 8, wireType 0 =*/64).uint64(message.packetsDropped);
                    if (message.queueLength != null && $Object.hasOwnProperty.call(message, "queueLength") && message.queueLength !== 0)
                        writer.uint32(/* id 9, wireType 0 =*/72).uint32(message.queueLength);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a LinkStats message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.LinkStats
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.LinkStats & florenetes.portal.v1.LinkStats.$Shape} LinkStats
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                LinkStats.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.LinkStats();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                message.key = $root.florenetes.portal.v1.LinkKey.decode(reader, reader.size(), $undefined, _depth + 1, message.key);
                                continue;
                            }
                        case 2: {
                                if (wireType !== 1)
                                    break;
                                if (!$Object.is(value = reader.double(), 0))
                                    message.rttMs = value;
                                else
                                    delete message.rttMs;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.packetsSent = value;
                                else
                                    delete message.packetsSent;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.packetsReceived = value;
                                else
                                    delete message.packetsReceived;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.bytesSent = value;
                                else
                                    delete message.bytesSent;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.bytesReceived = value;
                                else
                                    delete message.bytesReceived;
                                continue;
                            }
                        case 7: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.packetsLost = value;
                                else
                                    delete message.packetsLost;
                                continue;
                            }
                        case 8: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.packetsDropped = value;
                                else
                                    delete message.packetsDropped;
                                continue;
                            }
                        case 9: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.queueLength = value;
                                else
                                    delete message.queueLength;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return LinkStats;
            })();

            v1.LinkStatsReport = (function() {

                /**
                 * Properties of a LinkStatsReport.
                 * @typedef {Object} florenetes.portal.v1.LinkStatsReport.$Properties
                 * @property {Array.<florenetes.portal.v1.LinkStats.$Properties>|null} [links] LinkStatsReport links
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a LinkStatsReport.
                 * @memberof florenetes.portal.v1
                 * @interface ILinkStatsReport
                 * @augments florenetes.portal.v1.LinkStatsReport.$Properties
                 * @deprecated Use florenetes.portal.v1.LinkStatsReport.$Properties instead.
                 */

                /**
                 * Shape of a LinkStatsReport.
                 * @typedef {florenetes.portal.v1.LinkStatsReport.$Properties} florenetes.portal.v1.LinkStatsReport.$Shape
                 */

                /**
                 * Constructs a new LinkStatsReport.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a LinkStatsReport.
                 * @constructor
                 * @param {florenetes.portal.v1.LinkStatsReport.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const LinkStatsReport = function (properties) {
                    this.links = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * LinkStatsReport links.
                 * @member {Array.<florenetes.portal.v1.LinkStats.$Properties>} links
                 * @memberof florenetes.portal.v1.LinkStatsReport
                 * @instance
                 */
                LinkStatsReport.prototype.links = $util.emptyArray;

                /**
                 * Encodes the specified LinkStatsReport message. Does not implicitly {@link florenetes.portal.v1.LinkStatsReport.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.LinkStatsReport
                 * @static
                 * @param {florenetes.portal.v1.LinkStatsReport.$Properties} message LinkStatsReport message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                LinkStatsReport.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.links != null && message.links.length)
                        for (let i = 0; i < message.links.length; ++i)
                            $root.florenetes.portal.v1.LinkStats.encode(message.links[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a LinkStatsReport message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.LinkStatsReport
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.LinkStatsReport & florenetes.portal.v1.LinkStatsReport.$Shape} LinkStatsReport
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                LinkStatsReport.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.LinkStatsReport();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.links && message.links.length))
                                    message.links = [];
                                message.links.push($root.florenetes.portal.v1.LinkStats.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return LinkStatsReport;
            })();

            v1.Heartbeat = (function() {

                /**
                 * Properties of a Heartbeat.
                 * @typedef {Object} florenetes.portal.v1.Heartbeat.$Properties
                 * @property {number|null} [startedAt] Heartbeat startedAt
                 * @property {number|null} [generation] Heartbeat generation
                 * @property {number|null} [transitGeneration] Heartbeat transitGeneration
                 * @property {number|null} [transitTaken] Heartbeat transitTaken
                 * @property {string|null} [transitCode] Heartbeat transitCode
                 * @property {number|null} [transitReport] Heartbeat transitReport
                 * @property {number|null} [judgeGeneration] Heartbeat judgeGeneration
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Heartbeat.
                 * @memberof florenetes.portal.v1
                 * @interface IHeartbeat
                 * @augments florenetes.portal.v1.Heartbeat.$Properties
                 * @deprecated Use florenetes.portal.v1.Heartbeat.$Properties instead.
                 */

                /**
                 * Shape of a Heartbeat.
                 * @typedef {florenetes.portal.v1.Heartbeat.$Properties} florenetes.portal.v1.Heartbeat.$Shape
                 */

                /**
                 * Constructs a new Heartbeat.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a Heartbeat.
                 * @constructor
                 * @param {florenetes.portal.v1.Heartbeat.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Heartbeat = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Heartbeat startedAt.
                 * @member {number} startedAt
                 * @memberof florenetes.portal.v1.Heartbeat
                 * @instance
                 */
                Heartbeat.prototype.startedAt = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Heartbeat generation.
                 * @member {number} generation
                 * @memberof florenetes.portal.v1.Heartbeat
                 * @instance
                 */
                Heartbeat.prototype.generation = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Heartbeat transitGeneration.
                 * @member {number} transitGeneration
                 * @memberof florenetes.portal.v1.Heartbeat
                 * @instance
                 */
                Heartbeat.prototype.transitGeneration = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Heartbeat transitTaken.
                 * @member {number} transitTaken
                 * @memberof florenetes.portal.v1.Heartbeat
                 * @instance
                 */
                Heartbeat.prototype.transitTaken = 0;

                /**
                 * Heartbeat transitCode.
                 * @member {string} transitCode
                 * @memberof florenetes.portal.v1.Heartbeat
                 * @instance
                 */
                Heartbeat.prototype.transitCode = "";

                /**
                 * Heartbeat transitReport.
                 * @member {number} transitReport
                 * @memberof florenetes.portal.v1.Heartbeat
                 * @instance
                 */
                Heartbeat.prototype.transitReport = 0;

                /**
                 * Heartbeat judgeGeneration.
                 * @member {number} judgeGeneration
                 * @memberof florenetes.portal.v1.Heartbeat
                 * @instance
                 */
                Heartbeat.prototype.judgeGeneration = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Encodes the specified Heartbeat message. Does not implicitly {@link florenetes.portal.v1.Heartbeat.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.Heartbeat
                 * @static
                 * @param {florenetes.portal.v1.Heartbeat.$Properties} message Heartbeat message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Heartbeat.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.startedAt != null && $Object.hasOwnProperty.call(message, "startedAt") && (typeof message.startedAt === "object" ? message.startedAt.low || message.startedAt.high : message.startedAt !== 0))
                        writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.startedAt);
                    if (message.generation != null && $Object.hasOwnProperty.call(message, "generation") && (typeof message.generation === "object" ? message.generation.low || message.generation.high : message.generation !== 0))
                        writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.generation);
                    if (message.transitGeneration != null && $Object.hasOwnProperty.call(message, "transitGeneration") && (typeof message.transitGeneration === "object" ? message.transitGeneration.low || message.transitGeneration.high : message.transitGeneration !== 0))
                        writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.transitGeneration);
                    if (message.transitTaken != null && $Object.hasOwnProperty.call(message, "transitTaken") && message.transitTaken !== 0)
                        writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.transitTaken);
                    if (message.transitCode != null && $Object.hasOwnProperty.call(message, "transitCode") && message.transitCode !== "")
                        writer.uint32(/* id 5, wireType 2 =*/42).string(message.transitCode);
                    if (message.transitReport != null && $Object.hasOwnProperty.call(message, "transitReport") && message.transitReport !== 0)
                        writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.transitReport);
                    if (message.judgeGeneration != null && $Object.hasOwnProperty.call(message, "judgeGeneration") && (typeof message.judgeGeneration === "object" ? message.judgeGeneration.low || message.judgeGeneration.high : message.judgeGeneration !== 0))
                        writer.uint32(/* id 7, wireType 0 =*/56).uint64(message.judgeGeneration);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Heartbeat message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.Heartbeat
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.Heartbeat & florenetes.portal.v1.Heartbeat.$Shape} Heartbeat
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Heartbeat.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.Heartbeat();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.startedAt = value;
                                else
                                    delete message.startedAt;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.generation = value;
                                else
                                    delete message.generation;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.transitGeneration = value;
                                else
                                    delete message.transitGeneration;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.transitTaken = value;
                                else
                                    delete message.transitTaken;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.transitCode = value;
                                else
                                    delete message.transitCode;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.transitReport = value;
                                else
                                    delete message.transitReport;
                                continue;
                            }
                        case 7: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.judgeGeneration = value;
                                else
                                    delete message.judgeGeneration;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Heartbeat;
            })();

            v1.Judge = (function() {

                /**
                 * Properties of a Judge.
                 * @typedef {Object} florenetes.portal.v1.Judge.$Properties
                 * @property {florenetes.portal.v1.Role|null} [presenter] Judge presenter
                 * @property {string|null} [peer] Judge peer
                 * @property {Array.<Uint8Array>|null} [chain] Judge chain
                 * @property {boolean|null} [isOpen] Judge isOpen
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Judge.
                 * @memberof florenetes.portal.v1
                 * @interface IJudge
                 * @augments florenetes.portal.v1.Judge.$Properties
                 * @deprecated Use florenetes.portal.v1.Judge.$Properties instead.
                 */

                /**
                 * Shape of a Judge.
                 * @typedef {florenetes.portal.v1.Judge.$Properties} florenetes.portal.v1.Judge.$Shape
                 */

                /**
                 * Constructs a new Judge.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a Judge.
                 * @constructor
                 * @param {florenetes.portal.v1.Judge.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Judge = function (properties) {
                    this.chain = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Judge presenter.
                 * @member {florenetes.portal.v1.Role} presenter
                 * @memberof florenetes.portal.v1.Judge
                 * @instance
                 */
                Judge.prototype.presenter = 0;

                /**
                 * Judge peer.
                 * @member {string} peer
                 * @memberof florenetes.portal.v1.Judge
                 * @instance
                 */
                Judge.prototype.peer = "";

                /**
                 * Judge chain.
                 * @member {Array.<Uint8Array>} chain
                 * @memberof florenetes.portal.v1.Judge
                 * @instance
                 */
                Judge.prototype.chain = $util.emptyArray;

                /**
                 * Judge isOpen.
                 * @member {boolean} isOpen
                 * @memberof florenetes.portal.v1.Judge
                 * @instance
                 */
                Judge.prototype.isOpen = false;

                /**
                 * Encodes the specified Judge message. Does not implicitly {@link florenetes.portal.v1.Judge.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.Judge
                 * @static
                 * @param {florenetes.portal.v1.Judge.$Properties} message Judge message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Judge.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.presenter != null && $Object.hasOwnProperty.call(message, "presenter") && message.presenter !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).int32(message.presenter);
                    if (message.peer != null && $Object.hasOwnProperty.call(message, "peer") && message.peer !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.peer);
                    if (message.chain != null && message.chain.length)
                        for (let i = 0; i < message.chain.length; ++i)
                            writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.chain[i]);
                    if (message.isOpen != null && $Object.hasOwnProperty.call(message, "isOpen") && message.isOpen !== false)
                        writer.uint32(/* id 4, wireType 0 =*/32).bool(message.isOpen);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Judge message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.Judge
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.Judge & florenetes.portal.v1.Judge.$Shape} Judge
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Judge.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.Judge();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.presenter = value;
                                else
                                    delete message.presenter;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.peer = value;
                                else
                                    delete message.peer;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.chain && message.chain.length))
                                    message.chain = [];
                                message.chain.push(reader.bytes());
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.bool())
                                    message.isOpen = value;
                                else
                                    delete message.isOpen;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Judge;
            })();

            v1.JudgeAnswer = (function() {

                /**
                 * Properties of a JudgeAnswer.
                 * @typedef {Object} florenetes.portal.v1.JudgeAnswer.$Properties
                 * @property {string|null} [principal] JudgeAnswer principal
                 * @property {string|null} [name] JudgeAnswer name
                 * @property {number|null} [goodUntil] JudgeAnswer goodUntil
                 * @property {number|null} [graceMs] JudgeAnswer graceMs
                 * @property {string|null} [code] JudgeAnswer code
                 * @property {string|null} [text] JudgeAnswer text
                 * @property {number|null} [judgeGeneration] JudgeAnswer judgeGeneration
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a JudgeAnswer.
                 * @memberof florenetes.portal.v1
                 * @interface IJudgeAnswer
                 * @augments florenetes.portal.v1.JudgeAnswer.$Properties
                 * @deprecated Use florenetes.portal.v1.JudgeAnswer.$Properties instead.
                 */

                /**
                 * Shape of a JudgeAnswer.
                 * @typedef {florenetes.portal.v1.JudgeAnswer.$Properties} florenetes.portal.v1.JudgeAnswer.$Shape
                 */

                /**
                 * Constructs a new JudgeAnswer.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a JudgeAnswer.
                 * @constructor
                 * @param {florenetes.portal.v1.JudgeAnswer.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const JudgeAnswer = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * JudgeAnswer principal.
                 * @member {string} principal
                 * @memberof florenetes.portal.v1.JudgeAnswer
                 * @instance
                 */
                JudgeAnswer.prototype.principal = "";

                /**
                 * JudgeAnswer name.
                 * @member {string} name
                 * @memberof florenetes.portal.v1.JudgeAnswer
                 * @instance
                 */
                JudgeAnswer.prototype.name = "";

                /**
                 * JudgeAnswer goodUntil.
                 * @member {number} goodUntil
                 * @memberof florenetes.portal.v1.JudgeAnswer
                 * @instance
                 */
                JudgeAnswer.prototype.goodUntil = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * JudgeAnswer graceMs.
                 * @member {number} graceMs
                 * @memberof florenetes.portal.v1.JudgeAnswer
                 * @instance
                 */
                JudgeAnswer.prototype.graceMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * JudgeAnswer code.
                 * @member {string} code
                 * @memberof florenetes.portal.v1.JudgeAnswer
                 * @instance
                 */
                JudgeAnswer.prototype.code = "";

                /**
                 * JudgeAnswer text.
                 * @member {string} text
                 * @memberof florenetes.portal.v1.JudgeAnswer
                 * @instance
                 */
                JudgeAnswer.prototype.text = "";

                /**
                 * JudgeAnswer judgeGeneration.
                 * @member {number} judgeGeneration
                 * @memberof florenetes.portal.v1.JudgeAnswer
                 * @instance
                 */
                JudgeAnswer.prototype.judgeGeneration = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Encodes the specified JudgeAnswer message. Does not implicitly {@link florenetes.portal.v1.JudgeAnswer.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.JudgeAnswer
                 * @static
                 * @param {florenetes.portal.v1.JudgeAnswer.$Properties} message JudgeAnswer message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                JudgeAnswer.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.principal != null && $Object.hasOwnProperty.call(message, "principal") && message.principal !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.principal);
                    if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.name);
                    if (message.goodUntil != null && $Object.hasOwnProperty.call(message, "goodUntil") && (typeof message.goodUntil === "object" ? message.goodUntil.low || message.goodUntil.high : message.goodUntil !== 0))
                        writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.goodUntil);
                    if (message.graceMs != null && $Object.hasOwnProperty.call(message, "graceMs") && (typeof message.graceMs === "object" ? message.graceMs.low || message.graceMs.high : message.graceMs !== 0))
                        writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.graceMs);
                    if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== "")
                        writer.uint32(/* id 5, wireType 2 =*/42).string(message.code);
                    if (message.text != null && $Object.hasOwnProperty.call(message, "text") && message.text !== "")
                        writer.uint32(/* id 6, wireType 2 =*/50).string(message.text);
                    if (message.judgeGeneration != null && $Object.hasOwnProperty.call(message, "judgeGeneration") && (typeof message.judgeGeneration === "object" ? message.judgeGeneration.low || message.judgeGeneration.high : message.judgeGeneration !== 0))
                        writer.uint32(/* id 7, wireType 0 =*/56).uint64(message.judgeGeneration);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a JudgeAnswer message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.JudgeAnswer
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.JudgeAnswer & florenetes.portal.v1.JudgeAnswer.$Shape} JudgeAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                JudgeAnswer.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.JudgeAnswer();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.principal = value;
                                else
                                    delete message.principal;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.name = value;
                                else
                                    delete message.name;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.goodUntil = value;
                                else
                                    delete message.goodUntil;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.graceMs = value;
                                else
                                    delete message.graceMs;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.code = value;
                                else
                                    delete message.code;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.text = value;
                                else
                                    delete message.text;
                                continue;
                            }
                        case 7: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.judgeGeneration = value;
                                else
                                    delete message.judgeGeneration;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return JudgeAnswer;
            })();

            v1.Sign = (function() {

                /**
                 * Properties of a Sign.
                 * @typedef {Object} florenetes.portal.v1.Sign.$Properties
                 * @property {Uint8Array|null} [content] Sign content
                 * @property {Uint8Array|null} [knownChain] Sign knownChain
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a Sign.
                 * @memberof florenetes.portal.v1
                 * @interface ISign
                 * @augments florenetes.portal.v1.Sign.$Properties
                 * @deprecated Use florenetes.portal.v1.Sign.$Properties instead.
                 */

                /**
                 * Shape of a Sign.
                 * @typedef {florenetes.portal.v1.Sign.$Properties} florenetes.portal.v1.Sign.$Shape
                 */

                /**
                 * Constructs a new Sign.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a Sign.
                 * @constructor
                 * @param {florenetes.portal.v1.Sign.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Sign = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Sign content.
                 * @member {Uint8Array} content
                 * @memberof florenetes.portal.v1.Sign
                 * @instance
                 */
                Sign.prototype.content = $util.newBuffer([]);

                /**
                 * Sign knownChain.
                 * @member {Uint8Array} knownChain
                 * @memberof florenetes.portal.v1.Sign
                 * @instance
                 */
                Sign.prototype.knownChain = $util.newBuffer([]);

                /**
                 * Encodes the specified Sign message. Does not implicitly {@link florenetes.portal.v1.Sign.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.Sign
                 * @static
                 * @param {florenetes.portal.v1.Sign.$Properties} message Sign message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Sign.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.content != null && $Object.hasOwnProperty.call(message, "content") && message.content.length)
                        writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.content);
                    if (message.knownChain != null && $Object.hasOwnProperty.call(message, "knownChain") && message.knownChain.length)
                        writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.knownChain);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a Sign message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.Sign
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.Sign & florenetes.portal.v1.Sign.$Shape} Sign
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Sign.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.Sign();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.content = value;
                                else
                                    delete message.content;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.knownChain = value;
                                else
                                    delete message.knownChain;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Sign;
            })();

            v1.SignAnswer = (function() {

                /**
                 * Properties of a SignAnswer.
                 * @typedef {Object} florenetes.portal.v1.SignAnswer.$Properties
                 * @property {Uint8Array|null} [signature] SignAnswer signature
                 * @property {number|null} [scheme] SignAnswer scheme
                 * @property {Uint8Array|null} [chainHash] SignAnswer chainHash
                 * @property {Array.<Uint8Array>|null} [chain] SignAnswer chain
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a SignAnswer.
                 * @memberof florenetes.portal.v1
                 * @interface ISignAnswer
                 * @augments florenetes.portal.v1.SignAnswer.$Properties
                 * @deprecated Use florenetes.portal.v1.SignAnswer.$Properties instead.
                 */

                /**
                 * Shape of a SignAnswer.
                 * @typedef {florenetes.portal.v1.SignAnswer.$Properties} florenetes.portal.v1.SignAnswer.$Shape
                 */

                /**
                 * Constructs a new SignAnswer.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a SignAnswer.
                 * @constructor
                 * @param {florenetes.portal.v1.SignAnswer.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const SignAnswer = function (properties) {
                    this.chain = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * SignAnswer signature.
                 * @member {Uint8Array} signature
                 * @memberof florenetes.portal.v1.SignAnswer
                 * @instance
                 */
                SignAnswer.prototype.signature = $util.newBuffer([]);

                /**
                 * SignAnswer scheme.
                 * @member {number} scheme
                 * @memberof florenetes.portal.v1.SignAnswer
                 * @instance
                 */
                SignAnswer.prototype.scheme = 0;

                /**
                 * SignAnswer chainHash.
                 * @member {Uint8Array} chainHash
                 * @memberof florenetes.portal.v1.SignAnswer
                 * @instance
                 */
                SignAnswer.prototype.chainHash = $util.newBuffer([]);

                /**
                 * SignAnswer chain.
                 * @member {Array.<Uint8Array>} chain
                 * @memberof florenetes.portal.v1.SignAnswer
                 * @instance
                 */
                SignAnswer.prototype.chain = $util.emptyArray;

                /**
                 * Encodes the specified SignAnswer message. Does not implicitly {@link florenetes.portal.v1.SignAnswer.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.SignAnswer
                 * @static
                 * @param {florenetes.portal.v1.SignAnswer.$Properties} message SignAnswer message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                SignAnswer.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.signature != null && $Object.hasOwnProperty.call(message, "signature") && message.signature.length)
                        writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.signature);
                    if (message.scheme != null && $Object.hasOwnProperty.call(message, "scheme") && message.scheme !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.scheme);
                    if (message.chainHash != null && $Object.hasOwnProperty.call(message, "chainHash") && message.chainHash.length)
                        writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.chainHash);
                    if (message.chain != null && message.chain.length)
                        for (let i = 0; i < message.chain.length; ++i)
                            writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.chain[i]);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a SignAnswer message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.SignAnswer
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.SignAnswer & florenetes.portal.v1.SignAnswer.$Shape} SignAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                SignAnswer.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.SignAnswer();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.signature = value;
                                else
                                    delete message.signature;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.scheme = value;
                                else
                                    delete message.scheme;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.bytes()).length)
                                    message.chainHash = value;
                                else
                                    delete message.chainHash;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.chain && message.chain.length))
                                    message.chain = [];
                                message.chain.push(reader.bytes());
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return SignAnswer;
            })();

            v1.ErrorAnswer = (function() {

                /**
                 * Properties of an ErrorAnswer.
                 * @typedef {Object} florenetes.portal.v1.ErrorAnswer.$Properties
                 * @property {string|null} [code] ErrorAnswer code
                 * @property {string|null} [text] ErrorAnswer text
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an ErrorAnswer.
                 * @memberof florenetes.portal.v1
                 * @interface IErrorAnswer
                 * @augments florenetes.portal.v1.ErrorAnswer.$Properties
                 * @deprecated Use florenetes.portal.v1.ErrorAnswer.$Properties instead.
                 */

                /**
                 * Shape of an ErrorAnswer.
                 * @typedef {florenetes.portal.v1.ErrorAnswer.$Properties} florenetes.portal.v1.ErrorAnswer.$Shape
                 */

                /**
                 * Constructs a new ErrorAnswer.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents an ErrorAnswer.
                 * @constructor
                 * @param {florenetes.portal.v1.ErrorAnswer.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const ErrorAnswer = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * ErrorAnswer code.
                 * @member {string} code
                 * @memberof florenetes.portal.v1.ErrorAnswer
                 * @instance
                 */
                ErrorAnswer.prototype.code = "";

                /**
                 * ErrorAnswer text.
                 * @member {string} text
                 * @memberof florenetes.portal.v1.ErrorAnswer
                 * @instance
                 */
                ErrorAnswer.prototype.text = "";

                /**
                 * Encodes the specified ErrorAnswer message. Does not implicitly {@link florenetes.portal.v1.ErrorAnswer.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.ErrorAnswer
                 * @static
                 * @param {florenetes.portal.v1.ErrorAnswer.$Properties} message ErrorAnswer message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                ErrorAnswer.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.code != null && $Object.hasOwnProperty.call(message, "code") && message.code !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.code);
                    if (message.text != null && $Object.hasOwnProperty.call(message, "text") && message.text !== "")
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.text);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an ErrorAnswer message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.ErrorAnswer
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.ErrorAnswer & florenetes.portal.v1.ErrorAnswer.$Shape} ErrorAnswer
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                ErrorAnswer.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.ErrorAnswer();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.code = value;
                                else
                                    delete message.code;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.text = value;
                                else
                                    delete message.text;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return ErrorAnswer;
            })();

            v1.Unimplemented = (function() {

                /**
                 * Properties of an Unimplemented.
                 * @typedef {Object} florenetes.portal.v1.Unimplemented.$Properties
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of an Unimplemented.
                 * @memberof florenetes.portal.v1
                 * @interface IUnimplemented
                 * @augments florenetes.portal.v1.Unimplemented.$Properties
                 * @deprecated Use florenetes.portal.v1.Unimplemented.$Properties instead.
                 */

                /**
                 * Shape of an Unimplemented.
                 * @typedef {florenetes.portal.v1.Unimplemented.$Properties} florenetes.portal.v1.Unimplemented.$Shape
                 */

                /**
                 * Constructs a new Unimplemented.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents an Unimplemented.
                 * @constructor
                 * @param {florenetes.portal.v1.Unimplemented.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const Unimplemented = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * Encodes the specified Unimplemented message. Does not implicitly {@link florenetes.portal.v1.Unimplemented.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.Unimplemented
                 * @static
                 * @param {florenetes.portal.v1.Unimplemented.$Properties} message Unimplemented message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                Unimplemented.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes an Unimplemented message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.Unimplemented
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.Unimplemented & florenetes.portal.v1.Unimplemented.$Shape} Unimplemented
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                Unimplemented.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.Unimplemented();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        reader.skipType(tag & 7, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return Unimplemented;
            })();

            v1.TransitChanges = (function() {

                /**
                 * Properties of a TransitChanges.
                 * @typedef {Object} florenetes.portal.v1.TransitChanges.$Properties
                 * @property {number|null} [transitGeneration] TransitChanges transitGeneration
                 * @property {number|null} [first] TransitChanges first
                 * @property {number|null} [whole] TransitChanges whole
                 * @property {number|null} [packetsPerSecond] TransitChanges packetsPerSecond
                 * @property {number|null} [bytesPerSecond] TransitChanges bytesPerSecond
                 * @property {Array.<florenetes.portal.v1.TransitChange.$Properties>|null} [changes] TransitChanges changes
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a TransitChanges.
                 * @memberof florenetes.portal.v1
                 * @interface ITransitChanges
                 * @augments florenetes.portal.v1.TransitChanges.$Properties
                 * @deprecated Use florenetes.portal.v1.TransitChanges.$Properties instead.
                 */

                /**
                 * Shape of a TransitChanges.
                 * @typedef {florenetes.portal.v1.TransitChanges.$Properties} florenetes.portal.v1.TransitChanges.$Shape
                 */

                /**
                 * Constructs a new TransitChanges.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a TransitChanges.
                 * @constructor
                 * @param {florenetes.portal.v1.TransitChanges.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const TransitChanges = function (properties) {
                    this.changes = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * TransitChanges transitGeneration.
                 * @member {number} transitGeneration
                 * @memberof florenetes.portal.v1.TransitChanges
                 * @instance
                 */
                TransitChanges.prototype.transitGeneration = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * TransitChanges first.
                 * @member {number} first
                 * @memberof florenetes.portal.v1.TransitChanges
                 * @instance
                 */
                TransitChanges.prototype.first = 0;

                /**
                 * TransitChanges whole.
                 * @member {number} whole
                 * @memberof florenetes.portal.v1.TransitChanges
                 * @instance
                 */
                TransitChanges.prototype.whole = 0;

                /**
                 * TransitChanges packetsPerSecond.
                 * @member {number} packetsPerSecond
                 * @memberof florenetes.portal.v1.TransitChanges
                 * @instance
                 */
                TransitChanges.prototype.packetsPerSecond = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * TransitChanges bytesPerSecond.
                 * @member {number} bytesPerSecond
                 * @memberof florenetes.portal.v1.TransitChanges
                 * @instance
                 */
                TransitChanges.prototype.bytesPerSecond = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * TransitChanges changes.
                 * @member {Array.<florenetes.portal.v1.TransitChange.$Properties>} changes
                 * @memberof florenetes.portal.v1.TransitChanges
                 * @instance
                 */
                TransitChanges.prototype.changes = $util.emptyArray;

                /**
                 * Encodes the specified TransitChanges message. Does not implicitly {@link florenetes.portal.v1.TransitChanges.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.TransitChanges
                 * @static
                 * @param {florenetes.portal.v1.TransitChanges.$Properties} message TransitChanges message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                TransitChanges.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.transitGeneration != null && $Object.hasOwnProperty.call(message, "transitGeneration") && (typeof message.transitGeneration === "object" ? message.transitGeneration.low || message.transitGeneration.high : message.transitGeneration !== 0))
                        writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.transitGeneration);
                    if (message.first != null && $Object.hasOwnProperty.call(message, "first") && message.first !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.first);
                    if (message.whole != null && $Object.hasOwnProperty.call(message, "whole") && message.whole !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.whole);
                    if (message.packetsPerSecond != null && $Object.hasOwnProperty.call(message, "packetsPerSecond") && (typeof message.packetsPerSecond === "object" ? message.packetsPerSecond.low || message.packetsPerSecond.high : message.packetsPerSecond !== 0))
                        writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.packetsPerSecond);
                    if (message.bytesPerSecond != null && $Object.hasOwnProperty.call(message, "bytesPerSecond") && (typeof message.bytesPerSecond === "object" ? message.bytesPerSecond.low || message.bytesPerSecond.high : message.bytesPerSecond !== 0))
                        writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.bytesPerSecond);
                    if (message.changes != null && message.changes.length)
                        for (let i = 0; i < message.changes.length; ++i)
                            $root.florenetes.portal.v1.TransitChange.encode(message.changes[i], writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a TransitChanges message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.TransitChanges
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.TransitChanges & florenetes.portal.v1.TransitChanges.$Shape} TransitChanges
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                TransitChanges.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.TransitChanges();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.transitGeneration = value;
                                else
                                    delete message.transitGeneration;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.first = value;
                                else
                                    delete message.first;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.whole = value;
                                else
                                    delete message.whole;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.packetsPerSecond = value;
                                else
                                    delete message.packetsPerSecond;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.bytesPerSecond = value;
                                else
                                    delete message.bytesPerSecond;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.changes && message.changes.length))
                                    message.changes = [];
                                message.changes.push($root.florenetes.portal.v1.TransitChange.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return TransitChanges;
            })();

            /**
             * TransitOperation enum.
             * @name florenetes.portal.v1.TransitOperation
             * @enum {number}
             * @property {number} TRANSIT_UNSPECIFIED=0 TRANSIT_UNSPECIFIED value
             * @property {number} TRANSIT_LINK=1 TRANSIT_LINK value
             * @property {number} TRANSIT_PERMIT=2 TRANSIT_PERMIT value
             * @property {number} TRANSIT_FORBID=3 TRANSIT_FORBID value
             * @property {number} TRANSIT_SWAP=4 TRANSIT_SWAP value
             * @property {number} TRANSIT_END=5 TRANSIT_END value
             * @property {number} TRANSIT_REMOVE=6 TRANSIT_REMOVE value
             */
            v1.TransitOperation = (function() {
                const valuesById = $Object.create(null), values = $Object.create(valuesById);
                values[valuesById[0] = "TRANSIT_UNSPECIFIED"] = 0;
                values[valuesById[1] = "TRANSIT_LINK"] = 1;
                values[valuesById[2] = "TRANSIT_PERMIT"] = 2;
                values[valuesById[3] = "TRANSIT_FORBID"] = 3;
                values[valuesById[4] = "TRANSIT_SWAP"] = 4;
                values[valuesById[5] = "TRANSIT_END"] = 5;
                values[valuesById[6] = "TRANSIT_REMOVE"] = 6;
                return values;
            })();

            v1.TransitChange = (function() {

                /**
                 * Properties of a TransitChange.
                 * @typedef {Object} florenetes.portal.v1.TransitChange.$Properties
                 * @property {florenetes.portal.v1.TransitOperation|null} [operation] TransitChange operation
                 * @property {number|null} [link] TransitChange link
                 * @property {number|null} [label] TransitChange label
                 * @property {number|null} [outLink] TransitChange outLink
                 * @property {number|null} [outLabel] TransitChange outLabel
                 * @property {florenetes.portal.v1.LinkKey.$Properties|null} [key] TransitChange key
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a TransitChange.
                 * @memberof florenetes.portal.v1
                 * @interface ITransitChange
                 * @augments florenetes.portal.v1.TransitChange.$Properties
                 * @deprecated Use florenetes.portal.v1.TransitChange.$Properties instead.
                 */

                /**
                 * Shape of a TransitChange.
                 * @typedef {florenetes.portal.v1.TransitChange.$Properties} florenetes.portal.v1.TransitChange.$Shape
                 */

                /**
                 * Constructs a new TransitChange.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a TransitChange.
                 * @constructor
                 * @param {florenetes.portal.v1.TransitChange.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const TransitChange = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * TransitChange operation.
                 * @member {florenetes.portal.v1.TransitOperation} operation
                 * @memberof florenetes.portal.v1.TransitChange
                 * @instance
                 */
                TransitChange.prototype.operation = 0;

                /**
                 * TransitChange link.
                 * @member {number} link
                 * @memberof florenetes.portal.v1.TransitChange
                 * @instance
                 */
                TransitChange.prototype.link = 0;

                /**
                 * TransitChange label.
                 * @member {number} label
                 * @memberof florenetes.portal.v1.TransitChange
                 * @instance
                 */
                TransitChange.prototype.label = 0;

                /**
                 * TransitChange outLink.
                 * @member {number} outLink
                 * @memberof florenetes.portal.v1.TransitChange
                 * @instance
                 */
                TransitChange.prototype.outLink = 0;

                /**
                 * TransitChange outLabel.
                 * @member {number} outLabel
                 * @memberof florenetes.portal.v1.TransitChange
                 * @instance
                 */
                TransitChange.prototype.outLabel = 0;

                /**
                 * TransitChange key.
                 * @member {florenetes.portal.v1.LinkKey.$Properties|null|undefined} key
                 * @memberof florenetes.portal.v1.TransitChange
                 * @instance
                 */
                TransitChange.prototype.key = null;

                /**
                 * Encodes the specified TransitChange message. Does not implicitly {@link florenetes.portal.v1.TransitChange.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.TransitChange
                 * @static
                 * @param {florenetes.portal.v1.TransitChange.$Properties} message TransitChange message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                TransitChange.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.operation != null && $Object.hasOwnProperty.call(message, "operation") && message.operation !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).int32(message.operation);
                    if (message.link != null && $Object.hasOwnProperty.call(message, "link") && message.link !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.link);
                    if (message.label != null && $Object.hasOwnProperty.call(message, "label") && message.label !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.label);
                    if (message.outLink != null && $Object.hasOwnProperty.call(message, "outLink") && message.outLink !== 0)
                        writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.outLink);
                    if (message.outLabel != null && $Object.hasOwnProperty.call(message, "outLabel") && message.outLabel !== 0)
                        writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.outLabel);
                    if (message.key != null && $Object.hasOwnProperty.call(message, "key"))
                        $root.florenetes.portal.v1.LinkKey.encode(message.key, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a TransitChange message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.TransitChange
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.TransitChange & florenetes.portal.v1.TransitChange.$Shape} TransitChange
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                TransitChange.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.TransitChange();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.int32())
                                    message.operation = value;
                                else
                                    delete message.operation;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.link = value;
                                else
                                    delete message.link;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.label = value;
                                else
                                    delete message.label;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.outLink = value;
                                else
                                    delete message.outLink;
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.outLabel = value;
                                else
                                    delete message.outLabel;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 2)
                                    break;
                                message.key = $root.florenetes.portal.v1.LinkKey.decode(reader, reader.size(), $undefined, _depth + 1, message.key);
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return TransitChange;
            })();

            v1.TransitReport = (function() {

                /**
                 * Properties of a TransitReport.
                 * @typedef {Object} florenetes.portal.v1.TransitReport.$Properties
                 * @property {number|null} [number] TransitReport number
                 * @property {number|null} [transitGeneration] TransitReport transitGeneration
                 * @property {Array.<florenetes.portal.v1.TransitLinkCounts.$Properties>|null} [links] TransitReport links
                 * @property {Array.<florenetes.portal.v1.TransitPairCounts.$Properties>|null} [pairs] TransitReport pairs
                 * @property {Array.<florenetes.portal.v1.TransitLabelCounts.$Properties>|null} [labels] TransitReport labels
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a TransitReport.
                 * @memberof florenetes.portal.v1
                 * @interface ITransitReport
                 * @augments florenetes.portal.v1.TransitReport.$Properties
                 * @deprecated Use florenetes.portal.v1.TransitReport.$Properties instead.
                 */

                /**
                 * Shape of a TransitReport.
                 * @typedef {florenetes.portal.v1.TransitReport.$Properties} florenetes.portal.v1.TransitReport.$Shape
                 */

                /**
                 * Constructs a new TransitReport.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a TransitReport.
                 * @constructor
                 * @param {florenetes.portal.v1.TransitReport.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const TransitReport = function (properties) {
                    this.links = [];
                    this.pairs = [];
                    this.labels = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * TransitReport number.
                 * @member {number} number
                 * @memberof florenetes.portal.v1.TransitReport
                 * @instance
                 */
                TransitReport.prototype.number = 0;

                /**
                 * TransitReport transitGeneration.
                 * @member {number} transitGeneration
                 * @memberof florenetes.portal.v1.TransitReport
                 * @instance
                 */
                TransitReport.prototype.transitGeneration = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * TransitReport links.
                 * @member {Array.<florenetes.portal.v1.TransitLinkCounts.$Properties>} links
                 * @memberof florenetes.portal.v1.TransitReport
                 * @instance
                 */
                TransitReport.prototype.links = $util.emptyArray;

                /**
                 * TransitReport pairs.
                 * @member {Array.<florenetes.portal.v1.TransitPairCounts.$Properties>} pairs
                 * @memberof florenetes.portal.v1.TransitReport
                 * @instance
                 */
                TransitReport.prototype.pairs = $util.emptyArray;

                /**
                 * TransitReport labels.
                 * @member {Array.<florenetes.portal.v1.TransitLabelCounts.$Properties>} labels
                 * @memberof florenetes.portal.v1.TransitReport
                 * @instance
                 */
                TransitReport.prototype.labels = $util.emptyArray;

                /**
                 * Encodes the specified TransitReport message. Does not implicitly {@link florenetes.portal.v1.TransitReport.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.TransitReport
                 * @static
                 * @param {florenetes.portal.v1.TransitReport.$Properties} message TransitReport message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                TransitReport.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.number != null && $Object.hasOwnProperty.call(message, "number") && message.number !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.number);
                    if (message.transitGeneration != null && $Object.hasOwnProperty.call(message, "transitGeneration") && (typeof message.transitGeneration === "object" ? message.transitGeneration.low || message.transitGeneration.high : message.transitGeneration !== 0))
                        writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.transitGeneration);
                    if (message.links != null && message.links.length)
                        for (let i = 0; i < message.links.length; ++i)
                            $root.florenetes.portal.v1.TransitLinkCounts.encode(message.links[i], writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                    if (message.pairs != null && message.pairs.length)
                        for (let i = 0; i < message.pairs.length; ++i)
                            $root.florenetes.portal.v1.TransitPairCounts.encode(message.pairs[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                    if (message.labels != null && message.labels.length)
                        for (let i = 0; i < message.labels.length; ++i)
                            $root.florenetes.portal.v1.TransitLabelCounts.encode(message.labels[i], writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a TransitReport message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.TransitReport
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.TransitReport & florenetes.portal.v1.TransitReport.$Shape} TransitReport
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                TransitReport.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.TransitReport();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.number = value;
                                else
                                    delete message.number;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.transitGeneration = value;
                                else
                                    delete message.transitGeneration;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.links && message.links.length))
                                    message.links = [];
                                message.links.push($root.florenetes.portal.v1.TransitLinkCounts.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.pairs && message.pairs.length))
                                    message.pairs = [];
                                message.pairs.push($root.florenetes.portal.v1.TransitPairCounts.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        case 5: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.labels && message.labels.length))
                                    message.labels = [];
                                message.labels.push($root.florenetes.portal.v1.TransitLabelCounts.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return TransitReport;
            })();

            v1.TransitLinkCounts = (function() {

                /**
                 * Properties of a TransitLinkCounts.
                 * @typedef {Object} florenetes.portal.v1.TransitLinkCounts.$Properties
                 * @property {number|null} [link] TransitLinkCounts link
                 * @property {number|null} [packetsForwarded] TransitLinkCounts packetsForwarded
                 * @property {number|null} [bytesIn] TransitLinkCounts bytesIn
                 * @property {Array.<florenetes.portal.v1.TransitDrops.$Properties>|null} [drops] TransitLinkCounts drops
                 * @property {number|null} [packetsOut] TransitLinkCounts packetsOut
                 * @property {number|null} [bytesOut] TransitLinkCounts bytesOut
                 * @property {number|null} [packetsRefused] TransitLinkCounts packetsRefused
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a TransitLinkCounts.
                 * @memberof florenetes.portal.v1
                 * @interface ITransitLinkCounts
                 * @augments florenetes.portal.v1.TransitLinkCounts.$Properties
                 * @deprecated Use florenetes.portal.v1.TransitLinkCounts.$Properties instead.
                 */

                /**
                 * Shape of a TransitLinkCounts.
                 * @typedef {florenetes.portal.v1.TransitLinkCounts.$Properties} florenetes.portal.v1.TransitLinkCounts.$Shape
                 */

                /**
                 * Constructs a new TransitLinkCounts.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a TransitLinkCounts.
                 * @constructor
                 * @param {florenetes.portal.v1.TransitLinkCounts.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const TransitLinkCounts = function (properties) {
                    this.drops = [];
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * TransitLinkCounts link.
                 * @member {number} link
                 * @memberof florenetes.portal.v1.TransitLinkCounts
                 * @instance
                 */
                TransitLinkCounts.prototype.link = 0;

                /**
                 * TransitLinkCounts packetsForwarded.
                 * @member {number} packetsForwarded
                 * @memberof florenetes.portal.v1.TransitLinkCounts
                 * @instance
                 */
                TransitLinkCounts.prototype.packetsForwarded = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * TransitLinkCounts bytesIn.
                 * @member {number} bytesIn
                 * @memberof florenetes.portal.v1.TransitLinkCounts
                 * @instance
                 */
                TransitLinkCounts.prototype.bytesIn = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * TransitLinkCounts drops.
                 * @member {Array.<florenetes.portal.v1.TransitDrops.$Properties>} drops
                 * @memberof florenetes.portal.v1.TransitLinkCounts
                 * @instance
                 */
                TransitLinkCounts.prototype.drops = $util.emptyArray;

                /**
                 * TransitLinkCounts packetsOut.
                 * @member {number} packetsOut
                 * @memberof florenetes.portal.v1.TransitLinkCounts
                 * @instance
                 */
                TransitLinkCounts.prototype.packetsOut = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * TransitLinkCounts bytesOut.
                 * @member {number} bytesOut
                 * @memberof florenetes.portal.v1.TransitLinkCounts
                 * @instance
                 */
                TransitLinkCounts.prototype.bytesOut = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * TransitLinkCounts packetsRefused.
                 * @member {number} packetsRefused
                 * @memberof florenetes.portal.v1.TransitLinkCounts
                 * @instance
                 */
                TransitLinkCounts.prototype.packetsRefused = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Encodes the specified TransitLinkCounts message. Does not implicitly {@link florenetes.portal.v1.TransitLinkCounts.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.TransitLinkCounts
                 * @static
                 * @param {florenetes.portal.v1.TransitLinkCounts.$Properties} message TransitLinkCounts message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                TransitLinkCounts.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.link != null && $Object.hasOwnProperty.call(message, "link") && message.link !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.link);
                    if (message.packetsForwarded != null && $Object.hasOwnProperty.call(message, "packetsForwarded") && (typeof message.packetsForwarded === "object" ? message.packetsForwarded.low || message.packetsForwarded.high : message.packetsForwarded !== 0))
                        writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.packetsForwarded);
                    if (message.bytesIn != null && $Object.hasOwnProperty.call(message, "bytesIn") && (typeof message.bytesIn === "object" ? message.bytesIn.low || message.bytesIn.high : message.bytesIn !== 0))
                        writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.bytesIn);
                    if (message.drops != null && message.drops.length)
                        for (let i = 0; i < message.drops.length; ++i)
                            $root.florenetes.portal.v1.TransitDrops.encode(message.drops[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                    if (message.packetsOut != null && $Object.hasOwnProperty.call(message, "packetsOut") && (typeof message.packetsOut === "object" ? message.packetsOut.low || message.packetsOut.high : message.packetsOut !== 0))
                        writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.packetsOut);
                    if (message.bytesOut != null && $Object.hasOwnProperty.call(message, "bytesOut") && (typeof message.bytesOut === "object" ? message.bytesOut.low || message.bytesOut.high : message.bytesOut !== 0))
                        writer.uint32(/* id 6, wireType 0 =*/48).uint64(message.bytesOut);
                    if (message.packetsRefused != null && $Object.hasOwnProperty.call(message, "packetsRefused") && (typeof message.packetsRefused === "object" ? message.packetsRefused.low || message.packetsRefused.high : message.packetsRefused !== 0))
                        writer.uint32(/* id 7, wireType 0 =*/56).uint64(message.packetsRefused);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a TransitLinkCounts message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.TransitLinkCounts
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.TransitLinkCounts & florenetes.portal.v1.TransitLinkCounts.$Shape} TransitLinkCounts
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                TransitLinkCounts.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.TransitLinkCounts();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.link = value;
                                else
                                    delete message.link;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.packetsForwarded = value;
                                else
                                    delete message.packetsForwarded;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.bytesIn = value;
                                else
                                    delete message.bytesIn;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 2)
                                    break;
                                if (!(message.drops && message.drops.length))
                                    message.drops = [];
                                message.drops.push($root.florenetes.portal.v1.TransitDrops.decode(reader, reader.size(), $undefined, _depth + 1));
                                continue;
                            }
                        case 5: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.packetsOut = value;
                                else
                                    delete message.packetsOut;
                                continue;
                            }
                        case 6: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.bytesOut = value;
                                else
                                    delete message.bytesOut;
                                continue;
                            }
                        case 7: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.packetsRefused = value;
                                else
                                    delete message.packetsRefused;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return TransitLinkCounts;
            })();

            v1.TransitDrops = (function() {

                /**
                 * Properties of a TransitDrops.
                 * @typedef {Object} florenetes.portal.v1.TransitDrops.$Properties
                 * @property {string|null} [cause] TransitDrops cause
                 * @property {number|null} [packets] TransitDrops packets
                 * @property {number|null} [label] TransitDrops label
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a TransitDrops.
                 * @memberof florenetes.portal.v1
                 * @interface ITransitDrops
                 * @augments florenetes.portal.v1.TransitDrops.$Properties
                 * @deprecated Use florenetes.portal.v1.TransitDrops.$Properties instead.
                 */

                /**
                 * Shape of a TransitDrops.
                 * @typedef {florenetes.portal.v1.TransitDrops.$Properties} florenetes.portal.v1.TransitDrops.$Shape
                 */

                /**
                 * Constructs a new TransitDrops.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a TransitDrops.
                 * @constructor
                 * @param {florenetes.portal.v1.TransitDrops.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const TransitDrops = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * TransitDrops cause.
                 * @member {string} cause
                 * @memberof florenetes.portal.v1.TransitDrops
                 * @instance
                 */
                TransitDrops.prototype.cause = "";

                /**
                 * TransitDrops packets.
                 * @member {number} packets
                 * @memberof florenetes.portal.v1.TransitDrops
                 * @instance
                 */
                TransitDrops.prototype.packets = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * TransitDrops label.
                 * @member {number} label
                 * @memberof florenetes.portal.v1.TransitDrops
                 * @instance
                 */
                TransitDrops.prototype.label = 0;

                /**
                 * Encodes the specified TransitDrops message. Does not implicitly {@link florenetes.portal.v1.TransitDrops.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.TransitDrops
                 * @static
                 * @param {florenetes.portal.v1.TransitDrops.$Properties} message TransitDrops message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                TransitDrops.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.cause != null && $Object.hasOwnProperty.call(message, "cause") && message.cause !== "")
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.cause);
                    if (message.packets != null && $Object.hasOwnProperty.call(message, "packets") && (typeof message.packets === "object" ? message.packets.low || message.packets.high : message.packets !== 0))
                        writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.packets);
                    if (message.label != null && $Object.hasOwnProperty.call(message, "label") && message.label !== 0)
                        writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.label);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a TransitDrops message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.TransitDrops
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.TransitDrops & florenetes.portal.v1.TransitDrops.$Shape} TransitDrops
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                TransitDrops.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.TransitDrops();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 2)
                                    break;
                                if ((value = reader.stringVerify()).length)
                                    message.cause = value;
                                else
                                    delete message.cause;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.packets = value;
                                else
                                    delete message.packets;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.label = value;
                                else
                                    delete message.label;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return TransitDrops;
            })();

            v1.TransitPairCounts = (function() {

                /**
                 * Properties of a TransitPairCounts.
                 * @typedef {Object} florenetes.portal.v1.TransitPairCounts.$Properties
                 * @property {number|null} [link] TransitPairCounts link
                 * @property {number|null} [outLink] TransitPairCounts outLink
                 * @property {number|null} [packetsPassed] TransitPairCounts packetsPassed
                 * @property {number|null} [packetsLimited] TransitPairCounts packetsLimited
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a TransitPairCounts.
                 * @memberof florenetes.portal.v1
                 * @interface ITransitPairCounts
                 * @augments florenetes.portal.v1.TransitPairCounts.$Properties
                 * @deprecated Use florenetes.portal.v1.TransitPairCounts.$Properties instead.
                 */

                /**
                 * Shape of a TransitPairCounts.
                 * @typedef {florenetes.portal.v1.TransitPairCounts.$Properties} florenetes.portal.v1.TransitPairCounts.$Shape
                 */

                /**
                 * Constructs a new TransitPairCounts.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a TransitPairCounts.
                 * @constructor
                 * @param {florenetes.portal.v1.TransitPairCounts.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const TransitPairCounts = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * TransitPairCounts link.
                 * @member {number} link
                 * @memberof florenetes.portal.v1.TransitPairCounts
                 * @instance
                 */
                TransitPairCounts.prototype.link = 0;

                /**
                 * TransitPairCounts outLink.
                 * @member {number} outLink
                 * @memberof florenetes.portal.v1.TransitPairCounts
                 * @instance
                 */
                TransitPairCounts.prototype.outLink = 0;

                /**
                 * TransitPairCounts packetsPassed.
                 * @member {number} packetsPassed
                 * @memberof florenetes.portal.v1.TransitPairCounts
                 * @instance
                 */
                TransitPairCounts.prototype.packetsPassed = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * TransitPairCounts packetsLimited.
                 * @member {number} packetsLimited
                 * @memberof florenetes.portal.v1.TransitPairCounts
                 * @instance
                 */
                TransitPairCounts.prototype.packetsLimited = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Encodes the specified TransitPairCounts message. Does not implicitly {@link florenetes.portal.v1.TransitPairCounts.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.TransitPairCounts
                 * @static
                 * @param {florenetes.portal.v1.TransitPairCounts.$Properties} message TransitPairCounts message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                TransitPairCounts.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.link != null && $Object.hasOwnProperty.call(message, "link") && message.link !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.link);
                    if (message.outLink != null && $Object.hasOwnProperty.call(message, "outLink") && message.outLink !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.outLink);
                    if (message.packetsPassed != null && $Object.hasOwnProperty.call(message, "packetsPassed") && (typeof message.packetsPassed === "object" ? message.packetsPassed.low || message.packetsPassed.high : message.packetsPassed !== 0))
                        writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.packetsPassed);
                    if (message.packetsLimited != null && $Object.hasOwnProperty.call(message, "packetsLimited") && (typeof message.packetsLimited === "object" ? message.packetsLimited.low || message.packetsLimited.high : message.packetsLimited !== 0))
                        writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.packetsLimited);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a TransitPairCounts message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.TransitPairCounts
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.TransitPairCounts & florenetes.portal.v1.TransitPairCounts.$Shape} TransitPairCounts
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                TransitPairCounts.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.TransitPairCounts();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.link = value;
                                else
                                    delete message.link;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.outLink = value;
                                else
                                    delete message.outLink;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.packetsPassed = value;
                                else
                                    delete message.packetsPassed;
                                continue;
                            }
                        case 4: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.packetsLimited = value;
                                else
                                    delete message.packetsLimited;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return TransitPairCounts;
            })();

            v1.TransitLabelCounts = (function() {

                /**
                 * Properties of a TransitLabelCounts.
                 * @typedef {Object} florenetes.portal.v1.TransitLabelCounts.$Properties
                 * @property {number|null} [link] TransitLabelCounts link
                 * @property {number|null} [label] TransitLabelCounts label
                 * @property {number|null} [packets] TransitLabelCounts packets
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */

                /**
                 * Properties of a TransitLabelCounts.
                 * @memberof florenetes.portal.v1
                 * @interface ITransitLabelCounts
                 * @augments florenetes.portal.v1.TransitLabelCounts.$Properties
                 * @deprecated Use florenetes.portal.v1.TransitLabelCounts.$Properties instead.
                 */

                /**
                 * Shape of a TransitLabelCounts.
                 * @typedef {florenetes.portal.v1.TransitLabelCounts.$Properties} florenetes.portal.v1.TransitLabelCounts.$Shape
                 */

                /**
                 * Constructs a new TransitLabelCounts.
                 * @memberof florenetes.portal.v1
                 * @classdesc Represents a TransitLabelCounts.
                 * @constructor
                 * @param {florenetes.portal.v1.TransitLabelCounts.$Properties=} [properties] Properties to set
                 * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
                 */
                const TransitLabelCounts = function (properties) {
                    if (properties)
                        for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                            if (properties[keys[i]] != null && keys[i] !== "__proto__")
                                this[keys[i]] = properties[keys[i]];
                };

                /**
                 * TransitLabelCounts link.
                 * @member {number} link
                 * @memberof florenetes.portal.v1.TransitLabelCounts
                 * @instance
                 */
                TransitLabelCounts.prototype.link = 0;

                /**
                 * TransitLabelCounts label.
                 * @member {number} label
                 * @memberof florenetes.portal.v1.TransitLabelCounts
                 * @instance
                 */
                TransitLabelCounts.prototype.label = 0;

                /**
                 * TransitLabelCounts packets.
                 * @member {number} packets
                 * @memberof florenetes.portal.v1.TransitLabelCounts
                 * @instance
                 */
                TransitLabelCounts.prototype.packets = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

                /**
                 * Encodes the specified TransitLabelCounts message. Does not implicitly {@link florenetes.portal.v1.TransitLabelCounts.verify|verify} messages.
                 * @function encode
                 * @memberof florenetes.portal.v1.TransitLabelCounts
                 * @static
                 * @param {florenetes.portal.v1.TransitLabelCounts.$Properties} message TransitLabelCounts message or plain object to encode
                 * @param {$protobuf.Writer} [writer] Writer to encode to
                 * @returns {$protobuf.Writer} Writer
                 */
                TransitLabelCounts.encode = function (message, writer, _depth) {
                    if (!writer)
                        writer = $Writer.create();
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $util.recursionLimit)
                        throw $Error("max depth exceeded");
                    if (message.link != null && $Object.hasOwnProperty.call(message, "link") && message.link !== 0)
                        writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.link);
                    if (message.label != null && $Object.hasOwnProperty.call(message, "label") && message.label !== 0)
                        writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.label);
                    if (message.packets != null && $Object.hasOwnProperty.call(message, "packets") && (typeof message.packets === "object" ? message.packets.low || message.packets.high : message.packets !== 0))
                        writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.packets);
                    if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                        for (let i = 0; i < message.$unknowns.length; ++i)
                            writer.raw(message.$unknowns[i]);
                    return writer;
                };

                /**
                 * Decodes a TransitLabelCounts message from the specified reader or buffer.
                 * @function decode
                 * @memberof florenetes.portal.v1.TransitLabelCounts
                 * @static
                 * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
                 * @param {number} [length] Message length if known beforehand
                 * @returns {florenetes.portal.v1.TransitLabelCounts & florenetes.portal.v1.TransitLabelCounts.$Shape} TransitLabelCounts
                 * @throws {Error} If the payload is not a reader or valid buffer
                 * @throws {$protobuf.util.ProtocolError} If required fields are missing
                 */
                TransitLabelCounts.decode = function (reader, length, _end, _depth, _target) {
                    if (!(reader instanceof $Reader))
                        reader = $Reader.create(reader);
                    if (_depth === $undefined)
                        _depth = 0;
                    if (_depth > $Reader.recursionLimit)
                        throw $Error("max depth exceeded");
                    let end, message, value;
                    if (length === $undefined)
                        end = reader.len;
                    else {
                        end = reader.pos + length;
                        if (end > reader.len)
                            throw $RangeError("index out of range");
                        length = reader.len;
                        reader.len = end;
                    }
                    message = _target || new $root.florenetes.portal.v1.TransitLabelCounts();
                    while (reader.pos < end) {
                        let start = reader.pos;
                        let tag = reader.tag();
                        if (tag === _end) {
                            _end = $undefined;
                            break;
                        }
                        let wireType = tag & 7;
                        switch (tag >>>= 3) {
                        case 1: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.link = value;
                                else
                                    delete message.link;
                                continue;
                            }
                        case 2: {
                                if (wireType !== 0)
                                    break;
                                if (value = reader.uint32())
                                    message.label = value;
                                else
                                    delete message.label;
                                continue;
                            }
                        case 3: {
                                if (wireType !== 0)
                                    break;
                                if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                    message.packets = value;
                                else
                                    delete message.packets;
                                continue;
                            }
                        }
                        reader.skipType(wireType, _depth, tag);
                        if (!reader.discardUnknown) {
                            $util.makeProp(message, "$unknowns", false);
                            (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                        }
                    }
                    if (length !== $undefined) {
                        if (reader.pos !== end)
                            throw $RangeError("index out of range");
                        reader.len = length;
                    }
                    if (_end !== $undefined)
                        throw $Error("missing end group");
                    return message;
                };

                return TransitLabelCounts;
            })();

            return v1;
        })();

        return portal;
    })();

    return florenetes;
})();

export {
  $root as default
};
