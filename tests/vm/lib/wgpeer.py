# SPDX-License-Identifier: GPL-2.0
"""An independent implementation of the WireGuard protocol from its public
description, small and slow, as a peer for the tests. It makes and reads every
message, and the caller can corrupt each. It has no timers and sends nothing on
its own. Primitives come from hashlib and python3-cryptography; HChaCha20 is
implemented here."""

import hashlib
import hmac
import os
import socket
import struct
import time

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import (
    X25519PrivateKey, X25519PublicKey)
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.serialization import (
    Encoding, NoEncryption, PrivateFormat, PublicFormat)

CONSTRUCTION = b"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"
IDENTIFIER = b"WireGuard v1 zx2c4 Jason@zx2c4.com"

INITIATION, RESPONSE, COOKIE, DATA = 1, 2, 3, 4


def between_initiations():
    """Waits until the kernel accepts another initiation of the same peer. It measures 1/50 s from
    the last one that it accepted, by a clock that may lag by a tick of 10 ms."""
    time.sleep(1 / 50 + 0.01)


def blake2s(data, key=b"", size=32):
    return hashlib.blake2s(data, key=key, digest_size=size).digest()


def hash_(*parts):
    return blake2s(b"".join(parts))


def hmac_(key, data):
    return hmac.new(key, data, hashlib.blake2s).digest()


def kdf(n, chain, data):
    secret = hmac_(chain, data)
    out, last = [], b""
    for i in range(1, n + 1):
        last = hmac_(secret, last + bytes([i]))
        out.append(last)
    return out[0] if n == 1 else out


def nonce(counter):
    return bytes(4) + struct.pack("<Q", counter)


def encrypt(key, counter, plain, ad=b""):
    return ChaCha20Poly1305(key).encrypt(nonce(counter), plain, ad)


def decrypt(key, counter, box, ad=b""):
    return ChaCha20Poly1305(key).decrypt(nonce(counter), box, ad)


def hchacha20(key, nonce16):
    state = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce16))

    def quarter(a, b, c, d):
        for x, y, z, rot in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            state[x] = (state[x] + state[y]) & 0xffffffff
            mixed = state[z] ^ state[x]
            state[z] = (mixed << rot | mixed >> (32 - rot)) & 0xffffffff

    for _ in range(10):
        for i in range(4):
            quarter(i, i + 4, i + 8, i + 12)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<8I", *state[:4], *state[12:])


def xdecrypt(key, nonce24, box, ad):
    sub = hchacha20(key, nonce24[:16])
    return ChaCha20Poly1305(sub).decrypt(bytes(4) + nonce24[16:], box, ad)


def new_private():
    return X25519PrivateKey.generate().private_bytes(
        Encoding.Raw, PrivateFormat.Raw, NoEncryption())


def public(private):
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes(
        Encoding.Raw, PublicFormat.Raw)


def dh(private, pub):
    return X25519PrivateKey.from_private_bytes(private).exchange(
        X25519PublicKey.from_public_bytes(pub))


def tai64n(when=None):
    when = time.time() if when is None else when
    seconds = int(when)
    return struct.pack(">QI", (1 << 62) + 10 + seconds, int((when - seconds) * 1e9))


def seconds_of(stamp):
    """The time of the sender's wall clock at which it made the initiation with this timestamp. The
    module rounds it down to a multiple of 17 ms."""
    seconds, nanoseconds = struct.unpack(">QI", stamp)
    return seconds - (1 << 62) - 10 + nanoseconds / 1e9


class Session:
    """The keys of one finished handshake."""

    def __init__(self, send, receive, local, remote):
        self.send_key, self.receive_key = send, receive
        self.local, self.remote = local, remote
        self.counter = 0

    def data(self, plain=b"", counter=None, pad=True):
        if counter is None:
            counter = self.counter
            self.counter += 1
        if pad:
            plain = plain + bytes(-len(plain) % 16)
        return struct.pack("<IIQ", DATA, self.remote, counter) + encrypt(
            self.send_key, counter, plain)

    def decrypt(self, message):
        """(counter, plaintext) of a data message, or None if it is not for this session."""
        kind, receiver, counter = struct.unpack_from("<IIQ", message)
        if kind != DATA or receiver != self.local:
            return None
        try:
            return counter, decrypt(self.receive_key, counter, message[16:])
        except InvalidTag:
            return None


