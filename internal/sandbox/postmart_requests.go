package sandbox

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"
)

// serveRequest takes a create or an update for review, once per Idempotency-Key.
func (p *postmart) serveRequest(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Idempotency-Key")
	if key == "" || len(key) > 64 {
		pmInvalid(w, fieldError{"Idempotency-Key", "invalid_field", "1 to 64 characters"})
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		pmInvalid(w, fieldError{"", "invalid_field", "the body cannot be read"})
		return
	}
	kept, first := p.claim(key, sha256.Sum256(body))
	switch {
	case first:
	case kept.body != sha256.Sum256(body):
		pmFail(w, http.StatusUnprocessableEntity, "key_reused", "The key was used with another body")
		return
	case kept.status == 0:
		pmFail(w, http.StatusConflict, "in_progress", "The first call with this key is under way")
		return
	default:
		writeBody(w, kept.status, kept.kind, kept.answer)
		return
	}
	c := callOf(r)
	if c.work != nil {
		c.work() // with the key under way, and on when the client has gone
	}
	answer := newRecording()
	p.request(answer, body, c)
	p.keep(key, answer)
	writeBody(w, answer.status, answer.header.Get("Content-Type"), answer.body.Bytes())
}

// claim takes a key, or gives a copy of what it stands for.
func (p *postmart) claim(key string, body [sha256.Size]byte) (keptAnswer, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if kept := p.keys[key]; kept != nil && now.Sub(kept.at) < keyLife {
		return *kept, false
	}
	p.keys[key] = &keptAnswer{body: body, at: now}
	return keptAnswer{}, true
}

// keep remembers an answer that is replayed; 404 and others leave the key free.
func (p *postmart) keep(key string, a *recording) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if a.status >= 300 && a.status != http.StatusConflict && a.status != http.StatusUnprocessableEntity {
		delete(p.keys, key)
		return
	}
	kept := p.keys[key]
	kept.status, kept.kind, kept.answer = a.status, a.header.Get("Content-Type"), a.body.Bytes()
}

