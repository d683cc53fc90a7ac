package sandbox

import "slices"

// This file is what the marketplaces decide as a whole, and the passing of time.

// RejectNext lets postmart's people reject the next request that they decide.
func (s *Sandbox) RejectNext(reason string) {
	s.postmart.mu.Lock()
	defer s.postmart.mu.Unlock()
	s.postmart.nextNo = append(s.postmart.nextNo, reason)
}

// RejectSKU lets postmart's people reject every request for a SKU; "" ends it.
func (s *Sandbox) RejectSKU(sku, reason string) {
	s.postmart.mu.Lock()
	defer s.postmart.mu.Unlock()
	s.postmart.rejects[sku] = reason
}

// DecideReviewsNow decides every postmart request that waits.
func (s *Sandbox) DecideReviewsNow() {
	s.postmart.mu.Lock()
	defer s.postmart.mu.Unlock()
	now := s.now()
	for _, req := range slices.Clone(s.postmart.waiting) {
		s.postmart.decide(req, now)
	}
	s.postmart.waiting = nil
}

// Settle decides every review and puts everything PENDING on sale.
func (s *Sandbox) Settle() {
	s.DecideReviewsNow()
	s.voso.mu.Lock()
	defer s.voso.mu.Unlock()
	s.voso.settle(s.now().Add(s.voso.pending))
}

// LockShop suspends voso's account, or frees it; it can still be read.
func (s *Sandbox) LockShop(locked bool) {
	s.voso.mu.Lock()
	defer s.voso.mu.Unlock()
	s.voso.locked = locked
}

// LimitNewPerDay sets how many products voso takes a day; 0 for any number.
func (s *Sandbox) LimitNewPerDay(n int) {
	s.voso.mu.Lock()
	defer s.voso.mu.Unlock()
	s.voso.perDay = n
}

// ExpireTokens makes every token of postmart and voso unknown or expired.
func (s *Sandbox) ExpireTokens() {
	s.postmart.mu.Lock()
	clear(s.postmart.tokens)
	s.postmart.mu.Unlock()
	s.voso.mu.Lock()
	defer s.voso.mu.Unlock()
	for token := range s.voso.tokens {
		s.voso.tokens[token] = s.now()
	}
}

// bringUpToDate lets happen what time has brought, before the ledger is asked.
func (s *Sandbox) bringUpToDate() {
	now := s.now()
	s.postmart.mu.Lock()
	s.postmart.decideDue(now)
	s.postmart.mu.Unlock()
	s.voso.mu.Lock()
	s.voso.settle(now)
	s.voso.mu.Unlock()
}
