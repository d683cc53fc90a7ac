// Package ocop is the field itself: products of the "One Commune One Product"
// programme, their ratings, certificates and producers, who is eligible to be
// sold, the closed set of reasons why something is not on sale, and the reading
// of Vietnamese data as people really write it.
//
// It imports the standard library and golang.org/x/text only. Nothing in it
// logs, does I/O or asks for the time: a day is passed in.
//
// What can't be read surely is never guessed: a reading function answers with a
// *ReadError that says what was found and what was expected, and the reader of
// a source keeps it as a Fault with its place. Whatever is not UTF-8 is refused
// in the same way, never mended.
//
// Everything here is a pure function and safe for concurrent use.
package ocop