// request checks a body and files it.
func (p *postmart) request(w http.ResponseWriter, raw []byte, c *call) {
	var body struct {
		Kind      string          `json:"kind"`
		ProductID string          `json:"product_id"`
		Content   json.RawMessage `json:"content"`
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		pmInvalid(w, fieldError{"", "invalid_field", err.Error()})
		return
	}
	content, faults := readContent(body.Content)
	c.sku = content.SKU
	if body.Kind != "create" && body.Kind != "update" {
		faults = append(faults, fieldError{"kind", "invalid_field", "create or update"})
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	faults = append(faults, p.checkContent(&content)...)
	target := p.byID[body.ProductID]
	switch holder := p.holder(content.SKU); {
	case body.Kind == "update" && target == nil:
		pmFail(w, http.StatusNotFound, "not_found", "No such product")
	case body.Kind == "update" && target.State == pmLocked:
		pmFail(w, http.StatusConflict, "locked", "The product is locked")
	case len(faults) > 0:
		pmInvalid(w, faults...)
	case body.Kind == "update" && target.Content.SKU != content.SKU:
		pmInvalid(w, fieldError{"content.sku", "invalid_field", "a product keeps its sku"})
	case body.Kind == "create" && holder != nil:
		writeProblem(w, *holder)
	default:
		writeJSON(w, http.StatusAccepted, p.file(body.Kind, body.ProductID, content))
	}
}

// holder is the 409 for a sku that a product or an open request has.
func (p *postmart) holder(sku string) *problem {
	taken := problem{Status: http.StatusConflict, Code: "sku_exists", Title: "The sku is taken"}
	if x := p.bySKU[sku]; x != nil {
		taken.ProductID = x.ID
		return &taken
	}
	for _, req := range slices.Backward(p.reqBySKU[sku]) {
		if req.DecidedAt == nil {
			taken.RequestID = req.ID
			return &taken
		}
	}
	return nil
}

func (p *postmart) file(kind, target string, content pmContent) pmRequest {
	req := &pmRequest{
		ID: fmt.Sprintf("R%07d", len(p.requests)+1), Kind: kind, SKU: content.SKU, State: "queued",
		CreatedAt: p.now().UTC(), content: content, target: target, place: len(p.requests),
	}
	if kind == "update" {
		req.ProductID = target
	}
	p.requests = append(p.requests, req)
	p.reqByID[req.ID] = req
	p.reqBySKU[req.SKU] = append(p.reqBySKU[req.SKU], req)
	p.waiting = append(p.waiting, req)
	return *req
}

// decideDue lets the mall's people decide what has waited long enough.
func (p *postmart) decideDue(now time.Time) {
	for len(p.waiting) > 0 && now.Sub(p.waiting[0].CreatedAt) >= p.delay {
		p.decide(p.waiting[0], now)
		p.waiting = p.waiting[1:]
	}
}

// shown is a request as it is seen now: half its time in the queue, half looked at.
func (p *postmart) shown(req *pmRequest) pmRequest {
	seen := *req
	if req.DecidedAt == nil && p.now().Sub(req.CreatedAt) >= p.delay/2 {
		seen.State = "in_review"
	}
	return seen
}

// decide approves or rejects; an approval puts the whole content in place.
func (p *postmart) decide(req *pmRequest, now time.Time) {
	at := now.UTC()
	req.DecidedAt = &at
	reason := p.rejects[req.SKU]
	if reason == "" && len(p.nextNo) > 0 {
		reason, p.nextNo = p.nextNo[0], p.nextNo[1:]
	}
	if reason != "" {
		req.State, req.Reasons = "rejected", []pmReason{{Code: "content", Message: reason}}
		return
	}
	req.State = "approved"
	x := p.byID[req.target]
	if x == nil {
		x = p.add(req.content, pmOnSale)
	} else {
		x.Content = req.content
		if x.State == pmTakenDown {
			x.State, x.StateReason = pmOnSale, ""
		}
	}
	req.ProductID = x.ID
	p.touch(x, now, "approved "+req.Kind, true)
}

// add puts a product into the shop; the caller tells the ledger.
func (p *postmart) add(content pmContent, state string) *pmProduct {
	id := fmt.Sprintf("P%07d", len(p.products)+1)
	x := &pmProduct{ID: id, State: state, URL: "https://postmart.example/san-pham/" + id, Content: content}
	p.products = append(p.products, x)
	p.byID[id] = x
	p.bySKU[content.SKU] = x
	return x
}

func (p *postmart) serveOneRequest(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	req := p.reqByID[r.PathValue("id")]
	var answer pmRequest
	if req != nil {
		answer = p.shown(req)
		callOf(r).sku = req.SKU
	}
	p.mu.Unlock()
	if req == nil {
		pmFail(w, http.StatusNotFound, "not_found", "No such request")
		return
	}
	writeJSON(w, http.StatusOK, answer)
}

func (p *postmart) serveRequests(w http.ResponseWriter, r *http.Request) {
	const newest = 1 << 40
	win, ok := readWindow(w, r, newest)
	if !ok {
		return
	}
	c := callOf(r)
	c.sku = r.URL.Query().Get("sku")
	var page []pmRequest
	next := ""
	p.mu.Lock()
	list := p.requests
	if c.sku != "" {
		list = p.reqBySKU[c.sku]
		if c.twist == FaultWrongProduct && len(p.requests) > 0 && p.requests[0].SKU != c.sku {
			list = p.requests[:1]
		}
	}
	if c.twist == FaultRepeatedPage && win.from < newest {
		win.from += win.limit
	}
	// A cursor is the place in all requests before which the page begins.
	end, _ := slices.BinarySearchFunc(list, win.from, func(req *pmRequest, place int) int { return req.place - place })
	begin := max(0, end-win.limit)
	for _, req := range slices.Backward(list[begin:end]) {
		page = append(page, p.shown(req))
	}
	if begin > 0 {
		next = cursorAt(list[begin].place)
	}
	p.mu.Unlock()
	pmPage(w, shortened(page, c.twist), next)
}
