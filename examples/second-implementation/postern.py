"""Octets to meaning and back, PROTOCOL.md sections 1 to 5, 8, 9 and 11. Knows no socket."""
import base64
import time
import zlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from noise import nonce, open_sealed, path_key, sha256
from tables import Fault, T, pack, unpack

P = 2**255 - 19
SMALL_ORDER = {  # y coordinates of the points whose order divides 8
    0, 1, P - 1,
    int.from_bytes(bytes.fromhex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'), 'little'),
    int.from_bytes(bytes.fromhex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'), 'little'),
}
SKEW_MS, AHEAD_MS = 600_000, 180 * 86_400_000


def now_ms():
    return int(time.time() * 1000)


def id_text(node_id):
    bits = int.from_bytes(node_id, 'big') << 4
    return ''.join(T['ID']['alphabet'][bits >> shift & 31] for shift in range(255, -1, -5))


# --- signatures (section 1)


def signed_octets(context, message):
    return bytes([len(context)]) + context + message


def verify(public_key, context, message, signature):
    y = int.from_bytes(public_key, 'little') & (2**255 - 1)
    if y >= P or y in SMALL_ORDER:
        raise Fault('bad-public-key')
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, signed_octets(context, message))
    except (InvalidSignature, ValueError):
        raise Fault('bad-signature') from None


# --- messages and batches (sections 2 and 9)


def message(kind, body=b''):
    return pack('HEADER', body, size=len(body), type=T['TYPE'].get(kind, kind))


def messages(octets):
    """All messages in `octets`, as (name or number of the type, body)."""
    names, found = {number: name for name, number in T['TYPE'].items()}, []
    while octets:
        header = unpack('HEADER', octets)
        size, kind, rest = header['size'], header['type'], header['body']
        if size > len(rest) or kind == 0:
            raise Fault('HEADER: truncated or of type 0')
        found.append((names.get(kind, kind), rest[:size]))
        octets = rest[size:]
    return found


# --- HELO and card (sections 3 and 4)


def before(table, field):
    return T[table][field][0]


def sign_helo(key, address, **fields):
    draft = pack('HELO', address, version=T['NUMBER']['version'], senderAddressSize=len(address), **fields)
    covered = draft[: before('HELO', 'signature')] + address
    signature = key.sign(signed_octets(T['CONTEXT']['helo'], covered))
    return pack('HELO', address, version=T['NUMBER']['version'], senderAddressSize=len(address), signature=signature, **fields)


def read_helo(octets, now):
    helo, number = unpack('HELO', octets), T['NUMBER']
    if helo['version'] != number['version']:
        raise Fault('HELO: unknown-version')
    if helo['flags'] & ~(number['mayGossip'] | number['withdrawn']):
        raise Fault('HELO: reserved-flags')
    is_addressless = helo['protocol'] == 0
    if (helo['mtu'] == 0) != is_addressless or helo['mtu'] > 1_048_576:
        raise Fault('HELO: bad-mtu')
    if (helo['senderAddressSize'] == 0) != is_addressless or helo['senderAddressSize'] > 512:
        raise Fault('HELO: bad-address-size')
    if max(helo['sequence'], helo['expiration']) >= 2**53:
        raise Fault('HELO: bad-number')
    if len(helo['senderAddress']) != helo['senderAddressSize']:
        raise Fault('HELO: truncated')
    if not now - SKEW_MS <= helo['expiration'] <= now + AHEAD_MS + SKEW_MS:
        raise Fault('HELO: expired or too-far-ahead')
    covered = octets[: before('HELO', 'signature')] + helo['senderAddress']
    verify(helo['publicKey'], T['CONTEXT']['helo'], covered, helo['signature'])
    return helo | {'nodeId': sha256(helo['publicKey']), 'octets': octets}


def card_text(helos):
    size = T['CARD']['lengthOctets']
    entries = b''.join(len(helo).to_bytes(size, 'big') + helo for helo in helos)
    card = pack('CARD', entries, version=T['NUMBER']['version'], count=len(helos))
    return T['CARD']['scheme'] + base64.urlsafe_b64encode(card).decode().rstrip('=')


def read_card(text, now):
    scheme, text = T['CARD']['scheme'], ''.join(text.split())
    if text[: len(scheme)].lower() != scheme:
        raise Fault('not-a-card')
    card = unpack('CARD', base64.urlsafe_b64decode(text[len(scheme) :] + '=' * (-len(text[len(scheme) :]) % 4)))
    if card['version'] != T['NUMBER']['version'] or not 1 <= card['count'] <= 16:
        raise Fault('CARD: unknown-version or bad-count')
    rest, helos, size = card['helos'], [], T['CARD']['lengthOctets']
    for _ in range(card['count']):
        length = int.from_bytes(rest[:size], 'big')
        one, rest = rest[size : size + length], rest[size + length :]
        if one[:1] == bytes([T['NUMBER']['version']]):  # those of a later version are passed over
            helos.append(read_helo(one, now))
    if rest or len({(helo['publicKey'], helo['linkKey']) for helo in helos}) != 1:
        raise Fault('CARD: trailing or mixed-identities')
    return helos


def address_octets(host, port):
    return pack('ADDRESS', ipv4=bytes(map(int, host.split('.'))), port=port)


def endpoint(address):
    fields = unpack('ADDRESS', address)
    return '.'.join(map(str, fields['ipv4'].to_bytes(4, 'big'))), fields['port']


# --- PING and PONG (section 8)

ASKED = ('challenge', 'target', 'asker', 'protocol')


def ping(address, **fields):
    rest = address + bytes(T['PING']['padding'])
    return pack('PING', rest, version=T['NUMBER']['version'], addressSize=len(address), **fields)


def read_ping(octets):
    asked = unpack('PING', octets)
    size, rest = asked['addressSize'], asked['address']
    if asked['version'] != T['NUMBER']['version'] or not 1 <= size <= 512 or len(rest) < size + T['PING']['padding']:
        raise Fault('PING: unknown-version, bad-address-size or truncated')
    if any(rest[size:]):
        raise Fault('PING: reserved-flags')
    return asked | {'address': rest[:size]}


def sign_pong(key, asked, observed):
    fields = {name: asked[name] for name in ASKED}
    fields |= {'version': T['NUMBER']['version'], 'addressSize': len(asked['address']), 'observedSize': len(observed)}
    rest = asked['address'] + observed
    covered = pack('PONG', rest, **fields)[: before('PONG', 'signature')] + rest
    return pack('PONG', rest, signature=key.sign(signed_octets(T['CONTEXT']['pong'], covered)), **fields)


def read_pong(octets, asked, public_key):
    """Where the answerer saw us; a Fault when it does not answer `asked` (what read_ping gives)."""
    pong, at = unpack('PONG', octets), before('PONG', 'signature')
    address, observed = pong['address'][: pong['addressSize']], pong['address'][pong['addressSize'] :]
    if pong['version'] != T['NUMBER']['version'] or len(observed) != pong['observedSize'] or len(observed) > 64:
        raise Fault('PONG: unknown-version, bad-address-size, truncated or trailing')
    if any(pong[name] != asked[name] for name in ASKED) or address != asked['address']:
        raise Fault('not-the-answer')
    verify(public_key, T['CONTEXT']['pong'], octets[:at] + pong['address'], pong['signature'])
    return observed


# --- datagrams (section 5) and link frames (section 11)


def datagram(sender, msg, encrypted=False):
    flags, crc = (T['DATAGRAM']['encrypted'], 0) if encrypted else (0, zlib.crc32(msg))
    return pack('DATAGRAM', msg, version=T['NUMBER']['version'], flags=flags, sender=sender, crc=crc)


def read_datagram(octets):
    """The claimed sender, whether the message is encrypted, and the message."""
    fields = unpack('DATAGRAM', octets)
    encrypted = fields['flags'] == T['DATAGRAM']['encrypted']
    if fields['version'] != T['NUMBER']['version'] or fields['flags'] not in (0, T['DATAGRAM']['encrypted']):
        raise Fault('DATAGRAM: unknown-version or reserved-flags')
    if fields['crc'] != (0 if encrypted else zlib.crc32(fields['msg'])):
        raise Fault('DATAGRAM: bad crc')
    return fields['sender'], encrypted, fields['msg']


class Epoch:
    """The two secrets of a handshake, for frames that travel by UDP."""

    def __init__(self, send, receive, own_index, peer_index):
        self.send, self.receive, self.own_index, self.peer_index = send, receive, own_index, peer_index
        self.counters, self.sealed_at, self.opened, self.highest_at = {}, {}, {}, {}

    def seal(self, path_id, batch):
        counter = self.counters[path_id] = self.counters.get(path_id, -1) + 1
        self.sealed_at[path_id, counter] = time.monotonic()
        header = pack('FRAME', receiverIndex=self.peer_index, pathId=path_id, counter=counter)
        key = path_key(self.send, T['NUMBER']['udp'], path_id)
        return header + ChaCha20Poly1305(key).encrypt(nonce(counter), batch, header)

    def open(self, octets):
        frame = unpack('FRAME', octets)
        path_id, counter = frame['pathId'], frame['counter']
        if frame['receiverIndex'] != self.own_index or counter in self.opened.get(path_id, ()):
            raise Fault('FRAME: another epoch, or replayed')
        key = path_key(self.receive, T['NUMBER']['udp'], path_id)
        batch = open_sealed(key, nonce(counter), frame['sealed'], octets[: before('FRAME', 'sealed')])
        opened = self.opened.setdefault(path_id, set())
        if counter > max(opened, default=-1):
            self.highest_at[path_id] = time.monotonic()
        opened.add(counter)
        return batch

    def report(self):
        return b''.join(
            pack('REPORT', pathId=path, counter=max(opened), received=len(opened), ageMs=ms_since(self.highest_at[path]))
            for path, opened in self.opened.items()
        )

    def check_report(self, octets):
        """A Fault when it cannot be true, or says that a frame was lost: on one machine none is, and none overtakes another."""
        for path_id, (counter, received, age_ms) in read_report(octets).items():
            if (path_id, counter) not in self.sealed_at:
                raise Fault('REPORT: of a frame that was never sent')
            if received != counter + 1:
                raise Fault(f'REPORT: {received} opened of {counter + 1}')
            if age_ms > ms_since(self.sealed_at[path_id, counter]) + 1:  # both are rounded
                raise Fault(f'REPORT: opened {age_ms} ms ago, before it was sent')


def ms_since(moment):
    return round(1000 * (time.monotonic() - moment))


def read_report(octets):
    """What arrived, by path id: the highest counter, how many, and how many ms ago the highest did."""
    size, found = before('REPORT', 'next'), {}
    if not octets or len(octets) > 16 * size:
        raise Fault('REPORT: empty or trailing')
    while octets:
        fields = unpack('REPORT', octets)
        if max(fields['counter'], fields['received']) >= 2**53:
            raise Fault('REPORT: bad-number')
        found[fields['pathId']], octets = (fields['counter'], fields['received'], fields['ageMs']), fields['next']
    return found


# --- fragments (section 9)


def fragments(message_id, kind, body, size):
    parts = [(at, body[at : at + size]) for at in range(0, len(body), size)]
    return [pack('FRAGMENT', part, messageId=message_id, type=kind, total=len(body), at=at) for at, part in parts]


class Reassembly:
    def __init__(self):
        self.parts = {}

    def add(self, octets):
        """The whole message, as (type, body), once every part is there."""
        fragment = unpack('FRAGMENT', octets)
        part, at, total, kind = fragment['part'], fragment['at'], fragment['total'], fragment['type']
        if not part or kind in (0, T['TYPE']['FRAGMENT']) or at + len(part) > total:
            raise Fault('FRAGMENT: truncated or bad-number')
        known = self.parts.setdefault((fragment['messageId'], kind, total), {})
        known[at] = part
        if sum(map(len, known.values())) < total:
            return None
        return kind, b''.join(known[start] for start in sorted(known))
