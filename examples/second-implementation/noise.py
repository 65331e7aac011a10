"""The handshake of PROTOCOL.md section 10: Noise_IK_25519_ChaChaPoly_SHA256 (revision 34), hint, macs and cookies; and the path
keys of section 11. Knows no message and no socket."""
import hashlib
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from tables import Fault, T


def sha256(*parts):
    return hashlib.sha256(b''.join(parts)).digest()


def mac(key, octets):
    return hmac.new(key, octets, hashlib.sha256).digest()[: T['FIRST']['macOctets']]


def public(key):
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def nonce(counter):
    zeros = T['NOISE']['nonceZeros']
    return bytes(zeros) + counter.to_bytes(12 - zeros, 'little')


def open_sealed(key, nonce_, sealed, associated):
    try:
        return ChaCha20Poly1305(key).decrypt(nonce_, sealed, associated)
    except InvalidTag:
        raise Fault('forged, or sealed with another key') from None


def hkdf(salt, secret, info=b'', outputs=1):
    """RFC 5869 with SHA-256; Noise's HKDF is the one without info."""
    prk, block, out = hmac.new(salt or bytes(32), secret, hashlib.sha256).digest(), b'', []
    for at in range(1, outputs + 1):
        block = hmac.new(prk, block + info + bytes([at]), hashlib.sha256).digest()
        out.append(block)
    return out


def hint(link_key):
    return int.from_bytes(sha256(T['LABEL']['hint'], link_key)[:4], 'big')


def with_macs(link_key, first, cookie=None):
    """`first` with mac1, and with mac2 if there is a cookie; `link_key` is the responder's."""
    covered = first + mac(sha256(T['LABEL']['mac1'], link_key), first)
    return covered + (mac(cookie, covered) if cookie else bytes(T['FIRST']['macOctets']))


def split_macs(octets):
    """A first message as (all before the macs, mac1, mac2)."""
    size = T['FIRST']['macOctets']
    return octets[: -2 * size], octets[-2 * size : -size], octets[-size:]


def seal_cookie(link_key, nonce_, cookie, mac1):
    return ChaCha20Poly1305(sha256(T['LABEL']['cookie'], link_key)).encrypt(nonce_, cookie, mac1)


def open_cookie(link_key, nonce_, sealed, mac1):
    return open_sealed(sha256(T['LABEL']['cookie'], link_key), nonce_, sealed, mac1)


def path_key(secret, protocol, path_id):
    [of_protocol] = hkdf(b'', secret, T['LABEL']['protocol'] + protocol.to_bytes(2, 'big'))
    return hkdf(b'', of_protocol, T['LABEL']['path'] + path_id.to_bytes(2, 'big'))[0]


class Handshake:
    """One side of IK; `responder_key` is the static public key of the responder, which both know."""

    def __init__(self, own, responder_key, initiator_id, responder_id):
        name = T['NOISE']['name']
        self.own, self.remote, self.ephemeral = own, responder_key, X25519PrivateKey.generate()
        self.hash = self.chain = name.ljust(32, b'\0') if len(name) <= 32 else sha256(name)
        self.key, self.counter = None, 0
        self.mix_hash(T['NOISE']['prologue'] + initiator_id + responder_id)
        self.mix_hash(responder_key)

    def mix_hash(self, octets):
        self.hash = sha256(self.hash, octets)

    def mix_key(self, private, public_):
        shared = private.exchange(X25519PublicKey.from_public_bytes(public_))
        (self.chain, self.key), self.counter = hkdf(self.chain, shared, outputs=2), 0

    def seal(self, octets):
        sealed = ChaCha20Poly1305(self.key).encrypt(nonce(self.counter), octets, self.hash)
        self.counter += 1
        self.mix_hash(sealed)
        return sealed

    def open(self, sealed):
        octets = open_sealed(self.key, nonce(self.counter), sealed, self.hash)
        self.counter += 1
        self.mix_hash(sealed)
        return octets

    def write_first(self, payload):
        ephemeral = public(self.ephemeral)
        self.mix_hash(ephemeral)
        self.mix_key(self.ephemeral, self.remote)
        static = self.seal(public(self.own))
        self.mix_key(self.own, self.remote)
        return ephemeral, static, self.seal(payload)

    def read_first(self, ephemeral, static, sealed):
        self.mix_hash(ephemeral)
        self.mix_key(self.own, ephemeral)
        self.remote, self.remote_ephemeral = self.open(static), ephemeral
        self.mix_key(self.own, self.remote)
        return self.open(sealed)

    def write_second(self, payload):
        ephemeral = public(self.ephemeral)
        self.mix_hash(ephemeral)
        self.mix_key(self.ephemeral, self.remote_ephemeral)
        self.mix_key(self.ephemeral, self.remote)
        return ephemeral, self.seal(payload)

    def read_second(self, ephemeral, sealed):
        self.mix_hash(ephemeral)
        self.mix_key(self.ephemeral, ephemeral)
        self.mix_key(self.own, ephemeral)
        return self.open(sealed)

    def split(self):
        """The secret of what the initiator sends, and of what the responder sends."""
        return hkdf(self.chain, b'', outputs=2)
