package main

import (
	"strings"

	"ocopsync/internal/admin"
	"ocopsync/internal/listing"
	"ocopsync/internal/ocop"
)

// heldStatus says what waits on a market for a person, what it would do, and how
// it is decided on.
func (t teller) heldStatus(m listing.Market, h *admin.Held, add func(ocop.Text, ...any)) {
	switch d := h.Decision; {
	case d == nil:
		add(ocop.Text{
			VI: "GIỮ LẠI từ %s, chờ người quyết định: %s (lượt %s, mã kiểm tra %s)", EN: "HELD since %s, a person must decide: %s (run %s, checksum %s)",
		}, t.ago(h.Since, "-"), t.why(h.Why), h.Run, orMinus(h.Checksum))
	case d.Approved:
		add(ocop.Text{VI: "được %s duyệt %s, lượt %s thực hiện: %s", EN: "approved by %s %s, run %s applies it: %s"}, d.By, t.ago(d.At, "-"), d.Run, t.why(h.Why))
	default:
		add(ocop.Text{VI: "bị %s từ chối %s (%s): %s", EN: "refused by %s %s (%s): %s"}, d.By, t.ago(d.At, "-"), d.Reason, t.why(h.Why))
	}
	var would []string
	for _, k := range listing.Kinds() {
		if n := h.Counts[k]; n > 0 {
			would = append(would, t.text(listing.Would(k, n)))
		}
	}
	if len(would) > 0 {
		add(ocop.Text{VI: "%s", EN: "%s"}, strings.Join(would, "; "))
	}
	if h.Checksum == "" || !h.Asks() {
		return
	}
	if !h.Ends.IsZero() {
		add(ocop.Text{VI: "duyệt được đến %s", EN: "can be approved until %s"}, t.ago(h.Ends, "-"))
	}
	add(ocop.Text{VI: "duyệt: ocopsync approve %[1]s %[2]s %[3]s", EN: "to let it go: ocopsync approve %[1]s %[2]s %[3]s"}, h.Run, m, h.Checksum)
}
