"""A node with two UDP sockets and at most one link. What it receives becomes events; whatever is not as PROTOCOL.md says is a
Fault and ends it: its one correspondent is honest, so any surprise means that one of the two is wrong."""
import os
import random
import select
import socket
import time

import postern
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from noise import Handshake, hint, mac, open_cookie, public, seal_cookie, sha256, split_macs, with_macs
from postern import message, now_ms
from tables import Fault, T, pack, unpack

MTU, FRAME_OCTETS, AGAIN_S, BOUND_S, FRAGMENT_OCTETS, FLOODS = 1434, 30, 1, 10, 1000, 5
FIRST_APPLICATION = 256


def bind(host):
    one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    one.bind((host, 0))
    return one


class Node:
    def __init__(self, host, patience, under_load, say):
        self.key, self.link_key = Ed25519PrivateKey.generate(), X25519PrivateKey.generate()
        self.public = public(self.key)
        self.id, self.sequence = sha256(self.public), 0
        self.patience, self.under_load, self.say = patience, under_load, say
        self.sockets, self.deadline = [bind(host), bind(host)], time.monotonic() + BOUND_S
        self.addresses = [postern.address_octets(*one.getsockname()) for one in self.sockets]
        self.peer, self.via = None, 0  # where the other side is, and by which of our sockets we send frames
        self.events, self.paths, self.reassembly = [], {}, postern.Reassembly()
        self.epoch, self.answered, self.secret, self.is_confirmed = None, (None, None), os.urandom(32), False

    def helo(self, via=0, flag='mayGossip'):
        """Of one of our sockets; `withdrawn`: it is ours no more."""
        self.sequence = max(self.sequence + 1, now_ms())
        return postern.sign_helo(
            self.key, self.addresses[via], flags=T['NUMBER'][flag], protocol=T['NUMBER']['udp'], publicKey=self.public,
            linkKey=public(self.link_key), mtu=MTU, maxLatencyMs=1000, sequence=self.sequence,
            expiration=now_ms() + 3_600_000,
        )

    # --- sending

    def clear(self, kind, body, via=0, to=None):
        self.sockets[via].sendto(postern.datagram(self.id, message(kind, body)), to or self.peer)

    def frame(self, *inside, via=None):
        """Path ids ascend in the order in which sockets are first used for frames."""
        via = self.via if via is None else via
        path = self.paths.setdefault(via, len(self.paths))
        sealed = self.epoch.seal(path, b''.join(inside))
        self.sockets[via].sendto(postern.datagram(self.id, sealed, encrypted=True), self.peer)

    def ask(self, helo):
        """A PING of the address in `helo`: as a body, and as read_ping gives it."""
        fields = {'challenge': os.urandom(16), 'target': helo['nodeId'], 'asker': self.id, 'protocol': helo['protocol']}
        body = postern.ping(helo['senderAddress'], **fields)
        return body, postern.read_ping(body)

    def pong(self, helo, asked, again=lambda: None):
        """Waits for the PONG to what `ask` gave; where the other side saw us."""
        is_answer = lambda body: unpack('PONG', body)['challenge'] == asked['challenge']  # a repeated PING may have two
        return postern.read_pong(self.wait('PONG', wanted=is_answer, again=again)[1], asked, helo['publicKey'])

    # --- receiving

    def wait(self, *kinds, wanted=lambda _: True, again=lambda: None):
        """The first event of these kinds that is wanted, as (kind, value); `again` repeats the question."""
        until, next_again = min(time.monotonic() + self.patience, self.deadline), time.monotonic() + AGAIN_S
        while True:
            for event in self.events:
                if event[0] in kinds and wanted(event[1]):
                    self.events.remove(event)
                    return event
            now = time.monotonic()
            if now >= until:
                raise Fault(f'waited for {" or ".join(kinds)} in vain')
            if now >= next_again:
                again()
                next_again = now + AGAIN_S
            for ready in select.select(self.sockets, [], [], min(until, next_again) - now)[0]:
                self.take(*ready.recvfrom(65_536), self.sockets.index(ready))

    def take(self, octets, source, via):
        sender, encrypted, msg = postern.read_datagram(octets)
        if encrypted:
            return self.take_frame(msg, source, via)
        [(kind, body)] = postern.messages(msg)
        if kind == 'PING':
            self.clear('PONG', self.answer_ping(body, source, sender), via, source)
            self.events.append(('pinged', via))
        elif kind == 'FIRST':
            self.take_first(body, source, sender, len(msg))
        elif kind in ('SECOND', 'COOKIE'):
            self.events.append((kind, unpack(kind, body)))
        elif kind == 'PONG':
            self.events.append((kind, body))
        else:
            raise Fault(f'{kind} in the clear')

    def take_frame(self, msg, source, via):
        inside = postern.messages(self.epoch.open(msg))
        if not self.is_confirmed:
            self.is_confirmed, self.peer = True, self.peer or source
            self.events.append(('confirmed', None))
        for kind, body in inside:
            if kind == 'CHALLENGE':
                self.frame(message('ECHO', body), via=via)
                self.say(f'CHALLENGE: of {len(msg)} octets at socket {via}, echoed')
                self.events.append(('challenged', len(msg)))
            elif kind == 'PING':
                self.frame(message('PONG', self.answer_ping(body, source)))
            elif kind == 'FRAGMENT':
                whole = self.reassembly.add(body)
                self.events += [] if whole is None else [('application', (*whole, b'later '))]
            elif isinstance(kind, int) and kind >= FIRST_APPLICATION:
                self.events.append(('application', (kind, body, b'later ')))
            elif kind == 'HELO':
                postern.read_helo(body, now_ms())
            elif kind == 'REPORT':
                self.epoch.check_report(body)
                self.events.append((kind, body))
            elif kind in ('PONG', 'ECHO', 'CLOSE'):
                self.events.append((kind, body))
            elif kind != 'PADDING':  # which is passed over, whatever is in it
                raise Fault(f'{kind} inside a link')
        if not inside or any(kind not in ('REPORT', 'CLOSE') for kind, _ in inside):
            self.frame(message('REPORT', self.epoch.report()))

    def answer_ping(self, body, source, sender=None):
        asked = postern.read_ping(body)
        if asked['target'] != self.id or asked['address'] not in self.addresses or sender not in (None, asked['asker']):
            raise Fault('PING: not-ours')
        return postern.sign_pong(self.key, asked, postern.address_octets(*source)[:4])

    # --- the handshake

    def take_batch(self, batch, node_id, link_key):
        """HELOs of the other side first; the rest."""
        helos = [postern.read_helo(body, now_ms()) for kind, body in batch if kind == 'HELO']
        if not 1 <= len(helos) <= 3 or any(kind != 'HELO' for kind, _ in batch[: len(helos)]):
            raise Fault('handshake: not one to three HELOs, first')
        if any(one['nodeId'] != node_id or one['linkKey'] != link_key for one in helos):
            raise Fault('handshake: HELO of another node or with another link key')
        return batch[len(helos) :]

    def dial(self, helo, inside):
        """First message, the same with a cookie if one is asked for, second message; the rest of the batch in that."""
        for _ in range(FLOODS):
            link_key, index = helo['linkKey'], random.getrandbits(32)
            noise = Handshake(self.link_key, link_key, self.id, helo['nodeId'])
            ephemeral, static, payload = noise.write_first(message('HELO', self.helo()) + inside)
            fields = {'senderIndex': index, 'hint': hint(link_key), 'ephemeral': ephemeral, 'sealedStatic': static}
            first = with_macs(link_key, pack('FIRST', payload, **fields))
            if self.under_load:
                self.flood(link_key)
            kind, second = self.answer_to(index, first, 'SECOND', 'COOKIE')
            if kind == 'COOKIE' or not self.under_load:
                break  # else the flood was too slow: once more
        if kind == 'COOKIE':
            unmaced, mac1, _ = split_macs(first)
            proven = with_macs(link_key, unmaced, open_cookie(link_key, second['nonce'], second['sealedCookie'], mac1))
            self.say('cookie: opened; the same first message again, with mac2')
            _, second = self.answer_to(index, proven, 'SECOND')
        elif self.under_load:
            raise Fault('no cookie was asked for')
        batch = postern.messages(noise.read_second(second['ephemeral'], second['payload']))
        ours, theirs = noise.split()
        self.epoch = postern.Epoch(ours, theirs, index, second['senderIndex'])
        return self.take_batch(batch, helo['nodeId'], link_key)

    def answer_to(self, index, first, *kinds):
        self.clear('FIRST', first)
        wanted = lambda answer: answer['receiverIndex'] == index  # another one is for an earlier handshake
        return self.wait(*kinds, wanted=wanted, again=lambda: self.clear('FIRST', first))

    def flood(self, link_key):
        """More first messages than the other side takes without a cookie, from another source, all of them nonsense."""
        other = bind(f'127.2.{random.randint(1, 254)}.{random.randint(1, 254)}')
        for at in range(400):
            fields = {'senderIndex': at, 'hint': hint(link_key), 'ephemeral': os.urandom(32), 'sealedStatic': os.urandom(48)}
            first = with_macs(link_key, pack('FIRST', os.urandom(16), **fields))
            other.sendto(postern.datagram(os.urandom(32), message('FIRST', first)), self.peer)

    def take_first(self, body, source, sender, octets):
        own, first, (unmaced, mac1, mac2) = public(self.link_key), unpack('FIRST', body), split_macs(body)
        if first['hint'] != hint(own) or with_macs(own, unmaced)[: -len(mac2)] != unmaced + mac1:
            raise Fault('FIRST: bad hint or mac1')
        cookie = mac(self.secret, source[0].encode())
        if self.under_load and with_macs(own, unmaced, cookie) != body:
            nonce = os.urandom(12)
            sealed = seal_cookie(own, nonce, cookie, mac1)
            answer = pack('COOKIE', receiverIndex=first['senderIndex'], nonce=nonce, sealedCookie=sealed)
            self.say('cookie: asked for')
            return self.clear('COOKIE', answer, 0, source)
        if self.answered[0] != first['ephemeral']:
            self.answered = (first['ephemeral'], self.answer_first(first, split_macs(first['payload'])[0], source, sender))
            self.say(f'handshake: answered {postern.id_text(sender)}')
        if len(message('SECOND', self.answered[1])) > octets:
            raise Fault('SECOND: larger than the first message')
        self.clear('SECOND', self.answered[1], 0, source)

    def answer_first(self, first, payload, source, sender):
        """The second message."""
        noise = Handshake(self.link_key, public(self.link_key), sender, self.id)
        batch = postern.messages(noise.read_first(first['ephemeral'], first['sealedStatic'], payload))
        answers = message('HELO', self.helo())
        for kind, body in self.take_batch(batch, sender, noise.remote):
            if kind == 'PING':
                answers += message('PONG', self.answer_ping(body, source))
            else:
                self.events.append(('application', (kind, body, b'early ')))
        ephemeral, sealed = noise.write_second(answers)
        theirs, ours = noise.split()
        self.epoch = postern.Epoch(ours, theirs, random.getrandbits(32), first['senderIndex'])
        indices = {'senderIndex': self.epoch.own_index, 'receiverIndex': first['senderIndex']}
        return pack('SECOND', sealed, ephemeral=ephemeral, **indices)
