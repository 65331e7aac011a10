"""A node that speaks Postern over UDP on loopback, written from PROTOCOL.md alone.

    peer.py CARD ID             dials the node of this card, which must have this id, and tries everything with it
    peer.py --listen            prints its own card and waits to be dialled
    peer.py --change NAME ...   the same, with one entry of tables.py spoilt: it must fail
    peer.py --each CARD ID      dials once for every entry of tables.py, spoilt; prints which of them made no difference

What it sends as an application (type 32769) it wants back with `early ` or `later ` before it; 32770 asks the other side to close.
Nothing of this waits longer than ten seconds. Exit code 0: all went as PROTOCOL.md says.
"""
import argparse
import multiprocessing
import os
import random
import sys

import postern
import tables
from node import FRAGMENT_OCTETS, FRAME_OCTETS, MTU, Node
from postern import message, now_ms
from tables import Fault, T

ECHO_PLEASE, CLOSE_PLEASE = 0x8001, 0x8002
NEEDS_COOKIE = ('LABEL.cookie', 'TYPE.COOKIE', 'COOKIE.receiverIndex', 'COOKIE.nonce', 'COOKIE.sealedCookie')


def is_plausible(helo):
    """What the udp address of an honest node on this machine looks like: neither slow nor withdrawn nor of another time."""
    flags, sent = helo['flags'], helo['sequence']
    is_udp = helo['protocol'] == T['NUMBER']['udp'] and len(helo['senderAddress']) == 6 and 500 < helo['mtu'] <= MTU
    is_current = flags & T['NUMBER']['mayGossip'] and not flags & T['NUMBER']['withdrawn'] and abs(sent - now_ms()) < 86_400_000
    return is_udp and is_current and helo['maxLatencyMs'] <= 60_000


def call(node, card, expected):
    helo = next(filter(is_plausible, postern.read_card(card, now_ms())), None)
    if helo is None or postern.id_text(helo['nodeId']) != expected:
        raise Fault('CARD: no plausible udp address, or of another node')
    node.peer = postern.endpoint(helo['senderAddress'])
    node.say(f'card: {expected} at {node.peer[0]}:{node.peer[1]}')

    body, asked = node.ask(helo)
    node.clear('PING', body)
    if node.pong(helo, asked, again=lambda: node.clear('PING', body)) != node.addresses[0][:4]:
        raise Fault('PONG: observed somebody else')
    node.say('PONG: in the clear, the address is valid')

    body, asked = node.ask(helo)
    rest = node.dial(helo, message('PING', body) + message(ECHO_PLEASE, b'one'))
    [pong] = [one for kind, one in rest if kind == 'PONG']
    postern.read_pong(pong, asked, helo['publicKey'])
    node.say('handshake: complete, with a PONG inside')

    node.via = 1  # a source that the other side has not seen: it must ask who is there before it sends anything else
    node.frame()
    echoed(node, b'early one')
    node.frame(message(ECHO_PLEASE, b'two'), message(ECHO_PLEASE, b'three'))
    echoed(node, b'later two')
    echoed(node, b'later three')
    large, first_id = [random.randbytes(4000), random.randbytes(3000)], random.getrandbits(31)
    for at in range(4):  # two messages at once, whose ids differ in the last bit only
        for number, one in enumerate(large):
            for fragment in postern.fragments(first_id ^ number, ECHO_PLEASE, one, FRAGMENT_OCTETS)[at : at + 1]:
                node.frame(message('FRAGMENT', fragment))
    for one in large:
        echoed(node, b'later ' + one)

    challenge = os.urandom(16)
    node.frame(message('CHALLENGE', challenge))
    node.wait('ECHO', wanted=lambda one: one == challenge)
    node.say('ECHO: of our CHALLENGE')
    challenge = os.urandom(16)
    node.frame(*padded(message('CHALLENGE', challenge)))
    node.wait('ECHO', wanted=lambda one: one == challenge)
    node.say(f'ECHO: of our CHALLENGE in a frame of {MTU} octets')
    node.wait('challenged', wanted=lambda octets: octets == MTU)  # the other side asks whether large frames arrive here
    node.frame()  # a keep-alive: nothing comes back but the REPORT
    since = node.epoch.counters[0]
    _, body = node.wait('REPORT', wanted=lambda one: is_report(node, one, since))
    node.say(f'REPORT: {postern.read_report(body)}')

    body, asked = node.ask(helo)
    node.frame(message('PING', body), message('HELO', node.helo(via=1)))
    node.pong(helo, asked)
    node.say('PONG: inside the link')
    node.wait('pinged', wanted=lambda via: via == 1)
    node.say('PING: of the address that we told, answered')
    node.frame(message('HELO', node.helo(via=1, flag='withdrawn')), message(CLOSE_PLEASE))
    node.wait('CLOSE')
    node.say('CLOSE: done')


