"""Every constant and offset of PROTOCOL.md that this implementation uses, copied from its tables by hand: nothing is imported
from the repository. Rows are (offset, octets); 0 octets: up to the end. `change` spoils one entry, to see that it matters."""

T = {
    # Section 1
    'ID': {'alphabet': '0123456789ABCDEFGHJKMNPQRSTVWXYZ'},
    'CONTEXT': {'helo': b'postern/1 helo', 'pong': b'postern/1 pong'},
    # Section 2
    'HEADER': {'size': (0, 2), 'type': (2, 2), 'body': (4, 0)},
    # Section 3
    'HELO': {
        'version': (0, 1), 'flags': (1, 1), 'protocol': (2, 2), 'publicKey': (4, 32), 'linkKey': (36, 32), 'mtu': (68, 4),
        'maxLatencyMs': (72, 4), 'sequence': (76, 8), 'expiration': (84, 8), 'senderAddressSize': (92, 2),
        'signature': (94, 64), 'senderAddress': (158, 0),
    },
    # Section 4
    'CARD': {'version': (0, 1), 'count': (1, 1), 'helos': (2, 0), 'lengthOctets': 2, 'scheme': 'postern:card:'},
    # Section 5
    'DATAGRAM': {'version': (0, 1), 'flags': (1, 1), 'sender': (2, 32), 'crc': (34, 4), 'msg': (38, 0), 'encrypted': 1},
    'ADDRESS': {'ipv4': (0, 4), 'port': (4, 2)},
    # Section 8
    'PING': {
        'version': (0, 1), 'challenge': (1, 16), 'target': (17, 32), 'asker': (49, 32), 'protocol': (81, 2),
        'addressSize': (83, 2), 'address': (85, 0), 'padding': 130,
    },
    'PONG': {
        'version': (0, 1), 'challenge': (1, 16), 'target': (17, 32), 'asker': (49, 32), 'protocol': (81, 2),
        'addressSize': (83, 2), 'observedSize': (85, 2), 'signature': (87, 64), 'address': (151, 0),
    },
    # Section 9
    'FRAGMENT': {'messageId': (0, 4), 'type': (4, 2), 'total': (6, 2), 'at': (8, 2), 'part': (10, 0)},
    # Section 10
    'NOISE': {'name': b'Noise_IK_25519_ChaChaPoly_SHA256', 'prologue': b'postern/1', 'nonceZeros': 4},
    'LABEL': {
        'hint': b'postern/1 hint', 'mac1': b'postern/1 mac1', 'cookie': b'postern/1 cookie',
        'protocol': b'postern/1 protocol', 'path': b'postern/1 path',
    },
    'FIRST': {
        'senderIndex': (0, 4), 'hint': (4, 4), 'ephemeral': (8, 32), 'sealedStatic': (40, 48), 'payload': (88, 0),
        'macOctets': 16,
    },
    'SECOND': {'senderIndex': (0, 4), 'receiverIndex': (4, 4), 'ephemeral': (8, 32), 'payload': (40, 0)},
    'COOKIE': {'receiverIndex': (0, 4), 'nonce': (4, 12), 'sealedCookie': (16, 32)},
    # Section 11
    'FRAME': {'receiverIndex': (0, 4), 'pathId': (4, 2), 'counter': (6, 8), 'sealed': (14, 0)},
    'REPORT': {'pathId': (0, 2), 'counter': (2, 8), 'received': (10, 8), 'ageMs': (18, 4), 'next': (22, 0)},
    # PROTOCOL-NUMBERS.md
    'TYPE': {
        'HELO': 1, 'PING': 2, 'PONG': 3, 'FIRST': 4, 'SECOND': 5, 'COOKIE': 6, 'FRAGMENT': 7, 'CHALLENGE': 8, 'ECHO': 9,
        'REPORT': 10, 'CLOSE': 11, 'PADDING': 12,
    },
    'NUMBER': {'version': 1, 'udp': 1, 'mayGossip': 1, 'withdrawn': 2},
}

NAMES = [f'{table}.{entry}' for table, entries in T.items() for entry in entries]


def change(name):
    """The entry `name` is wrong from now on: an offset or a number by one, a text by a turn of its letters."""
    table, entry = name.split('.')
    value = T[table][entry]
    if isinstance(value, tuple):
        T[table][entry] = (value[0] + 1, value[1])
    else:
        T[table][entry] = value + 1 if isinstance(value, int) else value[1:] + value[:1]


class Fault(Exception):
    """Octets from outside that are not what PROTOCOL.md says."""


def rows(table):
    return {name: row for name, row in T[table].items() if isinstance(row, tuple)}


def pack(table, rest=b'', **fields):
    """The fields of a table as octets, then `rest`. Whole numbers are big-endian."""
    out = bytearray(max(at + octets for at, octets in rows(table).values()))
    for name, value in fields.items():
        at, octets = T[table][name]
        out[at : at + octets] = value.to_bytes(octets, 'big') if isinstance(value, int) else check(value, octets)
    return bytes(out) + rest


def unpack(table, octets):
    """The fields of a table by name; those of at most 8 octets are whole numbers."""
    if len(octets) < max(at + size for at, size in rows(table).values()):
        raise Fault(f'{table}: truncated')
    values = {name: octets[at : at + size] if size else octets[at:] for name, (at, size) in rows(table).items()}
    return {name: int.from_bytes(v, 'big') if 0 < T[table][name][1] <= 8 else v for name, v in values.items()}


def check(value, octets):
    if len(value) != octets:
        raise ValueError(f'{len(value)} octets, expected {octets}')
    return value
