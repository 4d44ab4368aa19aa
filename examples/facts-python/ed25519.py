"""Verifies Ed25519 signatures (RFC 8032, 5.1.7) by the standard library alone: slowly, and of what is public anyway."""

from hashlib import sha512

FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, FIELD) % FIELD
ROOT_OF_MINUS_ONE = pow(2, (FIELD - 1) // 4, FIELD)

# A point (x, y) as X, Y, Z and T: x = X / Z, y = Y / Z, x * y = T / Z (RFC 8032, 5.1.4).
Point = tuple[int, int, int, int]


def read_point(octets: bytes) -> Point | None:
    """The point of 32 octets (RFC 8032, 5.1.3); None where there is none."""
    number = int.from_bytes(octets, "little")
    sign, y = number >> 255, number & (1 << 255) - 1
    if y >= FIELD:
        return None
    u, v = (y * y - 1) % FIELD, (D * y * y + 1) % FIELD
    x = u * pow(v, 3, FIELD) * pow(u * pow(v, 7, FIELD), (FIELD - 5) // 8, FIELD) % FIELD
    if v * x * x % FIELD != u:
        x = x * ROOT_OF_MINUS_ONE % FIELD
        if v * x * x % FIELD != u:
            return None
    if x == 0 and sign == 1:
        return None
    if x & 1 != sign:
        x = FIELD - x
    return x, y, 1, x * y % FIELD


def add(first: Point, second: Point) -> Point:
    a = (first[1] - first[0]) * (second[1] - second[0]) % FIELD
    b = (first[1] + first[0]) * (second[1] + second[0]) % FIELD
    c = 2 * first[3] * second[3] * D % FIELD
    d = 2 * first[2] * second[2] % FIELD
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % FIELD, g * h % FIELD, f * g % FIELD, e * h % FIELD


def multiply(number: int, point: Point) -> Point:
    product: Point = (0, 1, 1, 0)
    while number > 0:
        if number & 1:
            product = add(product, point)
        point = add(point, point)
        number >>= 1
    return product


def is_same(first: Point, second: Point) -> bool:
    return (first[0] * second[2] - second[0] * first[2]) % FIELD == 0 == (
        first[1] * second[2] - second[1] * first[2]
    ) % FIELD


def make_base() -> Point:
    base = read_point((4 * pow(5, -1, FIELD) % FIELD).to_bytes(32, "little"))
    assert base is not None
    return base


BASE = make_base()


def verify(key: bytes, octets: bytes, signature: bytes) -> bool:
    """Whether the signature of 64 octets is the key's on the octets."""
    if len(key) != 32 or len(signature) != 64:
        return False
    public, first = read_point(key), read_point(signature[:32])
    second = int.from_bytes(signature[32:], "little")
    if public is None or first is None or second >= ORDER:
        return False
    digest = int.from_bytes(sha512(signature[:32] + key + octets).digest(), "little") % ORDER
    return is_same(multiply(second, BASE), add(first, multiply(digest, public)))
