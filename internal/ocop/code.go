package ocop

import (
	"crypto/sha256"
	"encoding/base32"
)

// derivedLen is the length of a derived code after its mark: 80 bits, so that
// two of a million products meet with a chance below 1 in 10^12.
const derivedLen = 16

// derivedMark starts a code that we derived.
const derivedMark = "X-"

// DeriveCode gives the code of a row that has none, from its name and producer:
// "X-" and 16 base32 characters. It is the same however the two are capitalized,
// spaced, punctuated or accented, and another as soon as a word changes: then
// the product is a new one until an officer says otherwise (design decision 2).
// Two names that differ in diacritics alone share a code, which the reader of
// the source reports. A row without a name has no code: "".
func DeriveCode(name, producer string) Code {
	key := NameKey(name)
	if key == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(key + "\x00" + ProducerKey(producer)))
	return Code(derivedMark + base32.StdEncoding.EncodeToString(sum[:])[:derivedLen])
}

// Derived says whether the code is one that DeriveCode gave.
func (c Code) Derived() bool {
	return len(c) == len(derivedMark)+derivedLen && c[:len(derivedMark)] == derivedMark
}