class Peer:
    """A local static key and one remote static key."""

    def __init__(self, private, remote, psk=bytes(32)):
        self.private, self.public, self.remote, self.psk = private, public(private), remote, psk
        self.cookie = None
        # The chaining key of the last finished handshake; .chain is that of the current one.
        self.last_chain = None
        # DH results of the handshake, except static-static.
        self.exchanged = []
        self.last_mac1 = bytes(16)

    # Appends mac1 and mac2 to a handshake message.
    def finish(self, body, mac1=None, mac2=None):
        if mac1 is None:
            mac1 = blake2s(body, hash_(b"mac1----", self.remote), 16)
        self.last_mac1 = mac1
        if mac2 is None:
            mac2 = blake2s(body + mac1, self.cookie, 16) if self.cookie else bytes(16)
        return body + mac1 + mac2

    def mac1_is_right(self, message):
        return message[-32:-16] == blake2s(
            message[:-32], hash_(b"mac1----", self.public), 16)

    # pylint: disable=too-many-arguments
    def initiation(self, stamp=None, mac1=None, mac2=None, ephemeral=None,
                   claimed=None, static_secret=None, sender=None):
        """An initiation. claimed replaces the encrypted static key, static_secret the
        result of the static-static DH, sender our index."""
        self.index = struct.unpack("<I", os.urandom(4))[0] if sender is None else sender
        self.ephemeral = new_private()
        pub = public(self.ephemeral) if ephemeral is None else ephemeral
        chain = hash_(CONSTRUCTION)
        h = hash_(hash_(chain, IDENTIFIER), self.remote)
        chain, h = kdf(1, chain, pub), hash_(h, pub)
        self.exchanged = [dh(self.ephemeral, self.remote)]
        chain, key = kdf(2, chain, self.exchanged[0])
        static = encrypt(key, 0, claimed or self.public, h)
        h = hash_(h, static)
        chain, key = kdf(2, chain, static_secret or dh(self.private, self.remote))
        box = encrypt(key, 0, stamp or tai64n(), h)
        h = hash_(h, box)
        self.chain, self.hash = chain, h
        return self.finish(struct.pack("<II", INITIATION, self.index) + pub + static + box,
                           mac1, mac2)

    def read_response(self, message):
        """The session from a response to our initiation, or None if it is invalid."""
        if len(message) != 92:
            return None
        kind, sender, receiver = struct.unpack_from("<III", message)
        if kind != RESPONSE or receiver != self.index or not self.mac1_is_right(message):
            return None
        pub = message[12:44]
        chain, h = kdf(1, self.chain, pub), hash_(self.hash, pub)
        self.exchanged[1:] = [dh(self.ephemeral, pub), dh(self.private, pub)]
        for secret in self.exchanged[1:]:
            chain = kdf(1, chain, secret)
        chain, tau, key = kdf(3, chain, self.psk)
        h = hash_(h, tau)
        try:
            decrypt(key, 0, message[44:60], h)
        except InvalidTag:
            return None
        send, receive = kdf(2, chain, b"")
        self.last_chain = chain
        return Session(send, receive, self.index, sender)

    def read_initiation(self, message):
        """Processes an initiation; returns its timestamp, or None if it is invalid."""
        if len(message) != 148 or not self.mac1_is_right(message):
            return None
        kind, self.their_index = struct.unpack_from("<II", message)
        if kind != INITIATION:
            return None
        pub = message[8:40]
        chain = hash_(CONSTRUCTION)
        h = hash_(hash_(chain, IDENTIFIER), self.public)
        chain, h = kdf(1, chain, pub), hash_(h, pub)
        exchanged = dh(self.private, pub)
        chain, key = kdf(2, chain, exchanged)
        try:
            static = decrypt(key, 0, message[40:88], h)
            h = hash_(h, message[40:88])
            if static != self.remote:
                return None
            chain, key = kdf(2, chain, dh(self.private, static))
            stamp = decrypt(key, 0, message[88:116], h)
        except InvalidTag:
            return None
        h = hash_(h, message[88:116])
        self.chain, self.hash, self.their_ephemeral = chain, h, pub
        self.exchanged = [exchanged]
        return stamp

    def response(self, mac1=None, psk=None, index=None):
        """(response to the initiation that was read last, resulting session)"""
        self.index = struct.unpack("<I", os.urandom(4))[0] if index is None else index
        ephemeral = new_private()
        pub = public(ephemeral)
        chain, h = kdf(1, self.chain, pub), hash_(self.hash, pub)
        self.exchanged[1:] = [dh(ephemeral, self.their_ephemeral), dh(ephemeral, self.remote)]
        for secret in self.exchanged[1:]:
            chain = kdf(1, chain, secret)
        chain, tau, key = kdf(3, chain, self.psk if psk is None else psk)
        h = hash_(h, tau)
        box = encrypt(key, 0, b"", h)
        receive, send = kdf(2, chain, b"")
        self.last_chain = chain
        body = struct.pack("<III", RESPONSE, self.index, self.their_index) + pub + box
        return (self.finish(body, mac1),
                Session(send, receive, self.index, self.their_index))

    def read_cookie(self, message):
        """Stores the cookie of a reply to our last handshake message."""
        if len(message) != 64:
            return False
        kind, receiver = struct.unpack_from("<II", message)
        if kind != COOKIE or receiver != self.index:
            return False
        try:
            self.cookie = xdecrypt(hash_(b"cookie--", self.remote), message[8:32],
                                  message[32:], self.last_mac1)
        except InvalidTag:
            return False
        return True


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4(source, destination, payload, proto=17, tos=0, total=None, ident=0, frag=0x4000, ttl=64):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, tos, len(payload) + 20 if total is None else total,
                       ident, frag, ttl, proto, 0,
                       socket.inet_aton(source), socket.inet_aton(destination))
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ipv6(source, destination, payload, proto=17, tos=0):
    return struct.pack(">IHBB16s16s", 6 << 28 | tos << 20, len(payload), proto, 64,
                       socket.inet_pton(socket.AF_INET6, source),
                       socket.inet_pton(socket.AF_INET6, destination)) + payload


def udp(source, destination, payload):
    # IPv4 allows a zero checksum; the tests compare the inner bytes.
    return struct.pack(">HHHH", source, destination, len(payload) + 8, 0) + payload


def ping(seq, payload=b"0123456789abcdef", ident=0x5747):
    body = struct.pack(">BBHHH", 8, 0, 0, ident, seq) + payload
    return body[:2] + struct.pack(">H", checksum(body)) + body[4:]
