// SPDX-License-Identifier: GPL-2.0
/* OpenSSL, with contexts made in advance and the key set once per batch; libsodium; libb2. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <blake2.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sodium.h>

#include "bench.h"

/* A contender that fails would be the fastest. */
static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench-crypto: %s fails\n", what);
	exit(1);
}

static void nonce_bytes(uint8_t bytes[12], uint64_t nonce)
{
	memset(bytes, 0, 4);
	memcpy(bytes + 4, &nonce, 8);
}

/* OpenSSL */

static EVP_CIPHER_CTX *encrypting, *decrypting;
static EVP_MD_CTX *digest;
static EVP_MD *blake2s256;
static EVP_PKEY *own, *other;
static EVP_PKEY_CTX *derive;

static bool openssl_start(void)
{
	EVP_CIPHER *cipher;

	if (encrypting)
		return true;
	cipher = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL);
	encrypting = EVP_CIPHER_CTX_new();
	decrypting = EVP_CIPHER_CTX_new();
	must(EVP_EncryptInit_ex2(encrypting, cipher, NULL, NULL, NULL) == 1 &&
	     EVP_DecryptInit_ex2(decrypting, cipher, NULL, NULL, NULL) == 1, "OpenSSL's cipher");
	blake2s256 = EVP_MD_fetch(NULL, "BLAKE2S-256", NULL);
	digest = EVP_MD_CTX_new();
	must(EVP_DigestInit_ex2(digest, blake2s256, NULL) == 1, "OpenSSL's hash");
	return true;
}

static void openssl_encrypt(const struct batch *b)
{
	uint8_t nonce[12];
	unsigned int i;
	bool ok;
	int n;

	ok = EVP_EncryptInit_ex2(encrypting, NULL, b->key, NULL, NULL) == 1;
	for (i = 0; i < b->count; i++) {
		nonce_bytes(nonce, b->nonce + i);
		ok &= EVP_EncryptInit_ex2(encrypting, NULL, NULL, nonce, NULL) == 1;
		ok &= EVP_EncryptUpdate(encrypting, b->encrypted[i], &n, b->plain[i], b->len) == 1;
		ok &= EVP_EncryptFinal_ex(encrypting, b->encrypted[i] + n, &n) == 1;
		ok &= EVP_CIPHER_CTX_ctrl(encrypting, EVP_CTRL_AEAD_GET_TAG, BENCH_TAG,
					  b->encrypted[i] + b->len) == 1;
	}
	must(ok, "OpenSSL's encryption");
}

static bool openssl_decrypt(const struct batch *b)
{
	uint8_t nonce[12];
	unsigned int i;
	bool ok;
	int n;

	ok = EVP_DecryptInit_ex2(decrypting, NULL, b->key, NULL, NULL) == 1;
	for (i = 0; i < b->count; i++) {
		nonce_bytes(nonce, b->nonce + i);
		ok &= EVP_DecryptInit_ex2(decrypting, NULL, NULL, nonce, NULL) == 1;
		ok &= EVP_CIPHER_CTX_ctrl(decrypting, EVP_CTRL_AEAD_SET_TAG, BENCH_TAG,
					  b->encrypted[i] + b->len) == 1;
		ok &= EVP_DecryptUpdate(decrypting, b->decrypted[i], &n, b->encrypted[i],
					b->len) == 1;
		ok &= EVP_DecryptFinal_ex(decrypting, b->decrypted[i] + n, &n) == 1;
	}
	return ok;
}

static void openssl_shared_set(const uint8_t secret[32], const uint8_t point[32])
{
	own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, 32);
	other = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, point, 32);
	derive = EVP_PKEY_CTX_new(own, NULL);
	must(EVP_PKEY_derive_init(derive) == 1 && EVP_PKEY_derive_set_peer(derive, other) == 1,
	     "OpenSSL's X25519");
}

static void openssl_shared(uint8_t out[32])
{
	size_t len = 32;

	must(EVP_PKEY_derive(derive, out, &len) == 1, "OpenSSL's X25519");
}

/* The public key is computed when the key is made. */
static void openssl_public_key(uint8_t out[32], const uint8_t secret[32])
{
	EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, secret, 32);
	size_t len = 32;

	must(EVP_PKEY_get_raw_public_key(key, out, &len) == 1, "OpenSSL's X25519");
	EVP_PKEY_free(key);
}

static void openssl_hash(uint8_t out[32], const uint8_t *in, size_t len)
{
	must(EVP_DigestInit_ex2(digest, NULL, NULL) == 1 &&
	     EVP_DigestUpdate(digest, in, len) == 1 &&
	     EVP_DigestFinal_ex(digest, out, NULL) == 1, "OpenSSL's hash");
}

/* libsodium */

static bool sodium_start(void)
{
	return sodium_init() >= 0;
}

static void sodium_encrypt(const struct batch *b)
{
	uint8_t nonce[12];
	unsigned int i;

	for (i = 0; i < b->count; i++) {
		nonce_bytes(nonce, b->nonce + i);
		crypto_aead_chacha20poly1305_ietf_encrypt(b->encrypted[i], NULL, b->plain[i],
							  b->len, NULL, 0, NULL, nonce, b->key);
	}
}

static bool sodium_decrypt(const struct batch *b)
{
	uint8_t nonce[12];
	unsigned int i;
	bool ok = true;

	for (i = 0; i < b->count; i++) {
		nonce_bytes(nonce, b->nonce + i);
		ok &= !crypto_aead_chacha20poly1305_ietf_decrypt(b->decrypted[i], NULL, NULL,
								 b->encrypted[i],
								 b->len + BENCH_TAG, NULL, 0,
								 nonce, b->key);
	}
	return ok;
}

static uint8_t sodium_secret[32], sodium_point[32];

static void sodium_shared_set(const uint8_t secret[32], const uint8_t point[32])
{
	memcpy(sodium_secret, secret, 32);
	memcpy(sodium_point, point, 32);
}

static void sodium_shared(uint8_t out[32])
{
	must(!crypto_scalarmult_curve25519(out, sodium_secret, sodium_point), "libsodium's X25519");
}

static void sodium_public_key(uint8_t out[32], const uint8_t secret[32])
{
	must(!crypto_scalarmult_curve25519_base(out, secret), "libsodium's X25519");
}

/* libb2 */

static bool b2_start(void)
{
	return true;
}

static void b2_hash(uint8_t out[32], const uint8_t *in, size_t len)
{
	must(!blake2s(out, in, NULL, 32, len, 0), "libb2's hash");
}

const struct contender libraries[] = {
	{ "openssl", openssl_start, openssl_encrypt, openssl_decrypt, openssl_shared,
	  openssl_shared_set, openssl_public_key, openssl_hash },
	{ "libsodium", sodium_start, sodium_encrypt, sodium_decrypt, sodium_shared,
	  sodium_shared_set, sodium_public_key, NULL },
	{ "libb2", b2_start, NULL, NULL, NULL, NULL, NULL, b2_hash },
};

const unsigned int libraries_count = sizeof(libraries) / sizeof(libraries[0]);

void libraries_versions(void)
{
	printf("about\t%s, libsodium %s\n", OpenSSL_version(OPENSSL_VERSION),
	       sodium_version_string());
}
