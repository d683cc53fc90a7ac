// Package journal is what outlives Redis, as files in data_dir: the decisions of
// people, a line each, and which memory Redis was last seen to hold. From the
// first an empty Redis is filled again, by the second an older one is noticed
// (design decision 12).
//
// It keeps and gives back; it knows neither Redis nor what a decision means, and
// imports nothing of ours. Secrets and what the markets show have no place here.
//
// # Several replicas
//
// Each has a data_dir of its own and journals the decisions that it took itself:
// every decision is in Redis and in one journal. Each fills in what Redis lacks
// when it starts or hears of a loss, the latest decision on a subject winning, so
// that all decisions are back once every replica has done so. A data_dir that is
// lost together with Redis takes its decisions with it.
//
// # Files
//
//	decisions-000001.jsonl   entries, oldest first; the file of the highest number is written to
//	*.damaged                a file with lines that could not be read, set aside when it was compacted
//	memory.json              the mark, see Mark
//	lock                     held while any of them is read or written, by whatever process
package journal
