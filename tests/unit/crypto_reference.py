#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Prints the computed constants of src/crypto/selftest.c and test_crypto.c.

A separate implementation, from the text of RFC 8439, RFC 7748, RFC 7693 (hashlib's), RFC 2104
(hmac's) and draft-irtf-cfrg-xchacha-03, as simple as possible. Run it to verify a constant or to add one.
It needs the standard library only, and first checks itself against the documents' own examples.

usage: crypto_reference.py
"""

import hashlib
import hmac
import struct

SWEEP = [0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 191, 192, 193,
         255, 256, 257, 319, 320, 321, 511, 512, 513, 1023, 1024, 1025, 1420,
         2047, 2048]
P = 2**255 - 19


def rotl(x, n):
    return (x << n | x >> (32 - n)) & 0xffffffff


def rounds(x):
    def quarter(a, b, c, d):
        for p, q, r, n in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[p] = (x[p] + x[q]) & 0xffffffff
            x[r] = rotl(x[r] ^ x[p], n)
    for _ in range(10):
        for i in range(4):
            quarter(i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            quarter(i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)


def start(key, tail):
    return list(struct.unpack('<16I', b'expand 32-byte k' + key + tail))


def chacha20(key, counter, nonce12, data):
    out = bytearray()
    for pos in range(0, len(data), 64):
        first = start(key, struct.pack('<I', counter + pos // 64) + nonce12)
        x = list(first)
        rounds(x)
        stream = struct.pack('<16I', *((a + b) & 0xffffffff for a, b in zip(x, first)))
        out += bytes(a ^ b for a, b in zip(data[pos:pos + 64], stream))
    return bytes(out)


def hchacha20(key, nonce16):
    x = start(key, nonce16)
    rounds(x)
    return struct.pack('<8I', *(x[:4] + x[12:]))


def poly1305(key, data):
    r = int.from_bytes(key[:16], 'little') & 0x0ffffffc0ffffffc0ffffffc0fffffff
    h = 0
    for pos in range(0, len(data), 16):
        h = (h + int.from_bytes(data[pos:pos + 16] + b'\1', 'little')) * r % (2**130 - 5)
    return ((h + int.from_bytes(key[16:], 'little')) % 2**128).to_bytes(16, 'little')


def encrypt12(key, nonce12, text, ad):
    cipher = chacha20(key, 1, nonce12, text)
    mac = b''.join(part + bytes(-len(part) % 16) for part in (ad, cipher))
    mac += struct.pack('<QQ', len(ad), len(cipher))
    return cipher + poly1305(chacha20(key, 0, nonce12, bytes(32)), mac)


def encrypt(key, nonce, text, ad):
    return encrypt12(key, struct.pack('<IQ', 0, nonce), text, ad)


def xencrypt(key, nonce24, text, ad):
    return encrypt12(hchacha20(key, nonce24[:16]), bytes(4) + nonce24[16:], text, ad)


def clamp(secret):
    k = bytearray(secret)
    k[0] &= 248
    k[31] = k[31] & 127 | 64
    return bytes(k)


def x25519(secret, point):
    """RFC 7748, section 5."""
    k = int.from_bytes(clamp(secret), 'little')
    u = int.from_bytes(point, 'little') % 2**255
    x1, x2, z2, x3, z3, swap = u, 1, 0, u, 1, 0
    for t in reversed(range(255)):
        bit = k >> t & 1
        if swap ^ bit:
            x2, x3, z2, z3 = x3, x2, z3, z2
        swap = bit
        a, b = x2 + z2, x2 - z2
        aa, bb = a * a % P, b * b % P
        e = aa - bb
        da, cb = (x3 - z3) * a, (x3 + z3) * b
        x3, z3 = (da + cb) ** 2 % P, x1 * (da - cb) ** 2 % P
        x2, z2 = aa * bb % P, e * (aa + 121665 * e) % P
    if swap:
        x2, z2 = x3, z3
    return (x2 * pow(z2, P - 2, P) % P).to_bytes(32, 'little')


def sequence(length, seed):
    """RFC 7693, appendix E."""
    out, a, b = bytearray(), 0xdead4bad * seed & 0xffffffff, 1
    for _ in range(length):
        a, b = b, (a + b) & 0xffffffff
        out.append(b >> 24)
    return bytes(out)


def check():
    sunscreen = (b"Ladies and Gentlemen of the class of '99: If I could offer you "
                 b"only one tip for the future, sunscreen would be it.")
    key, ad = bytes(range(0x80, 0xa0)), bytes.fromhex('50515253c0c1c2c3c4c5c6c7')
    # RFC 8439, 2.8.2; draft-irtf-cfrg-xchacha-03, A.3.1
    assert encrypt12(key, bytes.fromhex('070000004041424344454647'), sunscreen,
                     ad)[-16:].hex() == '1ae10b594f09e26a7e902ecbd0600691'
    assert xencrypt(key, bytes(range(0x40, 0x58)), sunscreen,
                    ad)[-16:].hex() == 'c0875924c1c7987947deafd8780acf49'
    # RFC 7748, 5.2, after one iteration
    nine = (9).to_bytes(32, 'little')
    assert x25519(nine, nine).hex() == ('422c8e7a6227d7bca1350b3e2bb7279f'
                                        '7897b87bb6854b783c60e80311ae3079')
    # RFC 7693, appendix E
    grand = hashlib.blake2s()
    for outlen in (16, 20, 28, 32):
        for inlen in (0, 3, 64, 65, 255, 1024):
            data = sequence(inlen, inlen)
            grand.update(hashlib.blake2s(data, digest_size=outlen).digest())
            grand.update(hashlib.blake2s(data, digest_size=outlen,
                                         key=sequence(outlen, outlen)).digest())
    assert grand.hexdigest() == ('6a411f08ce25adcdfb02aba641451cec'
                                 '53c598b24f4fc787fbdc88797f4c1dfe')


def array(name, value):
    print(f'/* {name} */')
    for pos in range(0, len(value), 12):
        print('\t' + ' '.join(f'0x{b:02x},' for b in value[pos:pos + 12]))


def main():
    check()
    key = sequence(32, 32)
    data = sequence(max(SWEEP), 1)
    whole = hashlib.blake2s()
    xwhole = hashlib.blake2s()
    for n in SWEEP:
        whole.update(encrypt(key, n << 40 | n, data[:n], data[:n % 33]))
        xwhole.update(xencrypt(key, sequence(24, n), data[:n], data[:n % 33]))
    array('ChaCha20-Poly1305, all lengths of the sweep', whole.digest())
    array('XChaCha20-Poly1305, all lengths of the sweep', xwhole.digest())
    macs = hashlib.blake2s()
    for n in SWEEP:
        macs.update(hmac.new(data[:n % 97], data[:n], hashlib.blake2s).digest())
    array('HMAC-BLAKE2s, all lengths of the sweep', macs.digest())
    keyed = hashlib.blake2s()
    for n in range(513):
        keyed.update(hashlib.blake2s(data[:n], key=data[:n % 33],
                                     digest_size=1 + n % 32).digest())
    array('keyed BLAKE2s, lengths 0..512', keyed.digest())
    points = hashlib.blake2s()
    secrets = [b'\xff' * 32, b'\1' + bytes(31)] + [sequence(32, n) for n in (2, 3, 4, 5)]
    for n, secret in enumerate(secrets):
        points.update(x25519(secret, (9).to_bytes(32, 'little')))
        points.update(x25519(secret, sequence(32, 100 + n)))
        points.update(x25519(secret, b'\xff' * 32))
    array('X25519: of six secrets the public key and two shared secrets', points.digest())


if __name__ == '__main__':
    main()
