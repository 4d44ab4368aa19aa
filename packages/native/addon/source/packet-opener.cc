// Opens packets of QUIC with a short header (RFC 9001, 5), with the OpenSSL that Node exports.
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <string.h>

#include "module.h"

namespace florenetes {
namespace {

constexpr size_t iv_length = 12;
constexpr size_t tag_length = 16;
constexpr size_t sample_length = 16;
constexpr size_t sample_offset = 4;
constexpr size_t packet_number_length_max = 4;
constexpr size_t id_length_max = 20;
constexpr uint8_t phase_bit = 0x04;

/// The fields that both sides of a call read and write, at the beginning of the memory that all openers of a thread share. The frames
/// follow. packet-opener.ts knows the same.
struct Shared {
  double newest;  // in: the highest packet number so far, or -1
  double number;  // out: of the packet that was opened
  double phase;   // in: of the keys in use; out: of the packet that was opened
};
constexpr size_t frames_offset = 64;

/// Results of opening a packet that are no length of frames.
constexpr int32_t not_opened = -1;
constexpr int32_t lacks_key = -2;

struct Suite {
  const EVP_CIPHER* seal;
  const EVP_CIPHER* mask;
  size_t key_length;
  bool is_chacha;
};

bool suite_of(int32_t number, Suite* suite) {
  switch (number) {
    case 0:
      *suite = {EVP_aes_128_gcm(), EVP_aes_128_ecb(), 16, false};
      return true;
    case 1:
      *suite = {EVP_aes_256_gcm(), EVP_aes_256_ecb(), 32, false};
      return true;
    case 2:
      *suite = {EVP_chacha20_poly1305(), EVP_chacha20(), 32, true};
      return true;
  }
  return false;
}

/// The keys of one key phase.
struct PacketKey {
  EVP_CIPHER_CTX* context = nullptr;
  uint8_t iv[iv_length];
};

struct PacketOpener {
  Suite suite;
  size_t id_length = 0;
  EVP_CIPHER_CTX* mask = nullptr;
  PacketKey keys[2];
  /// Bit n: the packet with the number n below the newest was opened.
  unsigned __int128 opened = 0;
  uint8_t* memory = nullptr;
  size_t memory_length = 0;
  napi_ref memory_reference = nullptr;

  ~PacketOpener() { forget(); }

  /// OpenSSL zeroes the keys that it frees. Nothing opens any more.
  void forget() {
    EVP_CIPHER_CTX_free(mask);
    mask = nullptr;
    for (PacketKey& key : keys) {
      drop_key(key);
      OPENSSL_cleanse(key.iv, iv_length);
    }
  }

  bool set_header_key(const uint8_t* key) {
    mask = EVP_CIPHER_CTX_new();
    return mask != nullptr && EVP_EncryptInit_ex(mask, suite.mask, nullptr, key, nullptr) == 1 &&
           EVP_CIPHER_CTX_set_padding(mask, 0) == 1;
  }

  void drop_key(PacketKey& slot) {
    EVP_CIPHER_CTX_free(slot.context);
    slot.context = nullptr;
  }

  bool set_key(PacketKey& slot, const uint8_t* key, const uint8_t* iv) {
    drop_key(slot);
    slot.context = EVP_CIPHER_CTX_new();
    memcpy(slot.iv, iv, iv_length);
    return slot.context != nullptr && EVP_DecryptInit_ex(slot.context, suite.seal, nullptr, key, iv) == 1;
  }

  /// RFC 9001, 5.4: the five bytes that lie over the first byte and the packet number.
  bool mask_of(const uint8_t* sample, uint8_t out[sample_length]) {
    int length;
    if (!suite.is_chacha) return EVP_EncryptUpdate(mask, out, &length, sample, sample_length) == 1;
    const uint8_t zeros[5] = {0};
    return EVP_EncryptInit_ex(mask, nullptr, nullptr, nullptr, sample) == 1 &&
           EVP_EncryptUpdate(mask, out, &length, zeros, sizeof zeros) == 1;
  }

