#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints noise_vectors.h: whole handshakes, macs and cookies, to the byte.

A second implementation of Noise_IKpsk2 with WireGuard's messages, written from
the WireGuard paper (section 5.4) and RFC 5869, independent of the module's; the AEADs and
X25519 are those of crypto_reference.py. Standard library only. It checks
itself first: against RFC 7748's examples, and by opening as responder what it
made as initiator. Nothing is random: the output is the same each time.

usage: noise_reference.py
"""

import hashlib
import hmac
import struct

from crypto_reference import check as check_aead, clamp, poly1305, chacha20, encrypt, x25519, xencrypt

CONSTRUCTION = b'Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s'
IDENTIFIER = b'WireGuard v1 zx2c4 Jason@zx2c4.com'
P = 2**255 - 19
ZEROS = bytes(32)

# Every encoding of a point of low order: RFC 7748 accepts values of P and above, and ignores
# the top bit.
ORDER_8 = (
    0x00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0,
    0x57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5f,
)
LOW_ORDER = [value | top for top in (0, 2**255)
             for value in (0, 1, *ORDER_8, P - 1, P, P + 1)]


# All shared secrets so far, and all keys derived from them: none may be found afterwards.
MADE = set()


# ---- X25519

def public(secret):
    return x25519(secret, (9).to_bytes(32, 'little'))


def shared(secret, point):
    both = x25519(secret, point)
    MADE.add(both)
    return both


# ---- hashes (paper, section 5.4)

def blake(data):
    return hashlib.blake2s(data).digest()


def mac(key, data):
    return hashlib.blake2s(data, key=key, digest_size=16).digest()


def kdf(ck, data, n):
    prk = hmac.new(ck, data, hashlib.blake2s).digest()
    out = [b'']
    for i in range(1, n + 1):
        out.append(hmac.new(prk, out[-1] + bytes([i]), hashlib.blake2s).digest())
    MADE.update([prk, *out[1:]])
    return out[1:]


def decrypt(key, encrypted, ad):
    """The plaintext under nonce 0, or an AssertionError."""
    cipher, tag = encrypted[:-16], encrypted[-16:]
    data = b''.join(part + bytes(-len(part) % 16) for part in (ad, cipher))
    data += struct.pack('<QQ', len(ad), len(cipher))
    assert poly1305(chacha20(key, 0, bytes(12), bytes(32)), data) == tag
    return chacha20(key, 1, bytes(12), cipher)


# ---- messages

def tai64n(seconds, nanoseconds):
    """Rounded down to a multiple of 2^24 ns."""
    return struct.pack('>QI', 2**62 + 10 + seconds, nanoseconds // 2**24 * 2**24)


def begin(responder_public):
    ck = blake(CONSTRUCTION)
    return ck, blake(blake(ck + IDENTIFIER) + responder_public)


def initiate(s_i, S_r, e_i, index, timestamp, E_i=None, ee=None):
    """(ck, h, message up to the macs); E_i and ee stand in for bad ephemerals."""
    E_i = E_i or public(e_i)
    ck, h = begin(S_r)
    ck, = kdf(ck, E_i, 1)
    h = blake(h + E_i)
    ck, k = kdf(ck, ee or shared(e_i, S_r), 2)
    static = encrypt(k, 0, public(s_i), h)
    h = blake(h + static)
    ck, k = kdf(ck, shared(s_i, S_r), 2)
    stamp = encrypt(k, 0, timestamp, h)
    return ck, blake(h + stamp), struct.pack('<II', 1, index) + E_i + static + stamp


def read_initiation(message, s_r):
    """(ck, h, initiator's static, timestamp)"""
    E_i, static, stamp = message[8:40], message[40:88], message[88:116]
    ck, h = begin(public(s_r))
    ck, = kdf(ck, E_i, 1)
    h = blake(h + E_i)
    ck, k = kdf(ck, x25519(s_r, E_i), 2)
    S_i = decrypt(k, static, h)
    h = blake(h + static)
    ck, k = kdf(ck, x25519(s_r, S_i), 2)
    timestamp = decrypt(k, stamp, h)
    return ck, blake(h + stamp), S_i, timestamp


def respond(ck, h, E_i, S_i, e_r, psk, sender, receiver, E_r=None, secrets=None):
    E_r = E_r or public(e_r)
    ck, = kdf(ck, E_r, 1)
    h = blake(h + E_r)
    for secret in secrets or (shared(e_r, E_i), shared(e_r, S_i)):
        ck, = kdf(ck, secret, 1)
    ck, t, k = kdf(ck, psk, 3)
    h = blake(h + t)
    return ck, struct.pack('<III', 2, sender, receiver) + E_r + encrypt(k, 0, b'', h)


def stamped(message, S_to, cookie=None):
    """The message with its macs."""
    message += mac(blake(b'mac1----' + S_to), message)
    return message + (mac(cookie, message) if cookie else bytes(16))


# ---- output

def secret(*what):
    return blake(repr(what).encode())


def index(*what):
    return int.from_bytes(secret('index', *what)[:4], 'little')


def vector(n):
    s_i, s_r, e_i, e_r = (secret(name, n) for name in ('s_i', 's_r', 'e_i', 'e_r'))
    psk = secret('psk', n) if n % 2 else ZEROS
    MADE.clear()
    S_i, S_r = public(s_i), public(s_r)
    seconds, nanoseconds = 1700000000 + 1234567 * n, (n * 123456789 + 999) % 10**9
    timestamp = tai64n(seconds, nanoseconds)
    i, r = index('i', n), index('r', n)

    ck, h, initiation = initiate(s_i, S_r, e_i, i, timestamp)
    assert read_initiation(initiation, s_r) == (ck, h, S_i, timestamp)
    ck, response = respond(ck, h, public(e_i), S_i, e_r, psk, r, i)
    to_responder, to_initiator = kdf(ck, b'', 2)
    own = (s_i, s_r, e_i, e_r)
    secrets = MADE.union(own, map(clamp, own), {psk} - {ZEROS})

    initiation = stamped(initiation, S_r)
    response = stamped(response, S_i)
    # The responder asks for a cookie. The initiator tries again with it.
    cookie_secret, nonce = secret('cookie', n), secret('nonce', n)[:24]
    source = secret('address', n)[:16 if n % 2 else 4]
    port = index('port', n) & 0xffff
    cookie = mac(cookie_secret, source + struct.pack('>H', port))
    reply = struct.pack('<II', 3, i) + nonce + xencrypt(blake(b'cookie--' + S_r), nonce,
                                                     cookie, initiation[116:132])
    return {
        'initiator_private': s_i, 'initiator_public': S_i,
        'responder_private': s_r, 'responder_public': S_r,
        'initiator_draw': e_i, 'responder_draw': e_r, 'psk': psk,
        'seconds': seconds, 'nanoseconds': nanoseconds, 'timestamp': timestamp,
        'initiator_index': i, 'responder_index': r,
        'initiation': initiation, 'response': response,
        'to_responder': to_responder, 'to_initiator': to_initiator,
        'cookie_secret': cookie_secret, 'nonce': nonce,
        'source': source, 'source_len': len(source), 'port': port,
        'cookie': cookie, 'reply': reply,
        'with_cookie': stamped(initiation[:116], S_r, cookie),
        'secrets': b''.join(sorted(secrets)), 'secrets_len': 32 * len(secrets),
    }


def bad_ephemerals(v):
    """Messages that are right except that their ephemeral makes shared secrets of zeros."""
    s_i, s_r, e_i, e_r = (v[name] for name in (
        'initiator_private', 'responder_private', 'initiator_draw', 'responder_draw'))
    ck, h, _, _ = read_initiation(v['initiation'], s_r)
    for value in LOW_ORDER:
        point = value.to_bytes(32, 'little')
        for k in (s_i, s_r, e_i, e_r):
            assert x25519(k, point) == ZEROS
        initiation = initiate(s_i, v['responder_public'], None, v['initiator_index'],
                              v['timestamp'], point, ZEROS)[2]
        response = respond(ck, h, None, None, None, v['psk'], v['responder_index'],
                           v['initiator_index'], point, (ZEROS, ZEROS))[1]
        yield {'point': point, 'initiation': initiation, 'response': response}


def check():
    check_aead()
    # RFC 7748, sections 5.2 and 6.1
    nine = (9).to_bytes(32, 'little')
    assert x25519(nine, nine).hex() == (
        '422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079')
    alice = bytes.fromhex('77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a')
    bob = bytes.fromhex('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb')
    assert public(alice).hex() == (
        '8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a')
    assert x25519(alice, public(bob)) == x25519(bob, public(alice)) == bytes.fromhex(
        '4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742')


def show(value):
    if isinstance(value, int):
        return f'{value}U'
    return '{ ' + ', '.join(f'0x{b:02x}' for b in value) + ' }'


def table(kind, name, rows):
    print(f'\nstatic const struct {kind} {name}[] = {{')
    for row in rows:
        print('\t{')
        for field, value in row.items():
            print(f'\t\t.{field} = {show(value)},')
        print('\t},')
    print('};')


def main():
    check()
    vectors = [vector(n) for n in range(8)]
    print('/* Made by noise_reference.py: do not edit. */')
    print('struct noise_vector {')
    for field, value in vectors[1].items():
        print(f'\tu32 {field};' if isinstance(value, int) else f'\tu8 {field}[{len(value)}];')
    print('};\n\nstruct noise_bad_ephemeral {\n\tu8 point[32], initiation[116], response[60];\n};')
    table('noise_vector', 'noise_vectors', vectors)
    # Of vector 0.
    table('noise_bad_ephemeral', 'noise_bad_ephemerals', bad_ephemerals(vectors[0]))


if __name__ == '__main__':
    main()