def is_report(node, body, since):
    """Does it name exactly the paths we sent by, and of the first at least frame `since`?"""
    report = postern.read_report(body)
    return report.keys() == node.epoch.counters.keys() and report[0][0] >= since


def padded(one):
    """`one`, and what fills its frame up to the MTU."""
    octets = MTU - FRAME_OCTETS - len(one) - len(message('PADDING'))
    return one, message('PADDING', bytes(octets))


def echoed(node, body):
    node.wait('application', wanted=lambda one: one[:2] == (ECHO_PLEASE, body))
    node.say(f'echo: {shown(body)}')


def shown(body):
    return body.decode() if len(body) < 32 else f'{len(body)} octets'


def listen(node):
    node.say(postern.card_text([node.helo()]))
    for message_id in range(1_000):
        _, (kind, body, when) = node.wait('application')
        if not node.is_confirmed:  # under a new epoch the initiator speaks first
            node.wait('confirmed')
            node.say('handshake: confirmed')
        if kind == CLOSE_PLEASE:
            node.frame(message('CLOSE'))
            return node.say('CLOSE: done')
        whole = when + body
        parts = postern.fragments(message_id, kind, whole, FRAGMENT_OCTETS)
        for one in [message(kind, whole)] if len(parts) == 1 else [message('FRAGMENT', part) for part in parts]:
            node.frame(one)
        node.say(f'echo: {shown(whole)}')


def attempt(options, name, host, say=lambda _: None):
    """What went wrong; None: nothing."""
    try:
        if name:
            tables.change(name)
        node = Node(host, options.patience, options.under_load or (options.each and name in NEEDS_COOKIE), say)
        listen(node) if options.listen else call(node, options.card, options.id)
        return None
    except Exception as error:  # whatever a spoilt table leads to
        return f'{type(error).__name__}: {error}'


def attempt_spoilt(job):
    return attempt(*job)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument('card', nargs='?')
    parser.add_argument('id', nargs='?')
    parser.add_argument('--listen', action='store_true')
    parser.add_argument('--under-load', action='store_true', help='with --listen: ask for a cookie; else make the other side ask')
    parser.add_argument('--change', metavar='NAME', choices=tables.NAMES)
    parser.add_argument('--each', action='store_true')
    parser.add_argument('--host', default='127.0.0.1', help='the address of this machine to speak from')
    parser.add_argument('--patience', type=float, default=4, help='seconds for each answer')
    options = parser.parse_args()
    if options.listen == bool(options.id):
        parser.error('CARD ID, or --listen')
    if not options.each:
        failure = attempt(options, options.change, options.host, lambda line: print(line, flush=True))
        print('ok' if failure is None else f'failed: {failure}', flush=True)
        sys.exit(failure is not None)
    # The other side's limits are per source: each gets a source of its own, and a process, for what is spoilt stays spoilt.
    names = sorted(tables.NAMES, key=lambda name: name in NEEDS_COOKIE)  # floods last
    jobs = [(options, name, f'127.1.{at // 250 + 1}.{at % 250 + 1}') for at, name in enumerate(names)]
    with multiprocessing.get_context('fork').Pool(16, maxtasksperchild=1) as pool:
        failures = dict(zip(names, pool.imap(attempt_spoilt, jobs, chunksize=1)))
    for name, failure in failures.items():
        print(f'made no difference {name}' if failure is None else f'caught {name}: {failure}')
    sys.exit(None in failures.values())


if __name__ == '__main__':
    main()