  bool open(PacketKey& key, uint64_t number, const uint8_t* header, size_t header_length, const uint8_t* sealed,
            size_t length, uint8_t* out) {
    uint8_t nonce[iv_length];
    memcpy(nonce, key.iv, iv_length);
    for (size_t i = 0; i < 8; i++) nonce[iv_length - 1 - i] ^= static_cast<uint8_t>(number >> (8 * i));
    uint8_t tag[tag_length];
    memcpy(tag, sealed + length, tag_length);
    int written;
    return EVP_DecryptInit_ex(key.context, nullptr, nullptr, nullptr, nonce) == 1 &&
           EVP_DecryptUpdate(key.context, nullptr, &written, header, static_cast<int>(header_length)) == 1 &&
           EVP_DecryptUpdate(key.context, out, &written, sealed, static_cast<int>(length)) == 1 &&
           EVP_CIPHER_CTX_ctrl(key.context, EVP_CTRL_AEAD_SET_TAG, tag_length, tag) == 1 &&
           EVP_DecryptFinal_ex(key.context, out + written, &written) == 1;
  }
};

/// The whole packet number behind its low octets (RFC 9000, A.3). `newest` is -1 before any.
uint64_t whole_number(int64_t newest, uint64_t truncated, size_t octets) {
  const uint64_t expected = static_cast<uint64_t>(newest + 1);
  const uint64_t window = uint64_t{1} << (8 * octets);
  const uint64_t candidate = (expected & ~(window - 1)) | truncated;
  if (candidate + window / 2 <= expected) return candidate + window;
  if (candidate > expected + window / 2 && candidate >= window) return candidate - window;
  return candidate;
}

constexpr int64_t window = 128;

/// Whether the packet was opened before, or is so old that nobody knows: as quiche has it.
bool is_duplicate(const PacketOpener& opener, int64_t newest, int64_t number) {
  if (number > newest) return false;
  return newest - number >= window || (opener.opened >> (newest - number) & 1) != 0;
}

void note(PacketOpener& opener, int64_t newest, int64_t number) {
  if (number > newest) {
    const int64_t shift = number - newest;
    opener.opened = (shift >= window ? 0 : opener.opened << shift) | 1;
  } else {
    opener.opened |= static_cast<unsigned __int128>(1) << (newest - number);
  }
}

/// Returns the length of the frames, `not_opened` or `lacks_key`. The packet is not changed.
int32_t open_packet(PacketOpener& opener, const uint8_t* packet, size_t length) {
  if (opener.mask == nullptr) return -1;
  const size_t number_at = 1 + opener.id_length;
  if (length < number_at + sample_offset + sample_length || length > opener.memory_length - frames_offset) return not_opened;
  uint8_t mask[sample_length];
  if (!opener.mask_of(packet + number_at + sample_offset, mask)) return not_opened;

  uint8_t header[1 + id_length_max + packet_number_length_max];
  header[0] = packet[0] ^ (mask[0] & 0x1f);
  memcpy(header + 1, packet + 1, opener.id_length);
  const size_t octets = 1 + (header[0] & 0x03);
  uint64_t truncated = 0;
  for (size_t i = 0; i < octets; i++) {
    header[number_at + i] = packet[number_at + i] ^ mask[1 + i];
    truncated = truncated << 8 | header[number_at + i];
  }

  auto* shared = reinterpret_cast<Shared*>(opener.memory);
  const auto newest = static_cast<int64_t>(shared->newest);
  const uint64_t number = whole_number(newest, truncated, octets);
  const int phase = (header[0] & phase_bit) != 0 ? 1 : 0;
  // New keys begin with a new packet number. Of old keys nothing is read any more: those few packets count as lost.
  if (phase != static_cast<int>(shared->phase) && static_cast<int64_t>(number) <= newest) return not_opened;
  if (is_duplicate(opener, newest, static_cast<int64_t>(number))) return not_opened;
  PacketKey& key = opener.keys[phase];
  if (key.context == nullptr) return lacks_key;
  const size_t header_length = number_at + octets;
  const size_t sealed_length = length - header_length - tag_length;
  uint8_t* out = opener.memory + frames_offset;
  if (!opener.open(key, number, header, header_length, packet + header_length, sealed_length, out)) return not_opened;
  note(opener, newest, static_cast<int64_t>(number));
  // The keys that come after these will take the place of the old ones.
  if (phase != static_cast<int>(shared->phase)) opener.drop_key(opener.keys[1 - phase]);
  shared->number = static_cast<double>(number);
  shared->phase = phase;
  return static_cast<int32_t>(sealed_length);
}

PacketOpener* to_opener(napi_env env, napi_value value) {
  void* opener;
  return napi_get_value_external(env, value, &opener) == napi_ok ? static_cast<PacketOpener*>(opener) : nullptr;
}

void release(napi_env env, void* data, void*) {
  auto* opener = static_cast<PacketOpener*>(data);
  if (opener->memory_reference != nullptr) napi_delete_reference(env, opener->memory_reference);
  delete opener;
}

napi_value refuse(napi_env env) {
  napi_throw_type_error(env, nullptr, "a packet opener was given something that it cannot use");
  return nullptr;
}

/// (suite, header key, length of our connection ID, memory) => opener
napi_value create(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  int32_t suite;
  Bytes header_key;
  uint32_t id_length;
  void* memory;
  size_t memory_length;
  auto* opener = new PacketOpener();
  const bool is_usable =
      count == 4 && napi_get_value_int32(env, arguments[0], &suite) == napi_ok && suite_of(suite, &opener->suite) &&
      to_bytes(env, arguments[1], &header_key) && header_key.length == opener->suite.key_length &&
      napi_get_value_uint32(env, arguments[2], &id_length) == napi_ok && id_length <= id_length_max &&
      napi_get_arraybuffer_info(env, arguments[3], &memory, &memory_length) == napi_ok &&
      memory_length > frames_offset && opener->set_header_key(header_key.data) &&
      napi_create_reference(env, arguments[3], 1, &opener->memory_reference) == napi_ok;
  napi_value result;
  if (!is_usable || napi_create_external(env, opener, release, nullptr, &result) != napi_ok) {
    release(env, opener, nullptr);
    return refuse(env);
  }
  opener->id_length = id_length;
  opener->memory = static_cast<uint8_t*>(memory);
  opener->memory_length = memory_length;
  return result;
}

/// (opener, key phase, key, iv)
napi_value set_key(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value arguments[4];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  uint32_t phase;
  Bytes key;
  Bytes iv;
  PacketOpener* opener = count == 4 ? to_opener(env, arguments[0]) : nullptr;
  const bool is_usable = opener != nullptr && napi_get_value_uint32(env, arguments[1], &phase) == napi_ok && phase <= 1 &&
                         to_bytes(env, arguments[2], &key) && key.length == opener->suite.key_length &&
                         to_bytes(env, arguments[3], &iv) && iv.length == iv_length &&
                         opener->set_key(opener->keys[phase], key.data, iv.data);
  return is_usable ? nullptr : refuse(env);
}

/// (opener, packet) => length of the frames, -1, or -2 when there is no key of the packet's phase
napi_value open(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2];
  napi_get_cb_info(env, info, &count, arguments, nullptr, nullptr);
  Bytes packet;
  PacketOpener* opener = count == 2 ? to_opener(env, arguments[0]) : nullptr;
  if (opener == nullptr || !to_bytes(env, arguments[1], &packet)) return refuse(env);
  return to_js(env, open_packet(*opener, packet.data, packet.length));
}

/// (opener)
napi_value forget(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value argument;
  napi_get_cb_info(env, info, &count, &argument, nullptr, nullptr);
  PacketOpener* opener = to_opener(env, argument);
  if (opener == nullptr) return refuse(env);
  opener->forget();
  return nullptr;
}

}  // namespace

void register_packet_opener(napi_env env, napi_value exports) {
  add_function(env, exports, "createPacketOpener", create);
  add_function(env, exports, "setPacketKey", set_key);
  add_function(env, exports, "openPacket", open);
  add_function(env, exports, "forgetPacketKeys", forget);
}

}  // namespace florenetes
