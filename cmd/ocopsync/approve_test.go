package main

import (
	"strings"
	"testing"

	"ocopsync/internal/listing"
	"ocopsync/internal/state"
)

// What a run holds is approved or refused by its checksum, once.
func TestApproveAndRefuse(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.keeper.runs = []state.Run{{
		ID: "r1", Mode: "sync", State: state.Held, Markets: []listing.Market{"voso"}, CreatedAt: monday,
		Parts: map[listing.Market]state.Part{"voso": {State: state.Held, Held: "30 of 40 listings would leave the sale, more than 30 %", Checksum: "abc"}},
	}}
	for _, c := range []struct {
		code int
		who  state.Role
		args []string
		says string
	}{
		{exitUsage, state.Operator, []string{"approve", "r1", "voso"}, "accepts 3 arg(s), received 2"},
		{exitUsage, state.Operator, []string{"refuse", "r1", "voso", "abc"}, "say why: --reason TEXT"},
		{exitFailed, state.Viewer, []string{"approve", "r1", "voso", "abc"}, "operator"},
		{exitFailed, state.Operator, []string{"approve", "r9", "voso", "abc"}, "There is no such run"},
		{exitUsage, state.Operator, []string{"approve", "r1", "lamdong", "abc"}, "The run has no part on that market"},
		{exitFailed, state.Operator, []string{"approve", "r1", "voso", "abd"}, "not that of what is held now"},
		{exitOK, state.Operator, []string{"refuse", "r1", "voso", "abc", "--reason", "bảng giá sai"}, ""},
		{exitFailed, state.Operator, []string{"refuse", "r1", "voso", "abc", "--reason", "bảng giá sai"}, "person-operator refused it: bảng giá sai"},
	} {
		got := o.want(c.code, c.who, c.args...)
		if !strings.Contains(got.err, c.says) {
			t.Errorf("%v: expected %q\n%s", c.args, c.says, got)
		}
	}
	o.keeper.decided = nil
	got := o.want(exitOK, state.Operator, "approve", "r1", "voso", "abc")
	id := strings.TrimSpace(got.out)
	if !strings.Contains(got.err, "Approved; run "+id+" applies it") {
		t.Errorf("%s", got)
	}
	got = o.want(exitFailed, state.Operator, "approve", "r1", "voso", "abc")
	if !strings.Contains(got.err, "an approval is used once, by run "+id) {
		t.Errorf("%s", got)
	}
}
