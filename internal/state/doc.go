// Package state is what the program remembers, in Redis: one record per product
// and market, open intents, market leases, facts of each market, runs with their
// outcomes, the last good reading of the source, pictures already uploaded, what
// people decided, and the claim of one tenant on one shop. With package queue it
// is the only one that imports go-redis.
//
// It stores and refuses; it decides nothing. What a record means is package
// listing's, what to do about a doubt is the engine's.
//
// # Layout
//
// Every key of a tenant carries the hash tag {tenant}, so that all of them live
// on one node of a Cluster and one script can reach them. <m> is market:account
// (design decision 1), both escaped; an account that is not told is "-".
//
//	key                                type    holds
//	ocopsync:{t}:meta                  hash    schema, epoch, since (ms), writes, lost (ms)
//	ocopsync:{t}:market:<m>:records    hash    product code -> record, binary (see codec.go)
//	ocopsync:{t}:market:<m>:intents    hash    product code -> open intent, binary
//	ocopsync:{t}:market:<m>:facts      hash    state (JSON), generation, fence, holder, written
//	ocopsync:{t}:market:<m>:lease      hash    nonce, owner, since (ms), fence; ends by itself after its ttl
//	ocopsync:{t}:market:<m>:pictures   hash    digest of the address -> picture, JSON
//	ocopsync:{t}:market:<m>:held       hash    plan (JSON) and changes (gzip of JSON) that wait for a person, decision (JSON):
//	                                           the last word on such, approved: its changes
//	ocopsync:{t}:decisions             hash    kind:subject -> time (ms) and id of the latest decision, ended ones too; changes
//	ocopsync:{t}:pauses                hash    market, or * for all -> pause, JSON
//	ocopsync:{t}:exemptions            hash    market, or * for all, and :code -> exemption, JSON
//	ocopsync:{t}:tokens                hash    token id -> token with the hash of its secret, JSON
//	ocopsync:{t}:audit                 stream  who did what, newest 20,000
//	ocopsync:{t}:reading               string  figures of the last good reading, JSON
//	ocopsync:{t}:accepted              string  a person's word that a held reading is right, JSON
//	ocopsync:{t}:runs                  zset    run id by its creation (ms)
//	ocopsync:{t}:source                string  what was read last, believed or not, JSON
//	ocopsync:{t}:unfinished            zset    id of a run that has not ended, by its creation (ms)
//	ocopsync:{t}:last                  hash    market -> the newest part that ended there, JSON
//	ocopsync:{t}:run:<id>              hash    run as it was made (JSON); since then state, started, ended, cancel (ms),
//	                                           source (JSON), part:<market> (JSON), fence:<market>, dropped:<market>
//	ocopsync:{t}:run:<id>:items:<market>  list  outcome of an item, JSON
//	ocopsync:claim:{market:account}    string  the tenant that works this shop
//
// Everything stays until it is removed, but leases, and runs with their items:
// those go after 90 days or when 1,000 newer ones exist (Options.Retention).
//
// # What is lost if it goes
//
//   - meta: the next Open takes the memory for new and dates it from then
//     (MarketState.MemorySince), so that nothing is created before the market
//     was looked at. A process that is running is refused with ErrMemoryLost.
//   - tokens: nobody can sign in until a first one is made on the machine itself.
//   - audit: what was done stays done; who did it is no longer known here.
//   - records: the same listings are found again by their SKU at the next
//     verify and adopted; dates and failure counts begin anew.
//   - intents: whether a call that was cut off took effect; therefore nothing is
//     created before the next complete observation.
//   - facts: as records, and a write under a lease that was granted before is
//     refused with ErrFenced.
//   - lease: its holder stops (ErrLeaseLost), another may take it.
//   - held: what waits is planned and held anew; an approval that was not yet
//     carried out must be given again. accepted: likewise.
//   - pictures: they are uploaded again. runs: history only, and what was
//     queued and not yet begun. reading: the next reading has nothing to be
//     compared with. claim: made again at the next start.
//   - decisions, pauses, exemptions: Open puts them back from the journal, where
//     one is given, with the newest of the audit log; else what a person paused
//     runs again and what was exempt is worked.
//
// # Doubt
//
// Redis may come back empty, restored from yesterday, or as another server
// altogether. meta holds an epoch, a random id given at creation. Scripts that
// write memory, and the readings that a plan is made from, compare it with the
// one found by Open and fail with ErrMemoryLost. An older state of the same epoch
// shows by its number of writes, as seen.go says: it is doubted, which dates it
// anew for every market (since, lost), and puts decisions back.
//
// # Fences
//
// Records, intents and market state are written under a lease only. A lease has
// a fence, a number that grows with each one granted. A write is carried out
// while its lease is the last one granted and not given back, even when its time
// has run out and nobody has taken it since: what became of a call that was
// made must be kept. It is refused with ErrFenced from the moment another has it.
package state
